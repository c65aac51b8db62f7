import { USAGE_LIMIT } from '#domain';
import { line, newest, unrollFine } from './fine-line.js';
import { FineCell, mod, STRETCH, STRETCHES, type Offsets, type Slab } from './series-state.js';
import { levelBin } from './step-memory.js';
import { distributionFeatures, extremeFeatures, WINDOWS, windowStats } from './window-features.js';

export const FINE_FEATURES = 128;
const NONE = -1;
const NO_COUNTDOWN = -9999;

/**
 * What the fine branch looks at, in the order of `tools/train/fine.py`, which this mirrors line by line; a test holds both to
 * the same numbers. Constant time: 60 steps, and 32 stretches of 30.
 *
 * @param horizon steps within which a breach counts
 * @param out `FINE_FEATURES` numbers; each has its name in the model
 */
export function fineFeatures(slab: Slab, o: Offsets, horizon: number, cpu: boolean, out: Float32Array): void {
  const m = unrollFine(slab, o);
  const v = newest[m - 1] as number;
  const noise = slab.f32[o.fine + FineCell.noise] as number;
  const back = (lag: number): number => (m > lag ? v - (newest[m - 1 - lag] as number) : 0);
  out[0] = v;
  out[1] = back(1);
  out[2] = back(2);
  out[3] = back(3);
  out[4] = back(6);
  windows(m, horizon, noise, out);
  extremeFeatures(newest, m, out, 55, 45);
  segment(slab, o, horizon, out);
  stretches(slab, o, horizon, out);
  record(slab, o, v, out);
  distributionFeatures(slab.u8, o.fineHistogram, v, out, 106);
  spread(slab, o, v, out);
  out[125] = cpu ? 1 : 0;
  out[126] = Math.min(slab.f32[o.fine + FineCell.seen] as number, 2000);
  out[127] = horizon;
}

/** Features 5 to 54: each window, where its line leads, and the gap to the limit in units of its spread and of the noise. */
function windows(m: number, horizon: number, noise: number, out: Float32Array): void {
  let k = 5;
  for (const width of WINDOWS) {
    const { count, mean, max, min, sd, slope, moved } = windowStats(newest, m, width);
    const ahead = USAGE_LIMIT - (mean + (slope * (count - 1)) / 2) - slope * horizon;
    out[k] = mean;
    out[k + 1] = max;
    out[k + 2] = min;
    out[k + 3] = sd;
    out[k + 4] = slope * horizon;
    out[k + 5] = moved;
    out[k + 6] = (USAGE_LIMIT - mean) / (sd + 1);
    out[k + 7] = (USAGE_LIMIT - max) / (sd + 1);
    out[k + 8] = ahead;
    out[k + 9] = ahead / (noise + 0.5);
    k += 10;
  }
}

/** Features 61 to 73: the line through the segment since the last change. */
function segment(slab: Slab, o: Offsets, horizon: number, out: Float32Array): void {
  const { n, slope, slopeError, rest, varV, level, noise } = line(slab, o);
  const ahead = USAGE_LIMIT - level - slope * horizon;
  out[61] = Math.min(n, 2000);
  out[62] = slope * horizon;
  out[63] = slope / (slopeError + 1e-6);
  out[64] = varV > 0 ? 1 - rest / varV : 0;
  out[65] = ahead;
  out[66] = ahead / (noise + slopeError * horizon + 0.2);
  out[67] = slope * (n - 1);
  out[68] = Math.sqrt(rest / Math.max(1, n - 2));
  out[69] = (slab.f32[o.fine + FineCell.priorSlope] as number) * horizon;
  out[70] = slab.f32[o.fine + FineCell.peak] as number;
  out[71] = (USAGE_LIMIT - level) / (noise + 0.5);
  out[72] = noise;
  out[73] = slope > 0 ? Math.min(8, (USAGE_LIMIT - level) / (slope * horizon)) : 9;
}

/** Highest and lowest value of each stretch, %, newest first. */
const tops = new Float64Array(STRETCHES);
const lows = new Float64Array(STRETCHES);

