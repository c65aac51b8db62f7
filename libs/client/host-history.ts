import { type HistorySeries, type HostMetricSeries, type HostUsage, msToIso, type SampleBatch } from '#domain';
import { allPages } from './all-pages.js';
import type { AmberwatchClient } from './amberwatch-client.js';
import { hostCpu } from './host-cpu.js';

/** Width of a step of the history, ms: the usual interval of a collector. */
export const HISTORY_STEP_MS = 10_000;
/** How much of a host's history is asked for and in memory at once: half an hour at the usual step. */
const WINDOW_STEPS = 180;
const SERIES_A_PAGE = 2_000;
/** A database may take seconds for a host of many programs, whatever the size of a page. */
const TIMEOUT_MS = 60_000;

/** From when to when, ms since the epoch. */
export interface Gap {
  fromMs: number;
  toMs: number;
}

/** What a host and its programs used in one step, in the columns of a batch. */
export interface HostStep extends Pick<
  SampleBatch,
  'host' | 'time' | 'names' | 'count' | 'cpu' | 'cpuMax' | 'mem' | 'memMax'
> {
  hostUsage?: Pick<HostUsage, 'cpu' | 'mem' | 'disks'>;
}

export interface HistoryOptions {
  /** Width of a step, ms. */
  stepMs?: number;
  /** Also the sums of the programs, which cost two more questions. */
  sums?: boolean;
}

type ProgramMetric = 'cpuMax' | 'memMax' | 'cpu' | 'mem';

/** What is known of one step of a host, by metric and name. */
interface Step {
  programs: Map<string, Partial<Record<ProgramMetric, number>>>;
  own?: { cpu: number | null; mem: number | null; disks: Map<string, number> };
}

type Steps = Map<number, Step>;

/**
 * Reads what one host and its programs used during a gap, window by window, and gives it in order of time: a batch for
 * each step that has samples, with the largest process of each program, and the means of the host itself where it
 * reports them.
 */
export async function readHostHistory(
  client: AmberwatchClient,
  host: string,
  gap: Gap,
  take: (step: HostStep) => void,
  signal?: AbortSignal,
  { stepMs = HISTORY_STEP_MS, sums = false }: HistoryOptions = {},
): Promise<void> {
  const firstMs = Math.floor(gap.fromMs / stepMs) * stepMs;
  const windowMs = WINDOW_STEPS * stepMs;
  const metrics = sums ? (['cpuMax', 'memMax', 'cpu', 'mem'] as const) : (['cpuMax', 'memMax'] as const);
  for (let fromMs = firstMs; fromMs < gap.toMs; fromMs += windowMs) {
    const range = { from: msToIso(fromMs), to: msToIso(Math.min(fromMs + windowMs, gap.toMs)), step: `${stepMs}ms` };
    const steps: Steps = new Map();
    const programs = readPrograms(client, host, range, metrics, steps, signal);
    await Promise.all([programs, readOwn(client, host, range, steps, signal)]);
    for (const [timeMs, step] of [...steps].sort(([a], [b]) => a - b)) take(columnsOf(host, timeMs, step, sums));
  }
}

interface Range extends Record<string, string> {
  from: string;
  to: string;
  step: string;
}

async function readPrograms(
  client: AmberwatchClient,
  host: string,
  range: Range,
  metrics: readonly ProgramMetric[],
  steps: Steps,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const metric of metrics) {
    const query = { ...range, host, metric, limit: SERIES_A_PAGE };
    const all = await allPages<{ series: HistorySeries[]; next?: string | undefined }, HistorySeries>(
      (cursor) => client.history({ ...query, cursor }, { signal, timeoutMs: TIMEOUT_MS }),
      (page) => page.series,
      Infinity,
    );
    for (const { process, points } of all) {
      for (const [time, value] of points) {
        const { programs } = stepOf(steps, time);
        programs.set(process, { ...programs.get(process), [metric]: value });
      }
    }
  }
}

async function readOwn(
  client: AmberwatchClient,
  host: string,
  range: Range,
  steps: Steps,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = { signal, timeoutMs: TIMEOUT_MS };
  const read = async (measurement: string, field: string): Promise<HostMetricSeries[]> => {
    const { series } = await client.hostMetrics(host, { ...range, measurement, field }, options);
    return series;
  };
  const own = (time: string) => (stepOf(steps, time).own ??= { cpu: null, mem: null, disks: new Map() });
  const memory = await read('mem', 'used_percent');
  // Whoever tells of itself tells of its memory; the others cost one question.
  if (memory.length === 0) return;
  const [cpu, disks] = await Promise.all([hostCpu(client, host, range, options), read('disk', 'used_percent')]);
  for (const [time, value] of cpu) own(time).cpu = value;
  for (const [time, value] of memory.flatMap(({ points }) => points)) own(time).mem = value;
  for (const { tags, points } of disks) {
    for (const [time, value] of points) if (tags.path !== undefined) own(time).disks.set(tags.path, value);
  }
}

function stepOf(steps: Steps, time: string): Step {
  const timeMs = Date.parse(time);
  let step = steps.get(timeMs);
  if (!step) steps.set(timeMs, (step = { programs: new Map() }));
  return step;
}

function columnsOf(host: string, timeMs: number, { programs, own }: Step, sums: boolean): HostStep {
  const all = [...programs.values()];
  return {
    host,
    time: msToIso(timeMs),
    names: [...programs.keys()],
    count: all.map(() => 1),
    cpuMax: all.map(({ cpuMax }) => cpuMax ?? null),
    memMax: all.map(({ memMax }) => memMax ?? null),
    ...(sums && { cpu: all.map(({ cpu }) => cpu ?? null), mem: all.map(({ mem }) => mem ?? null) }),
    ...(own && { hostUsage: { ...own, disks: [...own.disks].map(([path, usedPercent]) => ({ path, usedPercent })) } }),
  };
}
