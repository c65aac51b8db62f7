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
