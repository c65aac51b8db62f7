import { hostName, isoTime, serviceName } from '#domain';
import { z } from 'zod';

/** What the server remembers of a host between two of its own starts. */
export const hostRecord = z.object({
  host: hostName,
  service: serviceName.nullable(),
  firstSeen: isoTime,
  lastSeen: isoTime,
  lastTime: isoTime,
  intervalMs: z.number().min(1).nullable(),
  /** Older batches that its sender held back at its newest one. */
  backlog: z.int().min(0).optional(),
});
export type HostRecord = z.infer<typeof hostRecord>;

/** A host that was taken away: older samples of it in the store don't bring it back. */
export const tombstone = z.object({ host: hostName, forgottenAt: isoTime });
export type Tombstone = z.infer<typeof tombstone>;
