import { type Culprit, isoToMicros, type UnitSample } from '#domain';
import type { Blame } from './incident-transition.js';
import type { Level } from './level.js';
import type { JudgedBatch, Reading } from './reading.js';
import type { UnitPasts } from './unit-past.js';

const CULPRITS = 3;

/**
 * Who is to blame for a reading: the programs that use most of a host, the largest process of a program, or whom the
 * kernel killed and who grew in a unit.
 */
export function blameOf(batch: JudgedBatch, { metric, unit, reason, row }: Reading, past: UnitPasts): Blame {
  if (unit !== undefined)
    return metric === 'mem' ? blameIn(batch.units?.[row], reason, past, isoToMicros(batch.time) / 1000) : {};
  if (row < 0) {
    const culprits = metric === 'cpu' || metric === 'mem' ? culpritsOf(batch, metric) : undefined;
    return culprits ? { culprits } : {};
  }
  const count = batch.count[row] ?? 1;
  const sum = (metric === 'cpu' ? batch.cpu : batch.mem)?.[row];
  const largest = (metric === 'cpu' ? batch.cpuMax : batch.memMax)?.[row] ?? (sum ?? Number.NaN) / count;
  return { count, ...(Number.isFinite(largest) && { largest }) };
}

function blameIn(one: UnitSample | undefined, reason: Level['reason'], past: UnitPasts, timeMs: number): Blame {
  const { victim: next, ...known } = past.blameOf(one?.unit ?? '', timeMs);
  const victim = reason === 'oom-killed' ? one?.victim : next;
  return {
    ...known,
    ...(one?.memLimitBytes != null && { limitBytes: one.memLimitBytes }),
    ...(victim !== undefined && { victim }),
  };
}

/**
 * The programs that used most of a host at one tick, largest first, with their share of the whole host; undefined where
 * the share is unknown, because the batch lacks the number of cores or the sums of the programs.
 */
function culpritsOf(batch: JudgedBatch, metric: 'cpu' | 'mem'): Culprit[] | undefined {
  // cpu is given in % of one core; the share of a host is that of all its cores.
  const scale = metric === 'cpu' ? batch.hostUsage?.cores : 1;
  const column = batch[metric];
  if (scale === undefined || column === undefined) return undefined;
  const top: Culprit[] = [];
  for (let i = 0; i < batch.names.length; i++) {
    const share = (column[i] ?? 0) / scale;
    if (share <= 0 || (top.length === CULPRITS && share <= (top[CULPRITS - 1]?.share ?? 0))) continue;
    top.push({ process: batch.names[i] ?? '', count: batch.count[i] ?? 1, share });
    top.sort((a, b) => b.share - a.share);
    top.length = Math.min(top.length, CULPRITS);
  }
  return top;
}
