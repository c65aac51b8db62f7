import type { Reason } from './reasons.js';

/** Which part of the predictor speaks: `coarse` reads steps of five minutes, `fine` the samples as they come. */
export type Branch = 'coarse' | 'fine';

/** What is expected of one series. Times are milliseconds since the epoch; no number in it is ever NaN. */
export interface Prediction {
  /** Whether a breach is claimed. */
  amber: boolean;
  /** How likely the limit is broken within the horizon, 0 to 1; while a claim is open, at least what it was opened with. */
  probability: number;
  breach?: { atMs: number; fromMs: number; toMs: number };
  reason: Reason;
  /** The reason in words, with its figures. */
  text: string;
  slopePerMinute?: number;
  risingSinceMs?: number;
  branch: Branch;
}

/** A claim that ended: the value crossed the limit (hit), or the horizon passed without. */
export interface ClaimOutcome {
  branch: Branch;
  probability: number;
  hit: boolean;
  /** Log-odds by which it passed the bar at most: an offset above that would not have let it be made. */
  margin: number;
  /** It was not made, because the offset asked for more; without one it would have been. */
  withheld: boolean;
  openedMs: number;
  endedMs: number;
}
