import { z } from 'zod';
import { color } from './metric.js';
import { hostUsage } from './sample-batch.js';
import { several } from './flags.js';
import { MAX_NAMED_PROGRAMS } from './ranking.js';
import { hostName, processName, serviceName, wellFormedText } from './text.js';
import { unitName } from './unit.js';
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
    unit: unitName.optional().describe('Unit that it runs in; left out: in none, or in several'),
    started: isoTime.optional().describe('Start of its oldest process; left out where it is not known'),
  })
  .meta({ id: 'HostProcess' });
export type HostProcess = z.infer<typeof hostProcess>;

/** A value that the programs of a tick can be listed by, the largest first. */
export const tickOrder = z.enum(['cpu', 'cpuMax', 'mem', 'memMax', 'rssBytes', 'count']);
export type TickOrder = z.infer<typeof tickOrder>;

export const hostProcessesQuery = z.strictObject({
  at: isoTime
    .optional()
    .describe('A moment: the newest tick at or before it is answered; the newest of all by default'),
  match: wellFormedText(255).min(1).optional().describe('Only programs whose name holds this text'),
  process: several(processName, MAX_NAMED_PROGRAMS).describe('Also these, whatever their place; may be repeated'),
  order: tickOrder.default('cpu'),
  limit: z.coerce.number().int().min(1).max(50_000).default(50_000).describe('Programs beside those that are named'),
});

export const hostProcesses = z
  .strictObject({
    host: hostName,
    time: isoTime
      .nullable()
      .describe(
        'The tick: the newest, or the newest at or before `at`; null where there is none, or where it is so much older ' +
          'that the host was silent',
      ),
    previous: isoTime.nullable().optional().describe('The tick before; with `at` only'),
    next: isoTime.nullable().optional().describe('The tick after; with `at` only'),
    all: z
      .strictObject({
        programs: z.int(),
        count: z.int(),
        cpu: z.number().nullable(),
        mem: z.number().nullable(),
        rssBytes: z.number().nullable(),
      })
      .optional()
      .describe('Of all programs of the tick that `match`, those that are not listed included, added up'),
    processes: z.array(hostProcess).describe('As ordered, the largest first, ties by name'),
  })
  .meta({ id: 'HostProcesses' });
export type HostProcesses = z.infer<typeof hostProcesses>;
