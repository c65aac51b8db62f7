import { USAGE_LIMIT } from '#domain';
import { halfHours, NONE, otherDays, shorterPeriods } from './day-features.js';
import { halfHour } from './half-hours.js';
import { Cell32, mod, STEPS_A_DAY, type Offsets, type Slab } from './series-state.js';
import { levelBin } from './step-memory.js';
import { recent, unroll } from './step-ring.js';
import { distributionFeatures, extremeFeatures, WINDOWS, windowStats } from './window-features.js';

const NO_COUNTDOWN = -9999;
export const FEATURES = 116;

/**
 * What the coarse branch looks at, in the order of `tools/train/features.py`, which this mirrors line by line; a test
 * holds both to the same numbers. Constant time: 60 steps, 336 half hours, seven days.
 *
 * @param step the newest one that the memory has taken
 * @param cpu whether the metric is CPU
 * @param out `FEATURES` numbers; each has its name in the model
 */
export function extract(slab: Slab, o: Offsets, step: number, cpu: boolean, out: Float32Array): void {
  const m = unroll(slab, o, step);
  const v = recent[m - 1] as number;
  const { f32 } = slab;
  const cell = (i: number): number => f32[o.f + i] as number;
  const steps = cell(Cell32.steps);
  const back = (lag: number): number => (m > lag ? v - (recent[m - 1 - lag] as number) : 0);
  out[0] = v;
  out[1] = back(1);
  out[2] = back(2);
  out[3] = back(3);
  out[4] = back(6);
  const mean6 = windows(m, out);
  extremeFeatures(recent, m, out, 45, 37);
  halfHours(slab, o, step, steps, out);
  otherDays(slab, o, step, steps, out);
  shorterPeriods(slab, o, step, steps, out);
  out[78] = cell(Cell32.sinceRed);
  out[79] = Math.min(60, cell(Cell32.below));
  out[80] = cell(Cell32.sinceEvent);
  out[81] = cell(Cell32.events);
  const gap1 = cell(Cell32.gap1);
  const gap2 = cell(Cell32.gap2);
  out[82] = gap1;
  out[83] = gap1 >= 0 ? gap1 - cell(Cell32.sinceEvent) : NO_COUNTDOWN;
  out[84] = gap2;
  out[85] = gap2 >= 0 ? Math.abs(gap1 - gap2) : NONE;
  out[86] = ((cell(Cell32.events) + 0.5) / (steps + 288)) * 288;
  out[87] = cell(Cell32.eventRate) * 288;
  history(slab, o, step, v, mean6, out);
  distributionFeatures(slab.u8, o.histogram, v, out, 94);
  out[99] = cell(Cell32.meanDay);
  const sdDay = Math.sqrt(cell(Cell32.varDay));
  out[100] = sdDay;
  out[101] = cell(Cell32.meanWeek);
  out[102] = Math.sqrt(cell(Cell32.varWeek));
  out[103] = (USAGE_LIMIT - v) / (sdDay + 1);
  for (let i = 0; i < 6; i++) out[104 + i] = cell(Cell32.day80 + i);
  out[110] = cell(Cell32.jump);
  out[111] = (USAGE_LIMIT - v) / (cell(Cell32.jump) + 1);
  out[112] = (USAGE_LIMIT - v) / (cell(Cell32.roughness) + 0.5);
  out[113] = mod(step, STEPS_A_DAY);
  out[114] = cpu ? 1 : 0;
  out[115] = Math.min(steps, 5760);
}

/** Features 5 to 44: each window, with the gap to the limit in units of its spread. Returns the mean of six steps. */
function windows(m: number, out: Float32Array): number {
  let k = 5;
  let mean6 = 0;
  for (const width of WINDOWS) {
    const { mean, max, min, sd, slope, moved } = windowStats(recent, m, width);
    out[k] = mean;
    out[k + 1] = max;
    out[k + 2] = min;
    out[k + 3] = sd;
    out[k + 4] = slope;
    out[k + 5] = moved;
    out[k + 6] = (USAGE_LIMIT - mean) / (sd + 1);
    out[k + 7] = (USAGE_LIMIT - max) / (sd + 1);
    if (width === 6) mean6 = mean;
    k += 8;
  }
  return mean6;
}

/** Features 88 to 93: how often a claim at this level and direction, and at this half hour, would have come true in this series. */
function history(slab: Slab, o: Offsets, step: number, v: number, mean6: number, out: Float32Array): void {
  const base = ((slab.f32[o.f + Cell32.hit] as number) + 1) / ((slab.f32[o.f + Cell32.tried] as number) + 12);
  const bin = o.level + 2 * levelBin(v, Math.fround(mean6));
  const now = o.halfHour + 2 * halfHour(step);
  const next = o.halfHour + 2 * ((halfHour(step) + 1) % 48);
  const rate = (at: number, weight: number): number =>
    ((slab.u8[at + 1] as number) + base * weight) / ((slab.u8[at] as number) + weight);
  out[88] = base;
  out[89] = rate(bin, 10);
  out[90] = slab.u8[bin] as number;
  out[91] = rate(now, 3);
  out[92] = slab.u8[now] as number;
  out[93] = rate(next, 3);
}
