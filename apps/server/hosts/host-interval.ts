import { MAX_INTERVAL_MS } from '#domain';

/** Differences of which the middle one is a host's interval. */
const KEPT = 5;
/** With fewer differences than this, a short one may be a burst. */
const SURE = 3;
/** A gap longer than this is no burst, and taken for the interval at once. */
const LONG_MS = 60_000;
/** Ticks nearer than this to the one before are the same. */
const SAME_MS = 500;

/**
 * Learns from its own times how often a host reports, where its batches do not say: the middle one of the last few
 * differences, so that a burst, a repeated tick or an outage changes nothing. More than a day is no interval: a host
 * that was away, or whose clock was set by years.
 */
export class HostInterval {
  private readonly differences: number[] = [];
  private last: number | undefined;

  /** @param knownMs what was learnt before, which holds until there is enough to go by */
  constructor(private readonly knownMs: number | null = null) {}

  /** Takes the time of a tick; those that are not newer than the newest are left out. */
  add(timeMs: number): void {
    if (this.last !== undefined) {
      const difference = timeMs - this.last;
      if (difference < SAME_MS) return;
      if (difference <= MAX_INTERVAL_MS) this.differences.push(difference);
      if (this.differences.length > KEPT) this.differences.shift();
    }
    this.last = timeMs;
  }

  /** Milliseconds; null while they are not known. */
  get ms(): number | null {
    const sorted = this.differences.toSorted((a, b) => a - b);
    if (sorted.length >= SURE) return Math.round(sorted[Math.floor(sorted.length / 2)] as number);
    const longest = sorted.at(-1) ?? 0;
    return this.knownMs ?? (longest > LONG_MS ? Math.round(longest) : null);
  }
}
