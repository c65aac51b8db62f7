import type { IncidentReason } from '#domain';
import type { Levels } from './levels.js';

/** Where a value stands against its levels: `between` the two keeps whatever colour there is. */
export interface Level {
  level: 'over' | 'between' | 'below';
  reason: IncidentReason;
  /** The value that decided, %. */
  value: number;
}

/** One value against its levels. */
export function levelOf(value: number, levels: Levels): Level {
  if (value > levels.limit) return { level: 'over', reason: 'above-limit', value };
  if (value < levels.clear) return { level: 'below', reason: 'below-clear-level', value };
  return { level: 'between', reason: 'below-clear-level', value };
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
