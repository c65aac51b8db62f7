import { BITS, BLOCKS, mod, STEPS_A_DAY, type Offsets, type Slab } from './series-state.js';

/*
 * Seven days in a small space: for each half hour ("block") the class of its highest value, in four bits, and for each ten
 * minutes ("pair" of steps) one bit that says whether it was above the limit. Blocks and pairs are numbered since the epoch.
 */

/** Upper ends of the sixteen classes that a half hour's maximum is kept in; from class 12 on it is above 80. */
export const CLASS_LEVELS = [0, 10, 20, 30, 40, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100] as const;
export const RED_CLASS = 12;

/** The class of a value in %, 1 to 15; 0 is for half hours of which nothing is known. */
export function classOf(value: number): number {
  for (let i = 1; i < 15; i++) if (value <= (CLASS_LEVELS[i] as number)) return i;
  return 15;
}

/** Number of the half hour of the day that a step lies in, 0 to 47. */
export const halfHour = (step: number): number => Math.floor(mod(step, STEPS_A_DAY) / 6);

/** Class of the highest value of a half hour. */
export function blockAt(slab: Slab, o: Offsets, block: number): number {
  const i = mod(block, BLOCKS);
  return ((slab.u8[o.block + (i >> 1)] as number) >> ((i & 1) * 4)) & 15;
}

export function setBlock(slab: Slab, o: Offsets, block: number, value: number): void {
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

export function setRed(slab: Slab, o: Offsets, pair: number, red: boolean): void {
  const i = mod(pair, BITS);
  const cell = o.bit + (i >> 3);
  const bit = 1 << (i & 7);
  slab.u8[cell] = red ? (slab.u8[cell] as number) | bit : (slab.u8[cell] as number) & ~bit;
}

/** A half hour of which nothing is known. */
export function forgetBlock(slab: Slab, o: Offsets, block: number): void {
  setBlock(slab, o, block, 0);
  for (let pair = block * 3; pair < block * 3 + 3; pair++) setRed(slab, o, pair, false);
}
