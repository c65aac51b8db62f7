import { z } from 'zod';
import { several } from './flags.js';
import { usageField } from './metric.js';
import { hostName, processName, wellFormedText } from './text.js';
import { fromNotAfterTo, isoTime } from './time.js';
import { unitName } from './unit.js';

/** Most programs that a question may name, so that they are in the answer whatever their place. */
export const MAX_NAMED_PROGRAMS = 50;

/** A value that programs can be ranked by over a range, the largest first. */
export const rankingOrder = z.enum([
  'cpuSeconds',
  'cpu',
  'cpuPeak',
  'mem',
  'memPeak',
  'rssBytes',
  'rssBytesPeak',
  'count',
  'seconds',
]);
export type RankingOrder = z.infer<typeof rankingOrder>;

export const rankingQuery = z
  .strictObject({
    host: hostName.optional().describe('All hosts by default'),
    unit: unitName.optional().describe('Only programs that ran in this unit at their newest sample'),
    match: wellFormedText(255)
      .min(1)
      .optional()
      .describe('Only programs whose name or host holds this text, upper and lower case alike'),
    process: several(processName, MAX_NAMED_PROGRAMS).describe('Also these, whatever their place; may be repeated'),
    from: isoTime.optional().describe('An hour before `to` by default'),
    to: isoTime.optional().describe('Open by default, so that a clock slightly ahead is not invisible'),
    order: rankingOrder.default('cpuSeconds').describe('The largest first, ties by host and name'),
    limit: z.coerce.number().int().min(1).max(1000).default(50).describe('Programs beside those that are named'),
    points: z.coerce.number().int().min(0).max(300).default(0).describe('Steps of a small history of each'),
    field: usageField.default('cpu').describe('What that history is of'),
  })
  .superRefine(fromNotAfterTo);

/**
 * What one or several programs used over a range. A sample stands for the time since the tick of its host before it, at
 * most three of the host's usual intervals; the first of the range for one usual interval.
 */
const totals = {
  samples: z.int().describe('Samples within the range'),
  cpuSeconds: z.number().nullable().describe('CPU time, seconds'),
  rssBytes: z.number().nullable().describe('Mean of the sum over its processes while it ran, bytes'),
};

export const rankedProgram = z
  .strictObject({
    host: hostName,
    process: processName,
    unit: unitName.optional().describe('Unit that it ran in at its newest sample; left out: in none, or in several'),
    ...totals,
    seconds: z.number().describe('Time for which it ran, seconds'),
    count: z.number().describe('Mean number of processes while it ran'),
    cpu: z.number().nullable().describe('Mean of the sum over its processes while it ran, % of one core'),
    cpuPeak: z.number().nullable().describe('Largest sum over its processes, % of one core'),
    cpuMax: z.number().nullable().describe('Largest single process, % of one core'),
    mem: z.number().nullable().describe("Mean of the sum over its processes while it ran, % of the host's memory"),
    memPeak: z.number().nullable().describe("Largest sum over its processes, % of the host's memory"),
    memMax: z.number().nullable().describe("Largest single process, % of the host's memory"),
    rssBytesPeak: z.number().nullable().describe('Largest sum over its processes, bytes'),
    firstTime: isoTime.describe('Its first sample of the range'),
    lastTime: isoTime.describe('Its newest sample of the range'),
    points: z
      .array(z.number().nullable())
      .optional()
      .describe('Largest of each step, oldest first; null where it has none'),
  })
  .meta({ id: 'RankedProgram' });
export type RankedProgram = z.infer<typeof rankedProgram>;

export const ranking = z
  .strictObject({
    from: isoTime,
    to: isoTime.describe('Where it was left out: now'),
    stepMs: z
      .number()
      .nullable()
      .describe('Milliseconds a step of the small histories stands for; null: none asked for'),
    programs: z.array(rankedProgram),
    all: z
      .strictObject({ programs: z.int(), cpuSeconds: totals.cpuSeconds })
      .describe('Of all programs that the question is about, those that are not listed included'),
  })
  .meta({ id: 'Ranking' });
export type Ranking = z.infer<typeof ranking>;
