import type { SeriesMetric } from '#domain';
import { levelOf, memoryLevelOf, swapLevelOf } from './level.js';
import type { HostLevels } from './levels.js';
import { type JudgedBatch, type Reading, readingOf } from './reading.js';
import { unitReadings } from './unit-readings.js';
import type { Watches } from './watch.js';

/**
 * The values of a batch that may matter: those over a limit and those of watched series, the host's own ones first. A
 * quiet program or unit costs one comparison for each metric, and one look-up where its host has watches.
 *
 * @param hostMem the host's memory in use, %; null where it is unknown
 */
export function readingsOf(
  batch: JudgedBatch,
  levels: HostLevels,
  watches: Watches,
  hostMem: number | null,
): Reading[] {
  const readings = [...ownReadings(batch, levels, watches, hostMem), ...unitReadings(batch, levels, watches)];
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
      if (own) readings.push(readingOf({ process, metric: 'cpu' }, own, levelOf(cpuValue, own), watched?.cpu, row));
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
        readings.push(readingOf({ process, metric: 'mem' }, own, level, watched?.mem, row));
      }
    }
  }
  return readings;
}

function ownReadings(
  { hostUsage }: JudgedBatch,
  levels: HostLevels,
  watches: Watches,
  hostMem: number | null,
): Reading[] {
  const readings: Reading[] = [];
  if (!hostUsage) return readings;
  const read = (metric: SeriesMetric, value: number | null | undefined, device?: string) => {
    const own = levels.own(metric, device);
    if (value === null || value === undefined || !own) return;
    const series = { process: null, metric, device };
    const level = metric === 'swap' ? swapLevelOf(value, hostMem, own) : levelOf(value, own);
    readings.push(readingOf(series, own, level, watches.find(series), -1));
  };
  read('cpu', hostUsage.cpu);
  read('mem', hostUsage.mem);
  read('swap', hostUsage.swap);
  for (const { path, usedPercent, inodesPercent } of hostUsage.disks ?? []) {
    read('disk', usedPercent, path);
    read('inodes', inodesPercent, path);
  }
  return readings;
}
