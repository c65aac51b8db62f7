import {
  BLOCKS,
  CLASS_LEVELS,
  DAYS,
  F,
  halfDay,
  HISTOGRAM,
  mod,
  RED_CLASS,
  STEPS_A_DAY,
  type Offsets,
  type Slab,
} from './series-state.js';
import { blockAt, halfHour, HORIZON_STEPS, levelBin, recent, redAt, unroll } from './step-memory.js';

/** Written where a feature has no value yet; trees take it as any other number. */
const NONE = -1;
const NO_COUNTDOWN = -9999;
export const FEATURES = 116;
const level = (blockClass: number): number => CLASS_LEVELS[blockClass] as number;

/**
 * What the trained branch looks at, in the order of `tools/train/features.py`, which this mirrors line by line; a test
 * holds both to the same numbers. Constant time: 60 steps, 336 half hours, seven days.
 */
export function extract(slab: Slab, o: Offsets, step: number, cpu: boolean, out: Float32Array): void {
  const m = unroll(slab, o, step);
  const v = recent[m - 1] as number;
  const { f32 } = slab;
  const cell = (i: number): number => f32[o.f + i] as number;
  const steps = cell(F.steps);
  const back = (lag: number): number => (m > lag ? v - (recent[m - 1 - lag] as number) : 0);
  out[0] = v;
  out[1] = back(1);
  out[2] = back(2);
  out[3] = back(3);
  out[4] = back(6);
  const mean6 = windows(m, out);
  extremes(m, v, out);
  halfHours(slab, o, step, steps, out);
  otherDays(slab, o, step, steps, out);
  shorterPeriods(slab, o, step, steps, out);
  out[78] = cell(F.sinceRed);
  out[79] = Math.min(60, cell(F.below));
  out[80] = cell(F.sinceEvent);
  out[81] = cell(F.events);
  const gap1 = cell(F.gap1);
  const gap2 = cell(F.gap2);
  out[82] = gap1;
  out[83] = gap1 >= 0 ? gap1 - cell(F.sinceEvent) : NO_COUNTDOWN;
  out[84] = gap2;
  out[85] = gap2 >= 0 ? Math.abs(gap1 - gap2) : NONE;
  out[86] = ((cell(F.events) + 0.5) / (steps + 288)) * 288;
  out[87] = cell(F.eventRate) * 288;
  history(slab, o, step, v, mean6, out);
  distribution(slab, o, v, out);
  out[99] = cell(F.meanDay);
  const sdDay = Math.sqrt(cell(F.varDay));
  out[100] = sdDay;
  out[101] = cell(F.meanWeek);
  out[102] = Math.sqrt(cell(F.varWeek));
  out[103] = (80 - v) / (sdDay + 1);
  for (let i = 0; i < 6; i++) out[104 + i] = cell(F.day80 + i);
  out[110] = cell(F.jump);
  out[111] = (80 - v) / (cell(F.jump) + 1);
  out[112] = (80 - v) / (cell(F.roughness) + 0.5);
  out[113] = mod(step, STEPS_A_DAY);
  out[114] = cpu ? 1 : 0;
  out[115] = Math.min(steps, 5760);
}

const WINDOWS = [3, 6, 12, 30, 60];

/** Mean, extremes, spread, slope, roughness and the gap to the limit in units of the spread; gives the mean of six. */
function windows(m: number, out: Float32Array): number {
  let k = 5;
  let mean6 = 0;
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
      const z = recent[j] as number;
      s += z;
      ss += z * z;
      sxy += z * (j - start);
      if (z > max) max = z;
      if (z < min) min = z;
      if (j > start) moved += Math.abs(z - (recent[j - 1] as number));
    }
    const mean = s / c;
    const sd = Math.sqrt(Math.max(0, ss / c - mean * mean));
    out[k] = mean;
    out[k + 1] = max;
    out[k + 2] = min;
    out[k + 3] = sd;
    out[k + 4] = c > 1 ? (sxy - (s * (c - 1)) / 2) / ((c * (c * c - 1)) / 12) : 0;
    out[k + 5] = moved / Math.max(1, c - 1);
    out[k + 6] = (80 - mean) / (sd + 1);
    out[k + 7] = (80 - max) / (sd + 1);
    if (width === 6) mean6 = mean;
    k += 8;
  }
  return mean6;
}

function extremes(m: number, v: number, out: Float32Array): void {
  let above80 = 0;
  let above70 = 0;
  let newestMax = m - 1;
  let jump = 0;
  for (let j = 0; j < m; j++) {
    const z = recent[j] as number;
    if (z > 80) above80++;
    if (z > 70) above70++;
    if (z >= (recent[newestMax] as number)) newestMax = j;
    if (j > 0) jump = Math.max(jump, z - (recent[j - 1] as number));
  }
  out[45] = above80;
  out[46] = above70;
  out[47] = m - 1 - newestMax;
  out[48] = jump;
  out[49] = 80 - v - jump;
  // The mean and the spread as the trees see them: rounded to 32 bits.
  const mean = out[37] as number;
  const sd = out[40] as number;
  let product = 0;
  for (let j = 1; j < m; j++) product += ((recent[j] as number) - mean) * ((recent[j - 1] as number) - mean);
  out[50] = product / (m * sd * sd + 0.000001);
}

const LOOK_BACK = [halfDay, 2 * halfDay, 4 * halfDay, 8 * halfDay];

