import { hostName, isoTime, MAX_INTERVAL_MS, serviceName } from '#domain';
import { z } from 'zod';

/** What the server remembers of a host between two of its own starts. */
export const hostRecord = z.object({
  host: hostName,
  service: serviceName.nullable(),
  firstSeen: isoTime,
  lastSeen: isoTime,
  lastTime: isoTime,
  /** What was learnt once from ticks that lie years apart is not known. */
  intervalMs: z.number().min(1).max(MAX_INTERVAL_MS).nullable().catch(null),
  /** Older batches that its sender held back at its newest one. */
  backlog: z.int().min(0).optional(),
});
export type HostRecord = z.infer<typeof hostRecord>;

/** A host that was taken away: older samples of it in the store don't bring it back. */
export const tombstone = z.object({ host: hostName, forgottenAt: isoTime });
export type Tombstone = z.infer<typeof tombstone>;
