import { LIMIT } from './step-memory.js';
import type { Prediction } from './prediction.js';

/**
 * The text of an AMBER after the names of its series, such as
 * `71.4 % → 80 % in 12 min (9–17), 64 % likely: rising 0.7 %/min since 20:12`. Times of day are UTC.
 */
export function amberText(prediction: Prediction, value: number, nowMs: number, limit = LIMIT): string {
  const likely = `${(prediction.probability * 100).toFixed(0)} % likely: ${prediction.text}`;
  if (!prediction.breach) return `${value.toFixed(1)} % → ${limit} %, ${likely}`;
  const { atMs, fromMs, toMs } = prediction.breach;
  const [at, from, to] = [atMs, fromMs, toMs].map((ms) => Math.max(1, Math.round((ms - nowMs) / 60_000)));
  return `${value.toFixed(1)} % → ${limit} % in ${at} min (${from}–${to}), ${likely}`;
}
