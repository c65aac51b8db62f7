import { isoToMicros, type ProcessMetric, type SampleBatch } from '#domain';

/** The column of a batch that limits are set on: the largest single process. */
const columns = { cpu: 'cpuMax', mem: 'memMax' } as const satisfies Record<ProcessMetric, keyof SampleBatch>;

export const metrics = Object.keys(columns) as ProcessMetric[];
export const fieldOf = (metric: ProcessMetric) => columns[metric];

/** What prediction reads of a batch: one round of a host, value i of each column belongs to `names[i]`. */
export interface Tick extends Pick<SampleBatch, 'id' | 'host' | 'names' | 'intervalMs' | 'cpuMax' | 'memMax'> {
  /** Milliseconds since the epoch. */
  timeMs: number;
  /** Older batches that the sender still holds. */
  backlog: number;
}

export function toTick({ id, host, names, time, intervalMs, cpuMax, memMax, backlog = 0 }: SampleBatch): Tick {
  return { id, host, names, intervalMs, cpuMax, memMax, timeMs: isoToMicros(time) / 1000, backlog };
}
