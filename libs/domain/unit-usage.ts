import { z } from 'zod';
import { hostName, processName, wellFormedText } from './text.js';
import { fromNotAfterTo, isoTime } from './time.js';
import { unitKind, unitName } from './unit.js';
import { historyExtremes, historyParameters, pageParameters, windowParameter } from './usage.js';

/** A value that units can be listed by, the largest first. */
export const unitOrder = z.enum(['cpu', 'cpuShare', 'memBytes', 'memShare', 'throttled', 'oomKills']);
export type UnitOrder = z.infer<typeof unitOrder>;

/** The fields of a unit whose history can be asked for. */
export const unitField = z
  .enum([...unitOrder.options, 'processes', 'pids', 'cpuPressure', 'memPressure', 'ioPressure'])
  .describe(
    'cpu: % of one core; cpuShare: % of its own quota; memBytes: working set, bytes; memShare: % of its own limit; ' +
      'throttled and pressures: %; oomKills: processes killed in each step; processes, pids: number',
  );
export type UnitField = z.infer<typeof unitField>;

/** Most programs that are named of a unit. */
export const MAX_PROGRAMS_OF_UNIT = 20;

const which = {
  host: hostName.optional(),
  unit: unitName.optional(),
  kind: unitKind.optional(),
};

export const unitsQuery = z.strictObject({
  ...which,
  match: wellFormedText(255)
    .min(1)
    .optional()
    .describe('Only units whose name or host holds this text, upper and lower case alike'),
  window: windowParameter,
  at: isoTime.optional().describe('End of the window; now by default'),
  order: unitOrder
    .optional()
    .describe('The largest first by this value, ties by host and unit; by host and unit by default'),
  ...pageParameters,
});

const mean = (text: string) => z.number().nullable().describe(`Mean, ${text}; null: not known`);
const limit = (text: string) => z.number().nullable().describe(`Newest, ${text}; null: none`);

export const unitUsage = z
  .strictObject({
    host: hostName,
    unit: unitName,
    kind: unitKind,
    samples: z.int().describe('Samples within the window'),
    processes: z.number().describe('Mean number of processes'),
    cpu: mean('% of one core'),
    cpuMax: z.number().nullable().describe('Largest, % of one core'),
    cpuLimit: limit('CPU quota, % of one core'),
    cpuShare: mean('% of its quota'),
    cpuShareMax: z.number().nullable().describe('Largest, % of its quota'),
    throttled: mean('% of the periods in which it was held back'),
    memBytes: mean('working set, bytes'),
    memBytesMax: z.number().nullable().describe('Largest working set, bytes'),
    memLimitBytes: limit('memory limit, bytes'),
    memShare: mean('working set, % of its own limit'),
    memShareMax: z.number().nullable().describe('Largest working set, % of its own limit'),
    oomKills: z.number().describe('Processes that the kernel killed for memory within the window'),
    victim: processName.nullable().describe('The newest one that it killed within the window'),
    pids: mean('tasks, as the pids limit counts them'),
    pidsLimit: limit('tasks that it may have'),
    cpuPressure: mean('% of the time in which some task waited for CPU (PSI)'),
    memPressure: mean('the same for memory'),
    ioPressure: mean('the same for disks'),
    programs: z
      .array(processName)
      .max(MAX_PROGRAMS_OF_UNIT)
      .optional()
      .describe(
        `Programs that run in it and in no other unit, the largest memory first, ${MAX_PROGRAMS_OF_UNIT} at most; at the ` +
          "host's newest tick, so left out where `at` is given (then `/api/v1/usage` knows them)",
      ),
    lastTime: isoTime.describe('Time of the newest sample'),
  })
  .meta({ id: 'UnitUsage' });
export type UnitUsage = z.infer<typeof unitUsage>;

export const unitPage = z
  .strictObject({ units: z.array(unitUsage), next: z.string().optional().describe('Cursor of the next page') })
  .meta({ id: 'UnitPage' });
export type UnitPage = z.infer<typeof unitPage>;

export const unitHistoryQuery = z
  .strictObject({
    ...which,
    metric: unitField.default('cpu'),
    ...historyParameters,
  })
  .superRefine(fromNotAfterTo);

export const unitHistorySeries = z
  .strictObject({
    host: hostName,
    unit: unitName,
    points: z
      .array(z.tuple([isoTime, z.number()]))
      .describe('Start of each step and its value: the sum for oomKills, else the mean; empty steps are left out'),
    extremes: historyExtremes,
  })
  .meta({ id: 'UnitHistorySeries' });
export type UnitHistorySeries = z.infer<typeof unitHistorySeries>;

export const unitHistoryPage = z
  .strictObject({
    metric: unitField,
    stepMs: z.int().describe('Milliseconds a point stands for'),
    series: z.array(unitHistorySeries),
    next: z.string().optional().describe('Cursor of the next page'),
  })
  .meta({ id: 'UnitHistoryPage' });
export type UnitHistoryPage = z.infer<typeof unitHistoryPage>;
