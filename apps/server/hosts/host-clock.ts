import { DEFAULT_INTERVAL_MS } from '#domain';

/** No request travels back in time: samples further ahead than this are from a clock that is ahead. */
const AHEAD_MS = 2_000;
/** A sample older than this, and than two intervals, is late or from a clock that is behind. */
const BEHIND_MS = 15_000;
const BEHIND_INTERVALS = 2;
/** Ticks that must agree before a clock is taken to be off. */
const TICKS = 3;

/** Ticks that lie nearer are not compared: a backlog would have no time to catch up between them. */
const APART_MS = 2 * AHEAD_MS;

/** What one request tells of its host's clock. */
export interface Arrival {
  /** When it arrived, by the server's clock. */
  arrivalMs: number;
  /** Its newest sample, by the host's clock. */
  timeMs: number;
  intervalMs: number | null;
  /** The sender says that it holds older samples, so that they may be late without its clock being off. */
  backlog: boolean;
}

interface Lag {
  timeMs: number;
  ms: number;
}

/**
 * Judges the clock of one host by when its samples arrive. It is off where they are early or late by the same time over
 * three ticks, as no backlog is, which catches up, and no burst, in which many ticks arrive at once: single samples keep
 * the times that they were sent with.
 */
export class HostClock {
  private lags: Lag[] = [];

  /** @param offset the host's clock minus the server's, milliseconds; 0 where they agree */
  constructor(private offset = 0) {}

  get offsetMs(): number {
    return this.offset;
  }

  /** Takes an arrival; true where it changed the offset. Times minus the offset are by the server's clock. */
  judge(arrival: Arrival): boolean {
    const { arrivalMs, timeMs } = arrival;
    const raw = arrivalMs - timeMs;
    const lag = raw + this.offset;
    const late = lateAfterMs(arrival.intervalMs);
    const isPlausible = (ms: number) => ms >= -AHEAD_MS && ms <= late;
    if (isPlausible(lag)) {
      this.lags = [];
      return false;
    }
    // A clock that was off and gives plausible times again has been set.
    if (this.offset !== 0 && isPlausible(raw)) return this.learn(0);
    if (arrival.backlog && lag > 0) return false;
    return this.judgeSteady({ timeMs, ms: raw }, arrival.intervalMs);
  }

  private judgeSteady(lag: Lag, intervalMs: number | null): boolean {
    const interval = intervalMs ?? DEFAULT_INTERVAL_MS;
    const last = this.lags.at(-1);
    // What lies nearer says nothing new; an older one is no tick that goes on.
    if (last && Math.abs(lag.timeMs - last.timeMs) < Math.max(APART_MS, interval / 2)) return false;
    if (last && lag.timeMs < last.timeMs) this.lags = [];
    this.lags = [...this.lags, lag].slice(-TICKS);
    const all = this.lags.map(({ ms }) => ms);
    const spread = Math.max(...all) - Math.min(...all);
    if (all.length < TICKS || spread > Math.max(AHEAD_MS, interval / 2)) return false;
    // The smallest lag is the one with the shortest way.
    return this.learn(-Math.min(...all));
  }

  private learn(offset: number): boolean {
    const learnt = Math.abs(offset) > AHEAD_MS ? Math.round(offset) : 0;
    this.lags = [];
    const changed = learnt !== this.offset;
    this.offset = learnt;
    return changed;
  }
}

function lateAfterMs(intervalMs: number | null): number {
  return Math.max(BEHIND_MS, BEHIND_INTERVALS * (intervalMs ?? DEFAULT_INTERVAL_MS));
}
