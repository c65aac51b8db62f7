import { shareOfLimit, shareOfQuota, type UnitSample } from '#domain';
import { type Level, levelOf, quotaLevelOf } from './level.js';
import type { HostLevels, Levels } from './levels.js';
import { type JudgedBatch, type Reading, readingOf } from './reading.js';
import type { Watches } from './watch.js';

/**
 * The values of a batch's units that may matter, in % of their own limits, and every kill for want of memory. A unit
 * without a limit has no value of its own: its programs are judged by what they take of the host.
 */
export function unitReadings({ units = [] }: JudgedBatch, levels: HostLevels, watches: Watches): Reading[] {
  const readings: Reading[] = [];
  for (const [row, one] of units.entries()) {
    const { unit, oomKills, throttled = 0 } = one;
    const watched = watches.units.size > 0 ? watches.units.get(unit) : undefined;
    const cpu = shareOfQuota(one);
    if (cpu !== null && (cpu > levels.lowestCpu || watched?.cpu)) {
      const own = levels.unit(unit, 'cpu');
      const series = { process: null, unit, metric: 'cpu' } as const;
      if (own) readings.push(readingOf(series, own, quotaLevelOf(cpu, throttled, own), watched?.cpu, row));
    }
    const mem = shareOfLimit(one);
    if (oomKills > 0 || (mem !== null && mem > levels.lowestMem) || watched?.mem) {
      const own = levels.unit(unit, 'mem');
      const level = own && memLevelOf(one, mem, own);
      const series = { process: null, unit, metric: 'mem' } as const;
      if (own && level) readings.push(readingOf(series, own, level, watched?.mem, row));
    }
  }
  return readings;
}

/** Undefined where nothing is known of a unit that has a limit. */
function memLevelOf({ oomKills, memLimitBytes }: UnitSample, share: number | null, levels: Levels): Level | undefined {
  if (oomKills > 0) return { level: 'over', reason: 'oom-killed', value: share };
  if (share !== null) return levelOf(share, levels);
  return memLimitBytes ? undefined : { level: 'below', reason: 'below-clear-level', value: null };
}
