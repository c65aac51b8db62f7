import { USAGE_LIMIT } from '#domain';
import { blockAt, CLASS_LEVELS, RED_CLASS, redAt } from './half-hours.js';
import { BLOCKS, DAYS, HALF_DAY_BLOCKS, mod, STEPS_A_DAY, type Offsets, type Slab } from './series-state.js';
import { HORIZON_STEPS } from './step-memory.js';

/** Written where a feature has no value yet; trees take it as any other number. */
export const NONE = -1;
const level = (blockClass: number): number => CLASS_LEVELS[blockClass] as number;

const LOOK_BACK = [HALF_DAY_BLOCKS, 2 * HALF_DAY_BLOCKS, 4 * HALF_DAY_BLOCKS, 8 * HALF_DAY_BLOCKS];

/** Features 51 to 61: highest of the last half day, day, two, four and seven; how often a stretch of 30 steps went over the limit. */
export function halfHours(slab: Slab, o: Offsets, step: number, steps: number, out: Float32Array): void {
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
  out[61] = stretches > 0 ? (USAGE_LIMIT - mean) / (sd + 2) : NONE;
}

/** Upper end of the highest class of the half hours that the steps `from` to `to` lie in, %. */
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

/** Whether a value was above the limit in the 30 steps up to `start`, which then would begin in an old breach. */
function redBefore(slab: Slab, o: Offsets, start: number): boolean {
  for (let z = Math.floor((start - HORIZON_STEPS) / 2); z <= Math.floor(start / 2); z++)
    if (redAt(slab, o, z)) return true;
  return false;
}

/** Features 62 to 74: what the coming 30 steps were like on the days before at the same time. */
export function otherDays(slab: Slab, o: Offsets, step: number, steps: number, out: Float32Array): void {
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

/** Features 75 to 77: the same for periods of three, six and twelve hours. */
export function shorterPeriods(slab: Slab, o: Offsets, step: number, steps: number, out: Float32Array): void {
  for (let i = 0; i < 3; i++) {
    const period = 36 << i;
    const start = step - period;
    out[75 + i] = steps > period ? highest(slab, o, start + 1, Math.min(step, start + HORIZON_STEPS)) : NONE;
  }
}
