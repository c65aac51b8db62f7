import { USAGE_LIMIT } from '#domain';
import { HISTOGRAM } from './series-state.js';

/** Widths of the windows that both branches look at: that many of the newest values. */
export const WINDOWS = [3, 6, 12, 30, 60] as const;

/** What a window of values, in %, looks like. */
export interface WindowStats {
  /** Values in it: its width, or fewer while there are no more. */
  count: number;
  mean: number;
  max: number;
  min: number;
  /** Standard deviation of the population. */
  sd: number;
  /** Least-squares slope, % a value. */
  slope: number;
  /** Mean of the absolute differences of neighbours. */
  moved: number;
}

/** Filled by `windowStats`; one for all, since nothing here waits. */
const stats: WindowStats = { count: 0, mean: 0, max: 0, min: 0, sd: 0, slope: 0, moved: 0 };

/** Of the newest `width` of the first `m` values. What it returns holds until the next call. */
export function windowStats(values: Float64Array, m: number, width: number): WindowStats {
  const count = Math.min(width, m);
  const start = m - count;
  let sum = 0;
  let max = -1;
  let min = 1e9;
  let squares = 0;
  let products = 0;
  let moved = 0;
  for (let j = start; j < m; j++) {
    const z = values[j] as number;
    sum += z;
    squares += z * z;
    products += z * (j - start);
    if (z > max) max = z;
    if (z < min) min = z;
    if (j > start) moved += Math.abs(z - (values[j - 1] as number));
  }
  const mean = sum / count;
  stats.count = count;
  stats.mean = mean;
  stats.max = max;
  stats.min = min;
  stats.sd = Math.sqrt(Math.max(0, squares / count - mean * mean));
  // Sum of (t − mean t)(z − mean z) by that of (t − mean t)², for t = 0 … count − 1.
  stats.slope = count > 1 ? (products - (sum * (count - 1)) / 2) / ((count * (count * count - 1)) / 12) : 0;
  stats.moved = moved / Math.max(1, count - 1);
  return stats;
}

/**
 * Six features from `at` on: values above the limit and near it, how old the maximum is, the largest jump and where another
 * would lead, autocorrelation of lag one.
 *
 * @param window where `out` has the mean of the widest window; its spread stands three behind it
 */
export function extremeFeatures(values: Float64Array, m: number, out: Float32Array, at: number, window: number): void {
  let above80 = 0;
  let above70 = 0;
  let newestMax = m - 1;
  let jump = 0;
  for (let j = 0; j < m; j++) {
    const z = values[j] as number;
    if (z > USAGE_LIMIT) above80++;
    if (z > 70) above70++;
    if (z >= (values[newestMax] as number)) newestMax = j;
    if (j > 0) jump = Math.max(jump, z - (values[j - 1] as number));
  }
  out[at] = above80;
  out[at + 1] = above70;
  out[at + 2] = m - 1 - newestMax;
  out[at + 3] = jump;
  out[at + 4] = USAGE_LIMIT - (values[m - 1] as number) - jump;
  // The mean and the spread as the trees see them: rounded to 32 bits.
  const mean = out[window] as number;
  const sd = out[window + 3] as number;
  let product = 0;
  for (let j = 1; j < m; j++) product += ((values[j] as number) - mean) * ((values[j - 1] as number) - mean);
  out[at + 5] = product / (m * sd * sd + 0.000001);
}

const SHARES = [0.5, 0.9, 0.95, 0.99];

/** Five features from `at` on: four percentiles of all values so far, and the rank of the newest among them. */
export function distributionFeatures(
  u8: Uint8Array,
  histogram: number,
  v: number,
  out: Float32Array,
  at: number,
): void {
  const mine = Math.min(HISTOGRAM - 1, Math.floor(v / 3.125));
  let total = 0;
  let below = 0;
  for (let i = 0; i < HISTOGRAM; i++) {
    const n = u8[histogram + i] as number;
    total += n;
    if (i < mine) below += n;
  }
  let sum = 0;
  let next = 0;
  for (let i = 0; i < HISTOGRAM && next < 4; i++) {
    sum += u8[histogram + i] as number;
    while (next < 4 && sum >= (SHARES[next] as number) * total) out[at + next++] = i * 3.125;
  }
  out[at + 4] = (below + 0.5 * (u8[histogram + mine] as number)) / total;
}
