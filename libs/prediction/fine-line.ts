import { Cell64, FineCell, mod, RING, type Offsets, type Slab } from './series-state.js';

/** Steps in which a change of the line shows, and with which the next segment begins. */
const CHANGE = 8;
export const FRESH = 12;

/** The newest steps in order of time, %, filled by `unrollFine`; one buffer for all, since nothing here waits. */
export const newest = new Float64Array(RING);

/** Fills `newest`, oldest first; returns how many steps they are, at most 60. */
export function unrollFine(slab: Slab, o: Offsets): number {
  const seen = slab.f32[o.fine + FineCell.seen] as number;
  const m = Math.min(seen, RING);
  let at = mod(seen - m, RING);
  for (let j = 0; j < m; j++) {
    newest[j] = (slab.u16[o.fineRing + at] as number) / 100;
    at = at === RING - 1 ? 0 : at + 1;
  }
  return m;
}

/**
 * Takes the newest step into the line through the segment since the last change (Welford's update, in steps). A segment ends
 * when the last eight steps leave its line together by more than 2.5 times the noise.
 *
 * @param m steps in `newest`
 */
export function extendLine(slab: Slab, o: Offsets, m: number, timeMs: number, stepMs: number): void {
  const { f32, f64 } = slab;
  const cell = (i: number): number => f32[o.fine + i] as number;
  const age = cell(FineCell.lineCount) === 0 ? 0 : cell(FineCell.lineAge) + 1;
  if (age === 0) f64[o.d + Cell64.originMs] = timeMs;
  f32[o.fine + FineCell.lineAge] = age;
  add(slab, o, age, newest[m - 1] as number);
  const count = cell(FineCell.lineCount);
  if (count < 28) return;
  const { slope, meanV, meanT } = line(slab, o);
  let off = 0;
  for (let j = 0; j < CHANGE; j++) off += (newest[m - 1 - j] as number) - (meanV + slope * (age - j - meanT));
  off /= CHANGE;
  if (Math.abs(off) <= 2.5 * cell(FineCell.noise) + 1) return;
  if (off < 0 && slope > 0 && count > 60) f32[o.fine + FineCell.priorSlope] = slope;
  f64.fill(0, o.d + Cell64.meanT, o.d + Cell64.varV + 1);
  f32[o.fine + FineCell.lineCount] = 0;
  f64[o.d + Cell64.originMs] = timeMs - (FRESH - 1) * stepMs;
  for (let j = 0; j < FRESH; j++) add(slab, o, j, newest[m - FRESH + j] as number);
  f32[o.fine + FineCell.lineAge] = FRESH - 1;
}

/** Adds the value `v` at place `t` of its segment to mean, variance and covariance (Welford's update). */
function add(slab: Slab, o: Offsets, t: number, v: number): void {
  const { f32, f64 } = slab;
  const n = (f32[o.fine + FineCell.lineCount] as number) + 1;
  f32[o.fine + FineCell.lineCount] = n;
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
 * The line through the segment: `slope` in % a step, `level` its value at the newest step, `rest` the sum of squares that
 * it leaves, `slopeError` the standard error of the slope.
 */
export function line(slab: Slab, o: Offsets) {
  const { f32, f64 } = slab;
  const n = f32[o.fine + FineCell.lineCount] as number;
  const varT = f64[o.d + Cell64.varT] as number;
  const cov = f64[o.d + Cell64.cov] as number;
  const varV = f64[o.d + Cell64.varV] as number;
  const noise = f32[o.fine + FineCell.noise] as number;
  const slope = n >= 3 ? cov / varT : 0;
  const rest = varT > 0 ? Math.max(0, varV - (cov * cov) / varT) : 0;
  const slopeError = varT > 0 ? Math.sqrt(Math.max(rest, noise * noise * n) / Math.max(1, n - 2) / varT) : 1;
  const meanT = f64[o.d + Cell64.meanT] as number;
  const meanV = f64[o.d + Cell64.meanV] as number;
  const level = meanV + slope * ((f32[o.fine + FineCell.lineAge] as number) - meanT);
  return { n, slope, rest, slopeError, meanT, meanV, varV, level, noise };
}
