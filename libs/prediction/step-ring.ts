import { Cell64, Cell32, mod, RING, type Offsets, type Slab } from './series-state.js';

/** Values are kept in hundredths of a per cent in 16 bits; higher ones are taken as this. */
export const MAX_VALUE = 655.35;

/** A value in % as it is kept. */
export function toHundredths(value: number): number {
  return Math.floor(Math.min(MAX_VALUE, Math.max(0, value)) * 100 + 0.5);
}

/** The value that was kept for a step, in %; the step is one of the newest 60. */
export function valueAt(slab: Slab, o: Offsets, step: number): number {
  return (slab.u16[o.ring + mod(step, RING)] as number) / 100;
}

/** The newest steps in order of time, filled by `unroll`; one buffer for all, since nothing here waits. */
export const recent = new Float64Array(RING);

/** Fills `recent` with the steps up to `step`, %, oldest first; returns how many they are, at most 60. */
export function unroll(slab: Slab, o: Offsets, step: number): number {
  const count = slab.f32[o.f + Cell32.inRing] as number;
  let at = mod(step - count + 1, RING);
  for (let j = 0; j < count; j++) {
    recent[j] = (slab.u16[o.ring + at] as number) / 100;
    at = at === RING - 1 ? 0 : at + 1;
  }
  return count;
}

/** Renumbers the newest steps by `by`, as when the clock was set; what is kept by time of day stays where it is. */
export function moveSteps(slab: Slab, o: Offsets, by: number): void {
  const step = slab.f64[o.d + Cell64.step] as number;
  const count = unroll(slab, o, step);
  for (let j = 0; j < count; j++) {
    slab.u16[o.ring + mod(step + by - count + 1 + j, RING)] = Math.round((recent[j] as number) * 100);
  }
  slab.f64[o.d + Cell64.step] = step + by;
}