/** Features 74 to 93: the stretches back in time, and the lines through their lows and tops, the open one left out. */
function stretches(slab: Slab, o: Offsets, horizon: number, out: Float32Array): void {
  const newestStretch = Math.floor(((slab.f32[o.fine + FineCell.seen] as number) - 1) / STRETCH);
  const known = Math.min(newestStretch + 1, STRETCHES);
  let high = -1;
  let low = 1e9;
  let red = 0;
  let sum = 0;
  let squares = 0;
  let next = 2;
  let k = 74;
  for (let i = 0; i < known; i++) {
    const at = mod(newestStretch - i, STRETCHES);
    const top = (slab.u8[o.tops + at] as number) / 2.5;
    const bottom = (slab.u8[o.lows + at] as number) / 2.5;
    tops[i] = top;
    lows[i] = bottom;
    if (top > high) high = top;
    if (bottom < low) low = bottom;
    if (top > USAGE_LIMIT) red++;
    sum += top;
    squares += top * top;
    if (i + 1 !== next) continue;
    out[k++] = high;
    out[k++] = low;
    next *= 2;
  }
  while (k < 84) {
    out[k++] = high;
    out[k++] = low;
  }
  const mean = sum / known;
  const sd = Math.sqrt(Math.max(0, squares / known - mean * mean));
  out[84] = red;
  out[85] = mean;
  out[86] = sd;
  out[87] = (USAGE_LIMIT - mean) / (sd + 2);
  longLine(Math.min(8, known - 1), horizon, 88, out);
  longLine(Math.min(32, known - 1), horizon, 91, out);
}

function longLine(count: number, horizon: number, at: number, out: Float32Array): void {
  let low = 0;
  let top = 0;
  if (count >= 3) {
    const den = (count * (count * count - 1)) / 12;
    for (let i = 0; i < count; i++) {
      low += (lows[count - i] as number) * (i - (count - 1) / 2);
      top += (tops[count - i] as number) * (i - (count - 1) / 2);
    }
    low = low / den / STRETCH;
    top = top / den / STRETCH;
  }
  out[at] = low * horizon;
  out[at + 1] = top * horizon;
  out[at + 2] = count >= 3 ? USAGE_LIMIT - (tops[1] as number) - top * horizon : NONE;
}

/** Features 94 to 105: breaches so far, the gaps between them, and how often such a level was followed by one in this series. */
function record(slab: Slab, o: Offsets, v: number, out: Float32Array): void {
  const cell = (i: number): number => slab.f32[o.fine + i] as number;
  const gap1 = cell(FineCell.gap1);
  const gap2 = cell(FineCell.gap2);
  out[94] = cell(FineCell.sinceRed);
  out[95] = Math.min(120, cell(FineCell.below));
  out[96] = cell(FineCell.sinceEvent);
  out[97] = cell(FineCell.events);
  out[98] = gap1 >= 0 ? gap1 : NONE;
  out[99] = gap1 >= 0 ? gap1 - cell(FineCell.sinceEvent) : NO_COUNTDOWN;
  out[100] = gap2 >= 0 ? gap2 : NONE;
  out[101] = gap2 >= 0 ? Math.abs(gap1 - gap2) : NONE;
  out[102] = ((cell(FineCell.events) + 0.5) / (Math.min(20_000, cell(FineCell.seen)) + 288)) * 288;
  const base = (cell(FineCell.hit) + 1) / (cell(FineCell.tried) + 12);
  const bin = o.fineLevel + 2 * levelBin(v, out[15] as number);
  out[103] = base;
  out[104] = ((slab.u8[bin + 1] as number) + base * 10) / ((slab.u8[bin] as number) + 10);
  out[105] = slab.u8[bin] as number;
}

/** Features 111 to 124: running means and spreads, shares above 80, 70 and 60, and the gap to the limit in units of jumps. */
function spread(slab: Slab, o: Offsets, v: number, out: Float32Array): void {
  const cell = (i: number): number => slab.f32[o.fine + i] as number;
  const sdShort = Math.sqrt(cell(FineCell.varShort));
  const sdLong = Math.sqrt(cell(FineCell.varLong));
  out[111] = cell(FineCell.meanShort);
  out[112] = sdShort;
  out[113] = cell(FineCell.meanLong);
  out[114] = sdLong;
  out[115] = (USAGE_LIMIT - v) / (sdShort + 1);
  out[116] = (v - cell(FineCell.meanLong)) / (sdLong + 1);
  for (let i = 0; i < 5; i++) out[117 + i] = cell(FineCell.short80 + i);
  out[122] = cell(FineCell.jump);
  out[123] = (USAGE_LIMIT - v) / (cell(FineCell.jump) + 1);
  out[124] = (USAGE_LIMIT - v) / (cell(FineCell.roughness) + 0.5);
}
