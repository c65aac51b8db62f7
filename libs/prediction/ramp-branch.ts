import { sigmoid } from './forest.js';
import { D, F, mod, RING, type Offsets, type Slab } from './series-state.js';
import { LIMIT, MAX_VALUE } from './step-memory.js';
import type { RampModel } from './model.js';
import type { Prediction } from './prediction.js';

export const RAMP_FEATURES = 56;
/** Samples of quiet before a ramp may claim a fresh breach. */
const QUIET_SAMPLES = 30;
/** Samples in which a change of the line shows, and with which the next segment begins. */
const CHANGE = 8;
const FRESH = 12;
const WINDOWS = [3, 6, 12, 30, 60];

const window = new Float64Array(RING);
const features = new Float32Array(RAMP_FEATURES);

/** Starts the ramp's memory anew, as after a gap; the slope of the last leak is kept. */
export function restartRamp(slab: Slab, o: Offsets): void {
  for (const cell of [F.rampCount, F.rampSeen, F.rampQuiet, F.rampAge]) slab.f32[o.f + cell] = 0;
  for (const cell of [D.meanT, D.meanV, D.varT, D.cov, D.varV]) slab.f64[o.d + cell] = 0;
}

/**
 * Takes one sample into the line through the segment since the last change (Welford's update, in samples). A segment ends
 * when the last eight samples leave its line together by more than 2.5 times the noise; the noise is measured on second
 * differences, which a line does not touch.
 */
export function takeSample(slab: Slab, o: Offsets, timeMs: number, intervalMs: number, value: number): void {
  const { f32, f64, u16 } = slab;
  const cell = (i: number): number => f32[o.f + i] as number;
  const seen = cell(F.rampSeen) + 1;
  const kept = Math.floor(Math.min(MAX_VALUE, Math.max(0, value)) * 100 + 0.5);
  const v = kept / 100;
  // The ring turns with the count of samples, which wraps far above any feature's cap.
  f32[o.f + F.rampSeen] = seen > 60_000 ? seen - 30_000 : seen;
  u16[o.rampRing + mod(cell(F.rampSeen) - 1, RING)] = kept;
  const m = unrollRamp(slab, o);
  if (m >= 3) measureNoise(f32, o.f, v - 2 * (window[m - 2] as number) + (window[m - 3] as number));
  if (cell(F.rampCount) === 0) {
    f64[o.d + D.originMs] = timeMs;
    f32[o.f + F.rampAge] = 0;
  } else f32[o.f + F.rampAge] = cell(F.rampAge) + 1;
  const age = cell(F.rampAge);
  add(slab, o, age, v);
  f32[o.f + F.rampQuiet] = v > LIMIT ? 0 : Math.min(9999, cell(F.rampQuiet) + 1);
  f32[o.f + F.rampPeak] = Math.max(v, cell(F.rampPeak) * 0.9995);
  const count = cell(F.rampCount);
  if (count < 28) return;
  const { slope, meanV, meanT } = line(slab, o);
  let off = 0;
  for (let j = 0; j < CHANGE; j++) off += (window[m - 1 - j] as number) - (meanV + slope * (age - j - meanT));
  off /= CHANGE;
  if (Math.abs(off) <= 2.5 * cell(F.noise) + 1) return;
  if (off < 0 && slope > 0 && count > 60) f32[o.f + F.priorSlope] = slope;
  for (const i of [D.meanT, D.meanV, D.varT, D.cov, D.varV]) f64[o.d + i] = 0;
  f32[o.f + F.rampCount] = 0;
  f64[o.d + D.originMs] = timeMs - (FRESH - 1) * intervalMs;
  for (let j = 0; j < FRESH; j++) add(slab, o, j, window[m - FRESH + j] as number);
  f32[o.f + F.rampAge] = FRESH - 1;
}

function unrollRamp(slab: Slab, o: Offsets): number {
  const seen = slab.f32[o.f + F.rampSeen] as number;
  const m = Math.min(seen, RING);
  for (let j = 0; j < m; j++) window[j] = (slab.u16[o.rampRing + mod(seen - m + j, RING)] as number) / 100;
  return m;
}

function measureNoise(f32: Float32Array, f: number, second: number): void {
  const sd = f32[f + F.noise] as number;
  const d = Math.min(Math.abs(second), 9.8 * sd + 1);
  const n = Math.min((f32[f + F.noiseCount] as number) + 1, 120);
  f32[f + F.noiseCount] = n;
  f32[f + F.noise] = Math.sqrt(Math.max(0.01, sd * sd + ((d * d) / 6 - sd * sd) / Math.max(n, 8)));
}

function add(slab: Slab, o: Offsets, t: number, v: number): void {
  const { f32, f64 } = slab;
  const n = (f32[o.f + F.rampCount] as number) + 1;
  f32[o.f + F.rampCount] = n;
  const dt = t - (f64[o.d + D.meanT] as number);
  const dv = v - (f64[o.d + D.meanV] as number);
  const meanT = (f64[o.d + D.meanT] as number) + dt / n;
  const meanV = (f64[o.d + D.meanV] as number) + dv / n;
  f64[o.d + D.meanT] = meanT;
  f64[o.d + D.meanV] = meanV;
  f64[o.d + D.varT] = (f64[o.d + D.varT] as number) + dt * (t - meanT);
  f64[o.d + D.cov] = (f64[o.d + D.cov] as number) + dt * (v - meanV);
  f64[o.d + D.varV] = (f64[o.d + D.varV] as number) + dv * (v - meanV);
}

