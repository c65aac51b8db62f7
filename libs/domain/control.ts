import { z } from 'zod';
import { hostName, wellFormedText } from './text.js';
import { isoTime } from './time.js';

/** Shortest and longest time between two ticks that may be asked for at run time, in milliseconds. */
export const MIN_CONTROL_INTERVAL_MS = 1000;
export const MAX_CONTROL_INTERVAL_MS = 3_600_000;

export const controlStatus = z.enum(['pause', 'resume', 'stop']);
export type ControlStatus = z.infer<typeof controlStatus>;

const controlFields = {
  status: controlStatus.optional().describe('pause, resume, or stop: end the process cleanly with exit status 0'),
  intervalMs: z
    .int()
    .min(MIN_CONTROL_INTERVAL_MS)
    .max(MAX_CONTROL_INTERVAL_MS)
    .optional()
    .describe('Milliseconds between two ticks from now on'),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']).optional().describe('Log level from now on'),
};

/** Most entries of the metadata that a machine says of itself. */
export const MAX_METADATA = 64;

/** What somebody wants of a collector or a service, in any combination. */
export const controlRequest = z
  .strictObject({
    ...controlFields,
    by: z.string().min(1).max(200).optional().describe('Who asks, as the caller calls itself, for the record'),
  })
  .refine(({ status, intervalMs, logLevel }) => (status ?? intervalMs ?? logLevel) !== undefined, {
    error: 'must name at least one of status, intervalMs and logLevel',
  })
  .meta({ id: 'ControlRequest' });
export type ControlRequest = z.infer<typeof controlRequest>;

/** What is wanted now, as it is handed to the process: whatever its revision says that it does not know yet is done once. */
export const controlOrder = z
  .strictObject({ ...controlFields, revision: z.int().min(1).describe('Larger at every change') })
  .meta({ id: 'ControlOrder' });
export type ControlOrder = z.infer<typeof controlOrder>;

/** What a process may have been started with, which is more than what may be asked for. */
const anyInterval = z.int().min(1).max(86_400_000);

/** What a process says of itself where it follows orders. */
export const controlReport = z
  .object({
    revision: z.int().min(0).describe('The newest order that was carried out; 0: none'),
    status: z.enum(['running', 'paused', 'stopped']),
    intervalMs: anyInterval.optional(),
    logLevel: controlFields.logLevel,
    metadata: z
      .record(z.string().max(64), wellFormedText(1024))
      .refine((entries) => Object.keys(entries).length <= MAX_METADATA, {
        error: `must hold at most ${MAX_METADATA} entries`,
      })
      .optional()
      .describe('What the cloud says of the machine, such as instance-id'),
  })
  .meta({ id: 'ControlReport' });
export type ControlReport = z.infer<typeof controlReport>;

/** Answer to a report: an order that the process has not carried out yet. */
export const controlAnswer = z.strictObject({ control: controlOrder.optional() }).meta({ id: 'ControlAnswer' });
export type ControlAnswer = z.infer<typeof controlAnswer>;

/** How a host or a service stands to the orders that it got. */
export const controlState = z
  .strictObject({
    target: z.string().describe('Host, or service'),
    order: controlOrder.nullable().describe('What is wanted; null where nobody ever changed anything'),
    pending: z.boolean().describe('True while the process has not said that it carried the order out'),
    report: controlReport.nullable().describe('What the process said last'),
    reportedAt: isoTime.nullable(),
  })
  .meta({ id: 'ControlState' });
export type ControlState = z.infer<typeof controlState>;

/** Who changed what, and when. */
export const controlChange = z
  .strictObject({
    time: isoTime,
    target: z.string(),
    kind: z.enum(['host', 'service']),
    by: z.string().describe('Address of the caller and what it says of itself'),
    request: z
      .strictObject({ ...controlFields, intervalMs: anyInterval.optional(), by: z.string().optional() })
      .describe('What was changed; an interval that was chosen on the target itself may be any'),
    revision: z.int(),
  })
  .meta({ id: 'ControlChange' });
export type ControlChange = z.infer<typeof controlChange>;

export const controlChanges = z.strictObject({ changes: z.array(controlChange) }).meta({ id: 'ControlChanges' });
export type ControlChanges = z.infer<typeof controlChanges>;

export const controlChangesQuery = z.strictObject({
  target: hostName.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(100).describe('Most changes in the answer, newest first'),
});
