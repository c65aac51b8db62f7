import type { HostUsage, SampleBatch } from '#domain';
import { type Level, levelOf, memoryLevelOf } from './level.js';
import type { HostLevels, Levels } from './levels.js';
import type { Series, Watch, Watches } from './watch.js';

/** What is judged of a batch: as it arrived, or as the history gives one step of it. */
export interface JudgedBatch extends Pick<
  SampleBatch,
  'host' | 'time' | 'names' | 'count' | 'cpu' | 'cpuMax' | 'mem' | 'memMax'
> {
  hostUsage?: Pick<HostUsage, 'cpu' | 'mem' | 'cores' | 'disks'>;
}

/** A value of a batch that may matter, with its level. */
export interface Reading extends Series, Level {
  levels: Levels;
  /** What is known of the series, where it is watched. */
  watch: Watch | undefined;
  /** Its program's place in the columns of the batch; -1 for the host itself. */
  row: number;
}

/**
 * The values of a batch that may matter: those over a limit and those of watched series, the host's own ones first. A
 * quiet program costs one comparison for each metric, and one look-up where its host has watches.
 *
 * @param hostMem the host's memory in use, %; null where it is unknown
 */
export function readingsOf(
  batch: JudgedBatch,
  levels: HostLevels,
  watches: Watches,
  hostMem: number | null,
): Reading[] {
  const readings = ownReadings(batch, levels, watches);
  const { names, count, cpu, cpuMax, mem, memMax } = batch;
  const { lowestCpu, lowestMem } = levels;
  const { programs } = watches;
  for (let row = 0; row < names.length; row++) {
    const process = names[row] ?? '';
    const watched = programs.size > 0 ? programs.get(process) : undefined;
    // Where the sender gives no largest process, the mean is all that is certain.
    const cpuValue = cpuMax?.[row] ?? (cpu?.[row] ?? Number.NaN) / (count[row] ?? 1);
    if (cpuValue > lowestCpu || (watched?.cpu && !Number.isNaN(cpuValue))) {
      const own = levels.process(process, 'cpu');
      if (own) readings.push(readingOf(process, 'cpu', undefined, own, levelOf(cpuValue, own), watched?.cpu, row));
    }
    const memSum = mem?.[row] ?? null;
    const memValue = memMax?.[row] ?? (memSum ?? Number.NaN) / (count[row] ?? 1);
    if (memValue > lowestMem || (memSum !== null && memSum > lowestMem) || (watched?.mem && !Number.isNaN(memValue))) {
      const own = levels.process(process, 'mem');
      if (own) {
        let level = memoryLevelOf(memValue, memSum, hostMem, own);
        // What is RED by a sum does not end where the sum is unknown.
        const bySum = memSum === null && watched?.mem?.incident.reason === 'sum-above-limit';
        if (bySum && level.level === 'below') level = { ...level, level: 'between' };
        readings.push(readingOf(process, 'mem', undefined, own, level, watched?.mem, row));
      }
    }
  }
  return readings;
}

function ownReadings({ hostUsage }: JudgedBatch, levels: HostLevels, watches: Watches): Reading[] {
  const readings: Reading[] = [];
  if (!hostUsage) return readings;
  const read = (metric: 'cpu' | 'mem' | 'disk', value: number | null, device?: string) => {
    const own = levels.own(metric, device);
    if (value === null || !own) return;
    const watch = watches.find({ process: null, metric, device });
    readings.push(readingOf(null, metric, device, own, levelOf(value, own), watch, -1));
  };
  read('cpu', hostUsage.cpu);
  read('mem', hostUsage.mem);
  for (const { path, usedPercent } of hostUsage.disks ?? []) read('disk', usedPercent, path);
  return readings;
}

function readingOf(
  process: string | null,
  metric: 'cpu' | 'mem' | 'disk',
  device: string | undefined,
  levels: Levels,
  { level, reason, value }: Level,
  watch: Watch | undefined,
  row: number,
): Reading {
  return { process, metric, device, levels, level, reason, value, watch, row };
}
