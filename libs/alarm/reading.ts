import type { HostUsage, SampleBatch } from '#domain';
import type { Level } from './level.js';
import type { Levels } from './levels.js';
import type { Series, Watch } from './watch.js';

/** What is judged of a batch: as it arrived, or as the history gives one step of it. */
export interface JudgedBatch extends Pick<
  SampleBatch,
  'host' | 'time' | 'names' | 'count' | 'cpu' | 'cpuMax' | 'mem' | 'memMax' | 'rssBytes' | 'units' | 'unit'
> {
  hostUsage?: Pick<HostUsage, 'cpu' | 'mem' | 'swap' | 'cores' | 'disks'>;
}

/** A value of a batch that may matter, with its level. */
export interface Reading extends Series, Level {
  levels: Levels;
  /** What is known of the series, where it is watched. */
  watch: Watch | undefined;
  /** Its place in the columns or units of the batch; -1 for the host itself. */
  row: number;
}

export function readingOf(
  { process, unit, metric, device }: Series,
  levels: Levels,
  { level, reason, value }: Level,
  watch: Watch | undefined,
  row: number,
): Reading {
  return { process, unit, metric, device, levels, level, reason, value, watch, row };
}
