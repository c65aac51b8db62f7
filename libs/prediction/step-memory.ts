import { USAGE_LIMIT } from '#domain';
import { classOf, blockAt, halfHour, redAt, setBlock, setRed } from './half-hours.js';
import { Cell64, Cell32, mod, RING, type Offsets, type Slab } from './series-state.js';
import { recent, toHundredths, unroll } from './step-ring.js';
import { moveMean, moveSpread } from './running-mean.js';

/** Steps a claim looks ahead, and steps of quiet after which a breach counts as a fresh one. */
export const HORIZON_STEPS = 30;

/** Bin of the record by level: nine levels of ten per cent, each apart by whether the value is above its mean of six steps. */
export const levelBin = (value: number, mean6: number): number =>
  Math.min(8, Math.floor(value / 10)) * 2 + (value - mean6 > 2 ? 1 : 0);

/** Counts in a pair of bytes; both are halved when the first is full, so that the old fades. */
export function tally(slab: Slab, at: number, hit: boolean): void {
  if (slab.u8[at] === 255) {
    slab.u8[at] = 127;
    slab.u8[at + 1] = (slab.u8[at + 1] as number) >> 1;
  }
  slab.u8[at] = (slab.u8[at] as number) + 1;
  if (hit) slab.u8[at + 1] = (slab.u8[at + 1] as number) + 1;
}

/**
 * Takes one step of the series into its memory, in constant time.
 *
 * @param step number of five minutes since the epoch, newer than any before
 * @param value mean of the step, %
 */
export function advance(slab: Slab, o: Offsets, step: number, value: number): void {
  const { f32 } = slab;
  const f = o.f;
  const kept = toHundredths(value);
  const v = kept / 100;
  const red = kept > USAGE_LIMIT * 100;
  slab.u16[o.ring + mod(step, RING)] = kept;
  const steps = Math.min((f32[f + Cell32.steps] as number) + 1, 100_000);
  f32[f + Cell32.steps] = steps;
  f32[f + Cell32.inRing] = Math.min((f32[f + Cell32.inRing] as number) + 1, RING);
  const block = Math.floor(step / 6);
  if (mod(step, 6) === 0 || f32[f + Cell32.inRing] === 1) setBlock(slab, o, block, 0);
  setBlock(slab, o, block, Math.max(classOf(v), blockAt(slab, o, block)));
  const pair = Math.floor(step / 2);
  setRed(slab, o, pair, red || (mod(step, 2) === 1 && f32[f + Cell32.inRing] !== 1 && redAt(slab, o, pair)));

  f32[f + Cell32.sinceRed] = Math.min(9999, (f32[f + Cell32.sinceRed] as number) + 1);
  f32[f + Cell32.sinceEvent] = Math.min(9999, (f32[f + Cell32.sinceEvent] as number) + 1);
  const event = red && (f32[f + Cell32.below] as number) >= HORIZON_STEPS;
  if (event) {
    f32[f + Cell32.gap2] = f32[f + Cell32.gap1] as number;
    f32[f + Cell32.gap1] = (f32[f + Cell32.events] as number) > 0 ? (f32[f + Cell32.sinceEvent] as number) : -1;
    f32[f + Cell32.sinceEvent] = 0;
    f32[f + Cell32.events] = Math.min(1000, (f32[f + Cell32.events] as number) + 1);
  }
  const m = unroll(slab, o, step);
  learn(slab, o, step, m);
  f32[f + Cell32.below] = red ? 0 : Math.min(9999, (f32[f + Cell32.below] as number) + 1);
  if (red) f32[f + Cell32.sinceRed] = 0;
  const bin = o.histogram + Math.min(31, Math.floor(v / 3.125));
  if (slab.u8[bin] === 255)
    for (let i = 0; i < 32; i++) slab.u8[o.histogram + i] = (slab.u8[o.histogram + i] as number) >> 1;
  slab.u8[bin] = (slab.u8[bin] as number) + 1;
  average(f32, f, steps, v, red, event, m > 1 ? v - (recent[m - 2] as number) : 0);
  slab.f64[o.d + Cell64.step] = step;
}

/** What became of the step 30 steps ago: did a fresh breach follow? Kept by level and direction, and by half hour. */
function learn(slab: Slab, o: Offsets, step: number, m: number): void {
  if (m < 37) return;
  const j = m - 1 - HORIZON_STEPS;
  const then = recent[j] as number;
  if (then > USAGE_LIMIT) return;
  const hit = (slab.f32[o.f + Cell32.sinceEvent] as number) < HORIZON_STEPS;
  if (!hit) for (let i = j + 1; i < m; i++) if ((recent[i] as number) > USAGE_LIMIT) return;
  let sum = 0;
  for (let i = j - 5; i <= j; i++) sum += recent[i] as number;
  tally(slab, o.level + 2 * levelBin(then, sum / 6), hit);
  tally(slab, o.halfHour + 2 * halfHour(step - HORIZON_STEPS), hit);
  slab.f32[o.f + Cell32.tried] = Math.min(1e6, (slab.f32[o.f + Cell32.tried] as number) + 1);
  if (hit) slab.f32[o.f + Cell32.hit] = Math.min(1e6, (slab.f32[o.f + Cell32.hit] as number) + 1);
}

/**
 * Running means over about a day (a), a week (b) and four days (c), plain means until that much has been seen.
 */
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
  moveSpread(f32, f + Cell32.meanDay, f + Cell32.varDay, a, v);
  moveSpread(f32, f + Cell32.meanWeek, f + Cell32.varWeek, b, v);
  moveMean(f32, f + Cell32.day80, a, red ? 1 : 0);
  moveMean(f32, f + Cell32.day70, a, v > 70 ? 1 : 0);
  moveMean(f32, f + Cell32.day60, a, v > 60 ? 1 : 0);
  moveMean(f32, f + Cell32.long80, c, red ? 1 : 0);
  moveMean(f32, f + Cell32.long70, c, v > 70 ? 1 : 0);
  moveMean(f32, f + Cell32.long60, c, v > 60 ? 1 : 0);
  moveMean(f32, f + Cell32.eventRate, c, event ? 1 : 0);
  f32[f + Cell32.jump] = Math.max(jump, (f32[f + Cell32.jump] as number) * 0.997);
  moveMean(f32, f + Cell32.roughness, a, Math.abs(jump));
}
