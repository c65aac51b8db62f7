import { BITS, BLOCKS, classOf, D, F, mod, RING, STEPS_A_DAY, type Offsets, type Slab } from './series-state.js';

/** Steps a claim looks ahead, and steps of quiet after which a breach counts as a fresh one. */
export const HORIZON_STEPS = 30;
export const LIMIT = 80;
/** What a value is kept as: hundredths of a per cent in 16 bits. */
export const MAX_VALUE = 655.35;

/** The newest steps in order of time, filled by `unroll`; one buffer for all, since nothing here waits. */
export const recent = new Float64Array(RING);

export function unroll(slab: Slab, o: Offsets, step: number): number {
  const count = slab.f32[o.f + F.inRing] as number;
  let at = mod(step - count + 1, RING);
  for (let j = 0; j < count; j++) {
    recent[j] = (slab.u16[o.ring + at] as number) / 100;
    at = at === RING - 1 ? 0 : at + 1;
  }
  return count;
}

/** Renumbers the newest steps by `by`, as when the clock was set; what is kept by time of day stays where it is. */
export function moveSteps(slab: Slab, o: Offsets, by: number): void {
  const step = slab.f64[o.d + D.step] as number;
  const count = unroll(slab, o, step);
  for (let j = 0; j < count; j++) {
    slab.u16[o.ring + mod(step + by - count + 1 + j, RING)] = Math.round((recent[j] as number) * 100);
  }
  slab.f64[o.d + D.step] = step + by;
}

export function blockAt(slab: Slab, o: Offsets, block: number): number {
  const i = mod(block, BLOCKS);
  return ((slab.u8[o.block + (i >> 1)] as number) >> ((i & 1) * 4)) & 15;
}

function setBlock(slab: Slab, o: Offsets, block: number, value: number): void {
  const i = mod(block, BLOCKS);
  const shift = (i & 1) * 4;
  const cell = o.block + (i >> 1);
  slab.u8[cell] = ((slab.u8[cell] as number) & ~(15 << shift)) | (value << shift);
}

/** Whether the ten minutes numbered `pair` (two steps) had a value above the limit. */
export function redAt(slab: Slab, o: Offsets, pair: number): boolean {
  const i = mod(pair, BITS);
  return (((slab.u8[o.bit + (i >> 3)] as number) >> (i & 7)) & 1) === 1;
}

function setRed(slab: Slab, o: Offsets, pair: number, red: boolean): void {
  const i = mod(pair, BITS);
  const cell = o.bit + (i >> 3);
  const bit = 1 << (i & 7);
  slab.u8[cell] = red ? (slab.u8[cell] as number) | bit : (slab.u8[cell] as number) & ~bit;
}

export const levelBin = (value: number, mean6: number): number =>
  Math.min(8, Math.floor(value / 10)) * 2 + (value - mean6 > 2 ? 1 : 0);
export const halfHour = (step: number): number => Math.floor(mod(step, STEPS_A_DAY) / 6);

/** Counts in a pair of bytes; both are halved when the first is full, so that the old fades. */
function tally(slab: Slab, at: number, hit: boolean): void {
  if (slab.u8[at] === 255) {
    slab.u8[at] = 127;
    slab.u8[at + 1] = (slab.u8[at + 1] as number) >> 1;
  }
  slab.u8[at] = (slab.u8[at] as number) + 1;
  if (hit) slab.u8[at + 1] = (slab.u8[at + 1] as number) + 1;
}

