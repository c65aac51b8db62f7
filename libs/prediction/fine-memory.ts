import { USAGE_LIMIT } from '#domain';
import { QUIET_STEPS } from './claim-gate.js';
import { extendLine, newest, unrollFine } from './fine-line.js';
import { FineCell, HISTOGRAM, mod, NEVER, RING, STRETCH, STRETCHES, type Offsets, type Slab } from './series-state.js';
import { levelBin, tally } from './step-memory.js';
import { toHundredths } from './step-ring.js';
import { moveMean, moveSpread } from './running-mean.js';

/** The count of steps turns back by as much as both the ring and the stretches divide, far above any feature's cap. */
const TURN_AT = 60_000;
const TURN_BY = 28_800;

/** Stretches keep their highest and lowest value in steps of 0.4 %, to 102 %. */
const PER_PERCENT = 2.5;

/**
 * Takes one step of the fine branch into its memory, in constant time.
 *
 * @param value %, of which 80 is the limit
 */
export function advanceFine(slab: Slab, o: Offsets, timeMs: number, stepMs: number, value: number): void {
  const { f32 } = slab;
  const g = o.fine;
  const kept = toHundredths(value);
  const v = kept / 100;
  const red = kept > USAGE_LIMIT * 100;
  const seen = (f32[g + FineCell.seen] as number) + 1;
  f32[g + FineCell.seen] = seen > TURN_AT ? seen - TURN_BY : seen;
  const count = f32[g + FineCell.seen] as number;
  slab.u16[o.fineRing + mod(count - 1, RING)] = kept;
  const m = unrollFine(slab, o);
  if (m >= 3) measureNoise(f32, g, v - 2 * (newest[m - 2] as number) + (newest[m - 3] as number));
  stretch(slab, o, count - 1, Math.floor(Math.min(255, v * PER_PERCENT)));
  f32[g + FineCell.sinceRed] = Math.min(NEVER, (f32[g + FineCell.sinceRed] as number) + 1);
  f32[g + FineCell.sinceEvent] = Math.min(NEVER, (f32[g + FineCell.sinceEvent] as number) + 1);
  if (red && (f32[g + FineCell.below] as number) >= QUIET_STEPS) {
    f32[g + FineCell.gap2] = f32[g + FineCell.gap1] as number;
    f32[g + FineCell.gap1] = (f32[g + FineCell.events] as number) > 0 ? (f32[g + FineCell.sinceEvent] as number) : -1;
    f32[g + FineCell.sinceEvent] = 0;
    f32[g + FineCell.events] = Math.min(1000, (f32[g + FineCell.events] as number) + 1);
  }
  learn(slab, o, m);
  f32[g + FineCell.below] = red ? 0 : Math.min(NEVER, (f32[g + FineCell.below] as number) + 1);
  if (red) f32[g + FineCell.sinceRed] = 0;
  const bin = o.fineHistogram + Math.min(HISTOGRAM - 1, Math.floor(v / 3.125));
  if (slab.u8[bin] === 255)
    for (let i = 0; i < HISTOGRAM; i++) slab.u8[o.fineHistogram + i] = (slab.u8[o.fineHistogram + i] as number) >> 1;
  slab.u8[bin] = (slab.u8[bin] as number) + 1;
  average(f32, g, count, v, m > 1 ? v - (newest[m - 2] as number) : 0);
  extendLine(slab, o, m, timeMs, stepMs);
}

/**
 * Updates the noise by a second difference of the steps, of which the variance is six times that of white noise and which a
 * line does not touch. One that lies far out counts as four of its standard deviations (9.8 = 4 √6), so that a jump is not
 * taken for noise.
 */
function measureNoise(f32: Float32Array, g: number, second: number): void {
  const sd = f32[g + FineCell.noise] as number;
  const d = Math.min(Math.abs(second), 9.8 * sd + 1);
  const n = Math.min((f32[g + FineCell.noiseCount] as number) + 1, 120);
  f32[g + FineCell.noiseCount] = n;
  f32[g + FineCell.noise] = Math.sqrt(Math.max(0.0025, sd * sd + ((d * d) / 6 - sd * sd) / Math.max(n, 8)));
}

function stretch(slab: Slab, o: Offsets, index: number, kept: number): void {
  const at = mod(Math.floor(index / STRETCH), STRETCHES);
  const fresh = index % STRETCH === 0;
  slab.u8[o.tops + at] = fresh ? kept : Math.max(kept, slab.u8[o.tops + at] as number);
  slab.u8[o.lows + at] = fresh ? kept : Math.min(kept, slab.u8[o.lows + at] as number);
}

/** What became of the step 30 steps ago: did a fresh breach follow? Kept by level and direction. */
function learn(slab: Slab, o: Offsets, m: number): void {
  if (m < QUIET_STEPS + 7) return;
  const { f32 } = slab;
  const g = o.fine;
  const j = m - 1 - QUIET_STEPS;
  const then = newest[j] as number;
  if (then > USAGE_LIMIT) return;
  const hit = (f32[g + FineCell.sinceEvent] as number) < QUIET_STEPS;
  if (!hit) for (let i = j + 1; i < m; i++) if ((newest[i] as number) > USAGE_LIMIT) return;
  let sum = 0;
  for (let i = j - 5; i <= j; i++) sum += newest[i] as number;
  tally(slab, o.fineLevel + 2 * levelBin(then, sum / 6), hit);
  f32[g + FineCell.tried] = Math.min(1e6, (f32[g + FineCell.tried] as number) + 1);
  if (hit) f32[g + FineCell.hit] = Math.min(1e6, (f32[g + FineCell.hit] as number) + 1);
}

/** Running means over 120, 960, 288 and 1,920 steps, plain means until that much has been seen; see `step-memory.ts`. */
function average(f32: Float32Array, g: number, count: number, v: number, jump: number): void {
  const short = 1 / Math.min(count, 120);
  const long = 1 / Math.min(count, 960);
  moveSpread(f32, g + FineCell.meanShort, g + FineCell.varShort, short, v);
  moveSpread(f32, g + FineCell.meanLong, g + FineCell.varLong, long, v);
  const red = v > USAGE_LIMIT ? 1 : 0;
  const near = v > 70 ? 1 : 0;
  moveMean(f32, g + FineCell.short80, 1 / Math.min(count, 288), red);
  moveMean(f32, g + FineCell.short70, 1 / Math.min(count, 288), near);
  moveMean(f32, g + FineCell.short60, 1 / Math.min(count, 288), v > 60 ? 1 : 0);
  moveMean(f32, g + FineCell.long80, 1 / Math.min(count, 1920), red);
  moveMean(f32, g + FineCell.long70, 1 / Math.min(count, 1920), near);
  f32[g + FineCell.jump] = Math.max(jump, (f32[g + FineCell.jump] as number) * 0.997);
  moveMean(f32, g + FineCell.roughness, short, Math.abs(jump));
  f32[g + FineCell.peak] = Math.max(v, (f32[g + FineCell.peak] as number) * 0.9995);
}