function line(slab: Slab, o: Offsets) {
  const { f32, f64 } = slab;
  const n = f32[o.f + F.rampCount] as number;
  const varT = f64[o.d + D.varT] as number;
  const cov = f64[o.d + D.cov] as number;
  const varV = f64[o.d + D.varV] as number;
  const noise = f32[o.f + F.noise] as number;
  const slope = n >= 3 ? cov / varT : 0;
  const rest = varT > 0 ? Math.max(0, varV - (cov * cov) / varT) : 0;
  const slopeError = varT > 0 ? Math.sqrt(Math.max(rest, noise * noise * n) / Math.max(1, n - 2) / varT) : 1;
  const meanT = f64[o.d + D.meanT] as number;
  const meanV = f64[o.d + D.meanV] as number;
  const level = meanV + slope * ((f32[o.f + F.rampAge] as number) - meanT);
  return { n, slope, rest, slopeError, meanT, meanV, varV, level, noise };
}

/** In the order of `tools/train/ramp.py`, which this mirrors; `horizon` in samples. */
export function rampFeatures(slab: Slab, o: Offsets, horizon: number, out: Float32Array): void {
  const m = unrollRamp(slab, o);
  const cell = (i: number): number => slab.f32[o.f + i] as number;
  const l = line(slab, o);
  out[0] = window[m - 1] as number;
  out[1] = Math.min(240, cell(F.rampQuiet));
  out[2] = Math.min(600, cell(F.rampSeen));
  out[3] = l.noise;
  out[4] = horizon;
  let k = 5;
  for (const width of WINDOWS) {
    const c = Math.min(width, m);
    const start = m - c;
    let s = 0;
    let max = -1;
    let min = 1e9;
    let ss = 0;
    let sxy = 0;
    let moved = 0;
    for (let j = start; j < m; j++) {
      const z = window[j] as number;
      s += z;
      ss += z * z;
      sxy += z * (j - start);
      if (z > max) max = z;
      if (z < min) min = z;
      if (j > start) moved += Math.abs(z - (window[j - 1] as number));
    }
    const mean = s / c;
    const slope = c > 1 ? (sxy - (s * (c - 1)) / 2) / ((c * (c * c - 1)) / 12) : 0;
    const level = mean + (slope * (c - 1)) / 2;
    out[k] = mean;
    out[k + 1] = 80 - max;
    out[k + 2] = min;
    out[k + 3] = Math.sqrt(Math.max(0, ss / c - mean * mean));
    out[k + 4] = slope * horizon;
    out[k + 5] = moved / Math.max(1, c - 1);
    out[k + 6] = 80 - level - slope * horizon;
    out[k + 7] = (80 - level - slope * horizon) / (l.noise + 0.5);
    k += 8;
  }
  out[45] = Math.min(2000, l.n);
  out[46] = l.slope * horizon;
  out[47] = l.slope / (l.slopeError + 1e-6);
  out[48] = l.varV > 0 ? 1 - l.rest / l.varV : 0;
  out[49] = 80 - l.level - l.slope * horizon;
  out[50] = (80 - l.level - l.slope * horizon) / (l.noise + l.slopeError * horizon + 0.2);
  out[51] = l.slope * (l.n - 1);
  out[52] = Math.sqrt(l.rest / Math.max(1, l.n - 2));
  out[53] = cell(F.priorSlope) * horizon;
  out[54] = cell(F.rampPeak);
  out[55] = (80 - l.level) / (l.noise + 0.5);
}

/** Whether a ramp has been seen that is worth asking the trees about: cheap, and most samples end here. */
function asleep(slab: Slab, o: Offsets, horizon: number): boolean {
  const m = unrollRamp(slab, o);
  if (m < QUIET_SAMPLES || (slab.f32[o.f + F.rampQuiet] as number) < QUIET_SAMPLES) return true;
  const { level, slope, noise } = line(slab, o);
  const v = window[m - 1] as number;
  const short = (v - (window[m - 12] as number)) / 11;
  return Math.max(v, level) + Math.max(slope, short, 0) * horizon * 2 + 6 * noise < LIMIT;
}

/** What the ramp branch says after a sample; undefined where it has nothing to say. */
export function judgeRamp(
  slab: Slab,
  o: Offsets,
  model: RampModel,
  timeMs: number,
  intervalMs: number,
  horizonMs: number,
): Prediction | undefined {
  const horizon = Math.min(180, Math.max(6, Math.round(horizonMs / intervalMs)));
  if (asleep(slab, o, horizon)) return undefined;
  rampFeatures(slab, o, horizon, features);
  const probability = sigmoid(model.probability.sum(features));
  if (probability < model.threshold) return undefined;
  const { slope, level, slopeError, n } = line(slab, o);
  const samples = (by: number) => Math.min(horizon, Math.max(1, by > 0 ? (LIMIT - level) / by : horizon));
  const at = samples(slope);
  const from = Math.min(at, samples(slope + 2 * slopeError), Math.max(1, at * 0.7));
  const to = Math.max(at, samples(slope - 2 * slopeError));
  const prior = slab.f32[o.f + F.priorSlope] as number;
  const again = prior > 0 && Math.abs(slope / prior - 1) < 0.3;
  const perMinute = (slope * 60_000) / intervalMs;
  const originMs = slab.f64[o.d + D.originMs] as number;
  const rising = perMinute > 0 && n >= FRESH;
  return {
    amber: true,
    probability,
    breach: { atMs: timeMs + at * intervalMs, fromMs: timeMs + from * intervalMs, toMs: timeMs + to * intervalMs },
    reason: again ? 'leak-again' : rising ? 'leak' : 'level',
    text: rising
      ? `rising ${perMinute.toFixed(1)} %/min since ${clock(originMs)}${again ? ', as before its restart' : ''}`
      : `close to the limit and unsteady`,
    ...(rising ? { slopePerMinute: perMinute, risingSinceMs: originMs } : {}),
    branch: 'ramp',
  };
}

/** Time of day in UTC. */
function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
