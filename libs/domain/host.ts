import { z } from 'zod';
import { color } from './metric.js';
import { hostUsage } from './sample-batch.js';
import { hostName, processName, serviceName } from './text.js';
import { isoTime } from './time.js';

/** Intervals of its own after which a host is silent, but never before `MIN_SILENCE_MS`. */
export const SILENT_INTERVALS = 3;
export const MIN_SILENCE_MS = 30_000;
export const DEFAULT_INTERVAL_MS = 10_000;
/** While nobody knows how often a host reports, it may take so long. */
const UNKNOWN_SILENCE_MS = 180_000;

/** Milliseconds without a word after which a host of this interval is silent; null or undefined: it is not known yet. */
export function silentAfterMs(intervalMs: number | null | undefined): number {
  if (intervalMs === null || intervalMs === undefined) return UNKNOWN_SILENCE_MS;
  return Math.max(MIN_SILENCE_MS, SILENT_INTERVALS * intervalMs);
}

export const hostState = z
  .strictObject({
    host: hostName,
    service: serviceName.nullable(),
    status: z.enum(['ok', 'no data', 'paused']),
    color: color.optional().describe('The worst colour of its open alerts, and AMBER at least without data'),
    firstSeen: isoTime,
    lastSeen: isoTime.describe("When the server last accepted a batch, by the server's clock"),
    lastTime: isoTime.describe('Tick of the newest sample'),
    intervalMs: z
      .int()
      .nullable()
      .describe('What its batches say, else learnt from their times; null while it is not known'),
    clockOffsetMs: z
      .int()
      .nullable()
      .default(null)
      .describe("The host's clock minus the server's, by which its samples are corrected; null where it is right"),
    programs: z.int().describe('Programs in the newest batch'),
    backlog: z
      .int()
      .min(0)
      .optional()
      .describe(
        'Batches before its newest one that its sender still holds, as after an outage; left out where there are none',
      ),
    usage: hostUsage.nullable().describe("The host's own usage at the newest tick"),
  })
  .meta({ id: 'Host' });
export type HostState = z.infer<typeof hostState>;

export const hostPage = z
  .strictObject({ hosts: z.array(hostState), next: z.string().optional().describe('Cursor of the next page') })
  .meta({ id: 'HostPage' });
export type HostPage = z.infer<typeof hostPage>;

export const hostsQuery = z.strictObject({
  service: serviceName.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(1000).describe('Entries a page'),
  cursor: z.string().max(2000).optional().describe('`next` of the page before'),
});

export const hostProcess = z
  .strictObject({
    process: processName,
    count: z.int(),
    cpu: z.number().nullable().describe('Sum over the processes, % of one core'),
    cpuMax: z.number().nullable().describe('Largest single process, % of one core'),
    mem: z.number().nullable().describe("Sum over the processes, % of the host's memory"),
    memMax: z.number().nullable().describe("Largest single process, % of the host's memory"),
    rssBytes: z.number().nullable().describe('Sum over the processes, bytes'),
  })
  .meta({ id: 'HostProcess' });

export const hostProcesses = z
  .strictObject({
    host: hostName,
    time: isoTime.nullable().describe('The newest tick; null where none came since the server started'),
    processes: z.array(hostProcess).describe('By CPU, the largest first'),
  })
  .meta({ id: 'HostProcesses' });
export type HostProcesses = z.infer<typeof hostProcesses>;