/** Highest of the last half day, day, two, four and seven; how often a stretch of 30 steps went over the limit. */
function halfHours(slab: Slab, o: Offsets, step: number, steps: number, out: Float32Array): void {
  const block = Math.floor(step / 6);
  const seen = Math.min(Math.floor(Math.min(steps + 5, BLOCKS * 6) / 6), BLOCKS);
  let max = 0;
  let red = 0;
  let redDay = 0;
  let next = 0;
  let stretch = 0;
  let stretches = 0;
  let sum = 0;
  let squares = 0;
  let redStretches = 0;
  let at = mod(block, BLOCKS);
  for (let i = 0; i < seen; i++) {
    const z = ((slab.u8[o.block + (at >> 1)] as number) >> ((at & 1) * 4)) & 15;
    at = at === 0 ? BLOCKS - 1 : at - 1;
    if (z > max) max = z;
    if (z >= RED_CLASS) red++;
    if (i === 47) redDay = red;
    if (next < 4 && i === (LOOK_BACK[next] as number) - 1) out[51 + next++] = level(max);
    if (i >= 45) continue;
    if (z > stretch) stretch = z;
    if (i % 5 !== 4) continue;
    stretches++;
    sum += level(stretch);
    squares += level(stretch) * level(stretch);
    if (stretch >= RED_CLASS) redStretches++;
    stretch = 0;
  }
  while (next < 4) out[51 + next++] = level(max);
  out[55] = level(max);
  out[56] = seen > 47 ? redDay : red;
  out[57] = red / seen;
  const mean = stretches > 0 ? sum / stretches : NONE;
  const sd = stretches > 0 ? Math.sqrt(Math.max(0, squares / stretches - mean * mean)) : NONE;
  out[58] = stretches > 0 ? redStretches / stretches : NONE;
  out[59] = mean;
  out[60] = sd;
  out[61] = stretches > 0 ? (80 - mean) / (sd + 2) : NONE;
}

function highest(slab: Slab, o: Offsets, from: number, to: number): number {
  let max = 0;
  for (let z = Math.floor(from / 6); z <= Math.floor(to / 6); z++) max = Math.max(max, blockAt(slab, o, z));
  return level(max);
}

/** Steps until the first value above the limit in the 30 steps after `start`, to two steps; 99 where there is none. */
function firstRed(slab: Slab, o: Offsets, start: number): number {
  for (let z = Math.floor((start + 1) / 2); z <= Math.floor((start + HORIZON_STEPS) / 2); z++)
    if (redAt(slab, o, z)) return Math.max(1, z * 2 - start);
  return 99;
}

function redBefore(slab: Slab, o: Offsets, start: number): boolean {
  for (let z = Math.floor((start - HORIZON_STEPS) / 2); z <= Math.floor(start / 2); z++)
    if (redAt(slab, o, z)) return true;
  return false;
}

/** What the coming 30 steps were like on the days before at the same time. */
function otherDays(slab: Slab, o: Offsets, step: number, steps: number, out: Float32Array): void {
  let days = 0;
  let sum = 0;
  let max = -1;
  let red = 0;
  let fresh = 0;
  let within6 = 0;
  let within15 = 0;
  let sumFirst = 0;
  let first = 99;
  for (let i = 62; i <= 73; i++) out[i] = NONE;
  for (let day = 1; day < DAYS && steps > STEPS_A_DAY * day; day++) {
    const start = step - STEPS_A_DAY * day;
    const top = highest(slab, o, start + 1, start + HORIZON_STEPS);
    days++;
    sum += top;
    if (top > max) max = top;
    if (day <= 3) out[61 + day] = top;
    const at = firstRed(slab, o, start);
    if (at === 99) continue;
    red++;
    sumFirst += at;
    if (!redBefore(slab, o, start)) fresh++;
    if (at <= 6) within6++;
    if (at <= 15) within15++;
    if (day <= 3 && at < first) first = at;
  }
  // The seventh day is being overwritten; what lies ahead of now is still there.
  if (steps > STEPS_A_DAY * DAYS) out[65] = highest(slab, o, step + 6, step + HORIZON_STEPS);
  out[74] = days;
  if (days === 0) return;
  out[66] = sum / days;
  out[67] = max;
  out[68] = red / days;
  out[69] = fresh / days;
  out[70] = within6 / days;
  out[71] = within15 / days;
  if (red > 0) out[72] = sumFirst / red;
  if (first < 99) out[73] = first;
}

/** The same for periods of three, six and twelve hours. */
function shorterPeriods(slab: Slab, o: Offsets, step: number, steps: number, out: Float32Array): void {
  for (let i = 0; i < 3; i++) {
    const period = 36 << i;
    const start = step - period;
    out[75 + i] = steps > period ? highest(slab, o, start + 1, Math.min(step, start + HORIZON_STEPS)) : NONE;
  }
}

/** How often a claim at this level and direction, and at this half hour, would have come true in this series. */
function history(slab: Slab, o: Offsets, step: number, v: number, mean6: number, out: Float32Array): void {
  const base = ((slab.f32[o.f + F.hit] as number) + 1) / ((slab.f32[o.f + F.tried] as number) + 12);
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

const SHARES = [0.5, 0.9, 0.95, 0.99];

function distribution(slab: Slab, o: Offsets, v: number, out: Float32Array): void {
  const mine = Math.min(HISTOGRAM - 1, Math.floor(v / 3.125));
  let total = 0;
  let below = 0;
  for (let i = 0; i < HISTOGRAM; i++) {
    const n = slab.u8[o.histogram + i] as number;
    total += n;
    if (i < mine) below += n;
  }
  let sum = 0;
  let next = 0;
  for (let i = 0; i < HISTOGRAM && next < 4; i++) {
    sum += slab.u8[o.histogram + i] as number;
    while (next < 4 && sum >= (SHARES[next] as number) * total) out[94 + next++] = i * 3.125;
  }
  out[98] = (below + 0.5 * (slab.u8[o.histogram + mine] as number)) / total;
}
