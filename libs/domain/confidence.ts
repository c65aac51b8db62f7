import { z } from 'zod';
import { TOO_FEW } from './few.js';

/** What a figure rests on, and the range in which the true one lies with 95 % confidence. */
export const confidence = z
  .strictObject({
    n: z.int().min(0).describe('Cases that the figure rests on'),
    low: z.number().nullable().describe('Lower end of the 95 % interval; null where there are too few cases for one'),
    high: z.number().nullable().describe('Upper end'),
    tooFew: z.boolean().describe(`Fewer than ${TOO_FEW} cases: too few to say`),
  })
  .meta({ id: 'Confidence' });
export type Confidence = z.infer<typeof confidence>;

/** Of a normal distribution, the quantile for 95 % on both sides. */
const Z = 1.959964;

/**
 * Of a share, by Wilson's score interval, which holds for few cases and for shares of 0 and 1 too (E. B. Wilson, Probable
 * Inference, the Law of Succession, and Statistical Inference, JASA 22, 1927, 209–212).
 */
export function confidenceOfShare(hits: number, n: number): Confidence {
  const tooFew = n < TOO_FEW;
  if (n === 0) return { n, low: null, high: null, tooFew };
  const share = hits / n;
  const middle = (share + (Z * Z) / (2 * n)) / (1 + (Z * Z) / n);
  const half = (Z / (1 + (Z * Z) / n)) * Math.sqrt((share * (1 - share)) / n + (Z * Z) / (4 * n * n));
  return { n, low: hits === 0 ? 0 : middle - half, high: hits === n ? 1 : middle + half, tooFew };
}

/**
 * Of a median, by the values at two ranks: as many of n values lie below the true median as heads come of n coins (Hahn,
 * Meeker, Statistical Intervals, 1991, 5.2). Fewer than six values have no such interval.
 *
 * @param sorted smallest first
 */
export function confidenceOfMedian(sorted: readonly number[]): Confidence {
  const n = sorted.length;
  const rank = n > 1000 ? Math.floor(n / 2 - (Z * Math.sqrt(n)) / 2) : rankOf(n);
  const values =
    rank === 0 ? { low: null, high: null } : { low: sorted[rank - 1] ?? null, high: sorted[n - rank] ?? null };
  return { n, ...values, tooFew: n < TOO_FEW };
}

/** The largest number of coins of n that show heads, or fewer, with a probability of at most 2.5 %, and one more; 0: none. */
function rankOf(n: number): number {
  let probability = 0.5 ** n;
  let sum = probability;
  let rank = 0;
  while (sum <= 0.025 && rank < n) {
    rank += 1;
    probability *= (n - rank + 1) / rank;
    sum += probability;
  }
  return rank;
}
