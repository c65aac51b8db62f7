import { z } from 'zod';
import { flag } from './flags.js';
import { nameMapOf } from './name-map.js';
import { usageField } from './metric.js';
import { hostName, processName, serviceName, wellFormedText } from './text.js';
import { duration, fromNotAfterTo, isoTime } from './time.js';
import { unitName } from './unit.js';

export const aggregate = z
  .enum(['mean', 'total', 'max'])
  .describe('mean: per process; total: mean over the samples of the sum; max: largest single process');
export type Aggregate = z.infer<typeof aggregate>;

/** Windows reach back at most as far as raw samples are kept by default. */
export const windowParameter = duration(1000, 48 * 3_600_000)
  .optional()
  .describe('How far back, such as 90s, 5m or 1h; 5m by default');

export const getAllQuery = z.strictObject({
  host: hostName.optional(),
  window: windowParameter,
  aggregate: aggregate.default('mean'),
});

export const getAllDetailedQuery = z.strictObject({
  host: hostName.optional(),
  window: windowParameter,
  metric: z.enum(['mem', 'cpu']).default('mem'),
});

/** For each process name its memory and its CPU, in that order, `null` for what the window lacks. */
export const usageByName = nameMapOf(z.tuple([z.number().nullable(), z.number().nullable()])).meta({
  id: 'UsageByName',
  type: 'object',
  additionalProperties: { type: 'array', items: { type: 'number', nullable: true }, minItems: 2, maxItems: 2 },
  example: { nginx: [3.1, 1.5] },
});
export type UsageByName = z.infer<typeof usageByName>;

/** For each process name one value a sample, oldest first. */
export const valuesByName = nameMapOf(z.array(z.number())).meta({
  id: 'ValuesByName',
  type: 'object',
  additionalProperties: { type: 'array', items: { type: 'number' } },
  example: { nginx: [3, 3.1, 3.2] },
});
export type ValuesByName = z.infer<typeof valuesByName>;

/** What every list that pages takes. */
export const pageParameters = {
  limit: z.coerce.number().int().min(1).max(10_000).default(1000).describe('Entries a page'),
  cursor: z.string().max(2000).optional().describe('`next` of the page before'),
};

/** A value that programs can be listed by, the largest first. */
export const usageOrder = z.enum(['cpu', 'cpuTotal', 'cpuMax', 'mem', 'memTotal', 'memMax', 'rssBytes', 'count']);
export type UsageOrder = z.infer<typeof usageOrder>;

const match = wellFormedText(255)
  .min(1)
  .optional()
  .describe('Only programs whose name or host holds this text, upper and lower case alike');

export const usageQuery = z.strictObject({
  host: hostName.optional(),
  process: processName.optional(),
  unit: unitName.optional().describe('Only programs that ran in this unit at their newest sample'),
  match,
  window: windowParameter,
  at: isoTime.optional().describe('End of the window; now by default'),
  order: usageOrder
    .optional()
    .describe('The largest first by this value, ties by host and name; by host and name by default'),
  ...pageParameters,
});

export const programUsage = z
  .strictObject({
    host: hostName,
    process: processName,
    samples: z.int().describe('Samples within the window'),
    count: z.number().describe('Mean number of processes'),
    cpu: z.number().nullable().describe('Mean per process, % of one core'),
    cpuTotal: z.number().nullable().describe('Mean over the samples of the sum, % of one core'),
    cpuMax: z.number().nullable().describe('Largest single process, % of one core'),
    mem: z.number().nullable().describe("Mean per process, % of the host's memory"),
    memTotal: z.number().nullable().describe("Mean over the samples of the sum, % of the host's memory"),
    memMax: z.number().nullable().describe("Largest single process, % of the host's memory"),
    rssBytes: z.number().nullable().describe('Mean over the samples of the sum, bytes'),
    unit: unitName.optional().describe('Unit that it ran in at its newest sample; left out: in none, or in several'),
    lastTime: isoTime.describe('Time of the newest sample'),
  })
  .meta({ id: 'ProgramUsage' });
export type ProgramUsage = z.infer<typeof programUsage>;

export const usagePage = z
  .strictObject({ programs: z.array(programUsage), next: z.string().optional().describe('Cursor of the next page') })
  .meta({ id: 'UsagePage' });
export type UsagePage = z.infer<typeof usagePage>;

export const usageOfHostsQuery = z.strictObject({
  host: hostName.optional(),
  match,
  window: windowParameter,
  at: isoTime.optional().describe('End of the window; now by default'),
});

export const hostTotal = z
  .strictObject({
    host: hostName,
    service: serviceName.nullable(),
    programs: z.int().describe('Programs that have a sample within the window'),
    count: z.number().describe('Mean number of processes, sum over the programs'),
    cpuTotal: z.number().nullable().describe('Sum over the programs, % of one core'),
    cpuMax: z.number().nullable().describe('Largest single process, % of one core'),
    memTotal: z.number().nullable().describe("Sum over the programs, % of the host's memory; shared pages count often"),
    rssBytes: z.number().nullable().describe('Sum over the programs, bytes'),
    lastTime: isoTime.describe('Time of the newest sample'),
  })
  .meta({ id: 'HostTotal' });
export type HostTotal = z.infer<typeof hostTotal>;

export const hostTotalList = z.strictObject({ hosts: z.array(hostTotal) }).meta({ id: 'HostTotalList' });
export type HostTotalList = z.infer<typeof hostTotalList>;

/** Most points that a series of the history may have in one answer. */
export const MAX_HISTORY_POINTS = 20_000;

/** What every question for a history may say of its range and its steps. */
export const historyParameters = {
  from: isoTime.optional().describe('An hour before `to` by default'),
  to: isoTime.optional().describe('Open by default, so that a clock slightly ahead is not invisible'),
  points: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_HISTORY_POINTS)
    .default(300)
    .describe('Most points per series; `step` wins over it'),
  step: duration(1, 48 * 3_600_000)
    .optional()
    .describe('Width of a point, such as 10s or 5m'),
  extremes: flag.describe('Whether the smallest and the largest of each point are told too, so that no spike is lost'),
  ...pageParameters,
  limit: z.coerce.number().int().min(1).max(10_000).default(100).describe('Series a page'),
};

export const historyExtremes = z
  .array(z.tuple([z.number(), z.number()]))
  .optional()
  .describe('Where they were asked for: the smallest and the largest sample of each point, in their order');
export type HistoryExtremes = z.infer<typeof historyExtremes>;

export const historyQuery = z
  .strictObject({
    host: hostName.optional(),
    process: processName.optional(),
    metric: usageField.default('cpu'),
    ...historyParameters,
  })
  .superRefine(fromNotAfterTo);

export const historySeries = z
  .strictObject({
    host: hostName,
    process: processName,
    points: z
      .array(z.tuple([isoTime, z.number()]))
      .describe(
        'Start of each step and its value: the largest for cpuMax and memMax, else the mean; empty steps are left out',
      ),
    extremes: historyExtremes,
  })
  .meta({ id: 'HistorySeries' });
export type HistorySeries = z.infer<typeof historySeries>;

export const historyPage = z
  .strictObject({
    metric: usageField,
    stepMs: z.int().describe('Milliseconds a point stands for'),
    series: z.array(historySeries),
    next: z.string().optional().describe('Cursor of the next page'),
  })
  .meta({ id: 'HistoryPage' });
export type HistoryPage = z.infer<typeof historyPage>;
