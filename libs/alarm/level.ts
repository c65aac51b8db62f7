import type { IncidentReason } from '#domain';
import type { Levels } from './levels.js';

/** Where a value stands against its levels: `between` the two keeps whatever colour there is. */
export interface Level {
  level: 'over' | 'between' | 'below';
  reason: IncidentReason;
  /** The value that decided, %; null where a unit without a limit has none. */
  value: number | null;
}

/** One value against its levels. */
export function levelOf(value: number, levels: Levels): Level & { value: number } {
  if (value > levels.limit) return { level: 'over', reason: 'above-limit', value };
  if (value < levels.clear) return { level: 'below', reason: 'below-clear-level', value };
  return { level: 'between', reason: 'below-clear-level', value };
}

/**
 * Swap of a host: over only while its memory is over the same limit too. Pages that nobody touches stay in the swap of
 * a healthy host for months; it is in need where it has nowhere left to put them.
 *
 * @param hostMem the host's memory in use, %; null where it is unknown
 */
export function swapLevelOf(swap: number, hostMem: number | null, levels: Levels): Level {
  const level = levelOf(swap, levels);
  const { level: mem } = levelOf(hostMem ?? 0, levels);
  if (level.level === 'below' || mem === 'below') return { ...level, level: 'below', reason: 'below-clear-level' };
  return mem === 'over' ? level : { ...level, level: 'between' };
}

/** Whether a host has memory left, so that what its swap holds is no need. */
export function isRoomy(hostMem: number | null, levels: Levels | null): boolean {
  return hostMem !== null && levels !== null && hostMem < levels.clear;
}

/**
 * CPU of a unit, % of its quota: over only where it was held back as often as its levels say.
 *
 * @param throttled share of the periods of the tick in which it was held back, %
 */
export function quotaLevelOf(share: number, throttled: number, levels: Levels): Level {
  const level = levelOf(share, levels);
  if (level.level !== 'over' || throttled >= (levels.throttled ?? 0)) return level;
  return { ...level, level: throttled > 0 ? 'between' : 'below', reason: 'below-clear-level' };
}

/**
 * Memory of a program: its largest process, or the sum of all while the host is short of memory too. The sum alone
 * says little, because pages that processes share are counted once for each of them.
 *
 * @param hostMem the host's memory in use, %; null where it is unknown
 */
export function memoryLevelOf(max: number, sum: number | null, hostMem: number | null, levels: Levels): Level {
  if (max > levels.limit) return { level: 'over', reason: 'above-limit', value: max };
  if (sum !== null && hostMem !== null) {
    if (sum > levels.limit && hostMem > levels.limit) return { level: 'over', reason: 'sum-above-limit', value: sum };
    if (sum >= levels.clear && hostMem >= levels.clear) {
      return { level: 'between', reason: 'below-clear-level', value: sum };
    }
  }
  return levelOf(max, levels);
}
