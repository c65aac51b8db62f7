import type { QueuedBatch } from './spool.js';

/** What a spool asks of clocks. */
export interface SpoolClock {
  /** Milliseconds that never jump. */
  monotonicMs: () => number;
  /** Unix milliseconds; undefined while nobody has confirmed that this host's clock is right. */
  confirmedMs: () => number | undefined;
}

/**
 * Sequences of the batches that are older than they may be. Age is monotonic time since a batch was sampled. One of an
 * earlier run has only its wall time, which is compared with a clock that the server has confirmed; until then it stays,
 * unless a younger one is too old.
 *
 * @param batches oldest first
 */
export function tooOld(batches: Iterable<QueuedBatch>, maxAgeMs: number, clock: SpoolClock): number[] {
  const [nowMs, confirmedMs] = [clock.monotonicMs(), clock.confirmedMs()];
  const passed: number[] = [];
  let old = 0;
  for (const { sequence, timeMs, monotonicMs } of batches) {
    const ageMs = monotonicMs === undefined ? confirmedMs && confirmedMs - timeMs : nowMs - monotonicMs;
    if (ageMs !== undefined && ageMs <= maxAgeMs) break;
    passed.push(sequence);
    if (ageMs !== undefined) old = passed.length;
  }
  return passed.slice(0, old);
}
