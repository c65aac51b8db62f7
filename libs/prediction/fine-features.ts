import { USAGE_LIMIT } from '#domain';
import { line, newest, unrollRamp } from './fine-line.js';
import { Cell32, type Offsets, type Slab } from './series-state.js';
import { WINDOWS, windowStats } from './window-features.js';

export const RAMP_FEATURES = 56;

/**
 * What the fine branch looks at, in the order of `tools/train/fine.py`, which this mirrors line by line; `horizon` in samples,
 * `out` has room for `RAMP_FEATURES` numbers.
 */
export function rampFeatures(slab: Slab, o: Offsets, horizon: number, out: Float32Array): void {
  const m = unrollRamp(slab, o);
  const cell = (i: number): number => slab.f32[o.f + i] as number;
  const l = line(slab, o);
  out[0] = newest[m - 1] as number;
  out[1] = Math.min(240, cell(Cell32.rampQuiet));
  out[2] = Math.min(600, cell(Cell32.rampSeen));
  out[3] = l.noise;
  out[4] = horizon;
  let k = 5;
  for (const width of WINDOWS) {
    const { count, mean, max, min, sd, slope, moved } = windowStats(newest, m, width);
    const level = mean + (slope * (count - 1)) / 2;
    out[k] = mean;
    out[k + 1] = USAGE_LIMIT - max;
    out[k + 2] = min;
    out[k + 3] = sd;
    out[k + 4] = slope * horizon;
    out[k + 5] = moved;
    out[k + 6] = USAGE_LIMIT - level - slope * horizon;
    out[k + 7] = (USAGE_LIMIT - level - slope * horizon) / (l.noise + 0.5);
    k += 8;
  }
  out[45] = Math.min(2000, l.n);
  out[46] = l.slope * horizon;
  out[47] = l.slope / (l.slopeError + 1e-6);
  out[48] = l.varV > 0 ? 1 - l.rest / l.varV : 0;
  out[49] = USAGE_LIMIT - l.level - l.slope * horizon;
  out[50] = (USAGE_LIMIT - l.level - l.slope * horizon) / (l.noise + l.slopeError * horizon + 0.2);
  out[51] = l.slope * (l.n - 1);
  out[52] = Math.sqrt(l.rest / Math.max(1, l.n - 2));
  out[53] = cell(Cell32.priorSlope) * horizon;
  out[54] = cell(Cell32.rampPeak);
  out[55] = (USAGE_LIMIT - l.level) / (l.noise + 0.5);
}