/** Takes one step of the series into its memory. Constant time. */
export function advance(slab: Slab, o: Offsets, step: number, value: number): void {
  const { f32 } = slab;
  const f = o.f;
  const kept = Math.floor(Math.min(MAX_VALUE, Math.max(0, value)) * 100 + 0.5);
  const v = kept / 100;
  const red = kept > LIMIT * 100;
  slab.u16[o.ring + mod(step, RING)] = kept;
  const steps = Math.min((f32[f + F.steps] as number) + 1, 100_000);
  f32[f + F.steps] = steps;
  f32[f + F.inRing] = Math.min((f32[f + F.inRing] as number) + 1, RING);
  const block = Math.floor(step / 6);
  if (mod(step, 6) === 0 || f32[f + F.inRing] === 1) setBlock(slab, o, block, 0);
  setBlock(slab, o, block, Math.max(classOf(v), blockAt(slab, o, block)));
  const pair = Math.floor(step / 2);
  setRed(slab, o, pair, red || (mod(step, 2) === 1 && f32[f + F.inRing] !== 1 && redAt(slab, o, pair)));

  f32[f + F.sinceRed] = Math.min(9999, (f32[f + F.sinceRed] as number) + 1);
  f32[f + F.sinceEvent] = Math.min(9999, (f32[f + F.sinceEvent] as number) + 1);
  const event = red && (f32[f + F.below] as number) >= HORIZON_STEPS;
  if (event) {
    f32[f + F.gap2] = f32[f + F.gap1] as number;
    f32[f + F.gap1] = (f32[f + F.events] as number) > 0 ? (f32[f + F.sinceEvent] as number) : -1;
    f32[f + F.sinceEvent] = 0;
    f32[f + F.events] = Math.min(1000, (f32[f + F.events] as number) + 1);
  }
  const m = unroll(slab, o, step);
  learn(slab, o, step, m);
  f32[f + F.below] = red ? 0 : Math.min(9999, (f32[f + F.below] as number) + 1);
  if (red) f32[f + F.sinceRed] = 0;
  const bin = o.histogram + Math.min(31, Math.floor(v / 3.125));
  if (slab.u8[bin] === 255)
    for (let i = 0; i < 32; i++) slab.u8[o.histogram + i] = (slab.u8[o.histogram + i] as number) >> 1;
  slab.u8[bin] = (slab.u8[bin] as number) + 1;
  average(f32, f, steps, v, red, event, m > 1 ? v - (recent[m - 2] as number) : 0);
  slab.f64[o.d + D.step] = step;
}

/** What became of the step 30 steps ago: did a fresh breach follow? Kept by level and direction, and by half hour. */
function learn(slab: Slab, o: Offsets, step: number, m: number): void {
  if (m < 37) return;
  const j = m - 1 - HORIZON_STEPS;
  const then = recent[j] as number;
  if (then > LIMIT) return;
  const hit = (slab.f32[o.f + F.sinceEvent] as number) < HORIZON_STEPS;
  if (!hit) for (let i = j + 1; i < m; i++) if ((recent[i] as number) > LIMIT) return;
  let sum = 0;
  for (let i = j - 5; i <= j; i++) sum += recent[i] as number;
  tally(slab, o.level + 2 * levelBin(then, sum / 6), hit);
  tally(slab, o.halfHour + 2 * halfHour(step - HORIZON_STEPS), hit);
  slab.f32[o.f + F.tried] = Math.min(1e6, (slab.f32[o.f + F.tried] as number) + 1);
  if (hit) slab.f32[o.f + F.hit] = Math.min(1e6, (slab.f32[o.f + F.hit] as number) + 1);
}

/** Running means over about a day (a), a week (b) and four days (c), plain means until so much has been seen. */
function average(
  f32: Float32Array,
  f: number,
  steps: number,
  v: number,
  red: boolean,
  event: boolean,
  jump: number,
): void {
  const a = 1 / Math.min(steps, 288);
  const b = 1 / Math.min(steps, 2016);
  const c = 1 / Math.min(steps, 1152);
  const spread = (mean: number, variance: number, weight: number) => {
    const d = v - (f32[f + mean] as number);
    f32[f + mean] = (f32[f + mean] as number) + weight * d;
    f32[f + variance] = (1 - weight) * ((f32[f + variance] as number) + weight * d * d);
  };
  const share = (cell: number, weight: number, x: number) => {
    f32[f + cell] = (f32[f + cell] as number) + weight * (x - (f32[f + cell] as number));
  };
  spread(F.meanDay, F.varDay, a);
  spread(F.meanWeek, F.varWeek, b);
  share(F.day80, a, red ? 1 : 0);
  share(F.day70, a, v > 70 ? 1 : 0);
  share(F.day60, a, v > 60 ? 1 : 0);
  share(F.long80, c, red ? 1 : 0);
  share(F.long70, c, v > 70 ? 1 : 0);
  share(F.long60, c, v > 60 ? 1 : 0);
  share(F.eventRate, c, event ? 1 : 0);
  f32[f + F.jump] = Math.max(jump, (f32[f + F.jump] as number) * 0.997);
  share(F.roughness, a, Math.abs(jump));
}

/** A half hour of which nothing is known. */
export function forgetBlock(slab: Slab, o: Offsets, block: number): void {
  setBlock(slab, o, block, 0);
  for (let pair = block * 3; pair < block * 3 + 3; pair++) setRed(slab, o, pair, false);
}
