import { USAGE_LIMIT } from '#domain';
import { Cell64, Cell32, mod, RING, type Offsets, type Slab } from './series-state.js';
import { toHundredths } from './step-ring.js';

/** Samples in which a change of the line shows, and with which the next segment begins. */
const CHANGE = 8;
export const FRESH = 12;

/** The newest samples in order of time, %, filled by `unrollRamp`; one buffer for all, since nothing here waits. */
export const newest = new Float64Array(RING);

/** Clears the ramp's memory, as after a gap; the slope of the last leak is kept. */
export function restartRamp(slab: Slab, o: Offsets): void {
  for (const cell of [Cell32.rampCount, Cell32.rampSeen, Cell32.rampQuiet, Cell32.rampAge]) slab.f32[o.f + cell] = 0;
  for (const cell of [Cell64.meanT, Cell64.meanV, Cell64.varT, Cell64.cov, Cell64.varV]) slab.f64[o.d + cell] = 0;
}

/**
 * Takes one sample into the line through the segment since the last change (Welford's update, in samples). A segment ends
 * when the last eight samples leave its line together by more than 2.5 times the noise; the noise is measured on second
 * differences, which a line does not touch.
 */
export function takeSample(slab: Slab, o: Offsets, timeMs: number, intervalMs: number, value: number): void {
  const { f32, f64, u16 } = slab;
  const cell = (i: number): number => f32[o.f + i] as number;
  const seen = cell(Cell32.rampSeen) + 1;
  const kept = toHundredths(value);
  const v = kept / 100;
  // The ring turns with the count of samples, which wraps far above any feature's cap.
  f32[o.f + Cell32.rampSeen] = seen > 60_000 ? seen - 30_000 : seen;
  u16[o.rampRing + mod(cell(Cell32.rampSeen) - 1, RING)] = kept;
  const m = unrollRamp(slab, o);
  if (m >= 3) measureNoise(f32, o.f, v - 2 * (newest[m - 2] as number) + (newest[m - 3] as number));
  if (cell(Cell32.rampCount) === 0) {
    f64[o.d + Cell64.originMs] = timeMs;
    f32[o.f + Cell32.rampAge] = 0;
  } else f32[o.f + Cell32.rampAge] = cell(Cell32.rampAge) + 1;
  const age = cell(Cell32.rampAge);
  add(slab, o, age, v);
  f32[o.f + Cell32.rampQuiet] = v > USAGE_LIMIT ? 0 : Math.min(9999, cell(Cell32.rampQuiet) + 1);
  f32[o.f + Cell32.rampPeak] = Math.max(v, cell(Cell32.rampPeak) * 0.9995);
  const count = cell(Cell32.rampCount);
  if (count < 28) return;
  const { slope, meanV, meanT } = line(slab, o);
  let off = 0;
  for (let j = 0; j < CHANGE; j++) off += (newest[m - 1 - j] as number) - (meanV + slope * (age - j - meanT));
  off /= CHANGE;
  if (Math.abs(off) <= 2.5 * cell(Cell32.noise) + 1) return;
  if (off < 0 && slope > 0 && count > 60) f32[o.f + Cell32.priorSlope] = slope;
  for (const i of [Cell64.meanT, Cell64.meanV, Cell64.varT, Cell64.cov, Cell64.varV]) f64[o.d + i] = 0;
  f32[o.f + Cell32.rampCount] = 0;
  f64[o.d + Cell64.originMs] = timeMs - (FRESH - 1) * intervalMs;
  for (let j = 0; j < FRESH; j++) add(slab, o, j, newest[m - FRESH + j] as number);
  f32[o.f + Cell32.rampAge] = FRESH - 1;
}

/** Fills `newest`, oldest first; returns how many samples they are, at most 60. */
export function unrollRamp(slab: Slab, o: Offsets): number {
  const seen = slab.f32[o.f + Cell32.rampSeen] as number;
  const m = Math.min(seen, RING);
  for (let j = 0; j < m; j++) newest[j] = (slab.u16[o.rampRing + mod(seen - m + j, RING)] as number) / 100;
  return m;
}

/**
 * Updates the noise by a second difference of the samples, of which the variance is six times that of white noise. One that
 * lies far out counts as four of its standard deviations (9.8 = 4 √6), so that a step is not taken for noise.
 */
function measureNoise(f32: Float32Array, f: number, second: number): void {
  const sd = f32[f + Cell32.noise] as number;
  const d = Math.min(Math.abs(second), 9.8 * sd + 1);
  const n = Math.min((f32[f + Cell32.noiseCount] as number) + 1, 120);
  f32[f + Cell32.noiseCount] = n;
  f32[f + Cell32.noise] = Math.sqrt(Math.max(0.01, sd * sd + ((d * d) / 6 - sd * sd) / Math.max(n, 8)));
}

/** Adds the sample `v` at place `t` of its segment to mean, variance and covariance (Welford's update). */
function add(slab: Slab, o: Offsets, t: number, v: number): void {
  const { f32, f64 } = slab;
  const n = (f32[o.f + Cell32.rampCount] as number) + 1;
  f32[o.f + Cell32.rampCount] = n;
  const dt = t - (f64[o.d + Cell64.meanT] as number);
  const dv = v - (f64[o.d + Cell64.meanV] as number);
  const meanT = (f64[o.d + Cell64.meanT] as number) + dt / n;
  const meanV = (f64[o.d + Cell64.meanV] as number) + dv / n;
  f64[o.d + Cell64.meanT] = meanT;
  f64[o.d + Cell64.meanV] = meanV;
  f64[o.d + Cell64.varT] = (f64[o.d + Cell64.varT] as number) + dt * (t - meanT);
  f64[o.d + Cell64.cov] = (f64[o.d + Cell64.cov] as number) + dt * (v - meanV);
  f64[o.d + Cell64.varV] = (f64[o.d + Cell64.varV] as number) + dv * (v - meanV);
}

/**
 * The line through the segment: `slope` in % a sample, `level` its value at the newest sample, `rest` the sum of squares that
 * it leaves, `slopeError` the standard error of the slope.
 */
export function line(slab: Slab, o: Offsets) {
  const { f32, f64 } = slab;
  const n = f32[o.f + Cell32.rampCount] as number;
  const varT = f64[o.d + Cell64.varT] as number;
  const cov = f64[o.d + Cell64.cov] as number;
  const varV = f64[o.d + Cell64.varV] as number;
  const noise = f32[o.f + Cell32.noise] as number;
  const slope = n >= 3 ? cov / varT : 0;
  const rest = varT > 0 ? Math.max(0, varV - (cov * cov) / varT) : 0;
  const slopeError = varT > 0 ? Math.sqrt(Math.max(rest, noise * noise * n) / Math.max(1, n - 2) / varT) : 1;
  const meanT = f64[o.d + Cell64.meanT] as number;
  const meanV = f64[o.d + Cell64.meanV] as number;
  const level = meanV + slope * ((f32[o.f + Cell32.rampAge] as number) - meanT);
  return { n, slope, rest, slopeError, meanT, meanV, varV, level, noise };
}
