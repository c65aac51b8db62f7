import { Cell32, type Offsets, type Slab } from './series-state.js';
import { HORIZON_STEPS } from './step-memory.js';
import type { GateData } from './model.js';
import type { ClaimOutcome } from './prediction.js';

export interface GateAnswer {
  amber: boolean;
  /** Set where a claim, or one that was withheld, ended with this step. */
  ended?: Pick<ClaimOutcome, 'hit' | 'probability' | 'margin' | 'withheld'> & { age: number };
}

/** Steps of quiet before a claim is opened: until then a crossing is the old breach going on, not a fresh one. */
export const QUIET_STEPS = HORIZON_STEPS;

/**
 * Turns probabilities into claims. A claim holds for its 30 steps; a false one raises the bar of its series, which decays,
 * and a hit eases it. `offset` moves the bar by that much in log-odds, up where it is positive. A claim that it withholds
 * is followed all the same, so that it is known what that costs; no decision depends on it. Call once a step.
 */
export function gate(
  slab: Slab,
  o: Offsets,
  data: GateData,
  red: boolean,
  offset: number,
  probability: () => number,
): GateAnswer {
  const { f32 } = slab;
  const f = o.f;
  f32[f + Cell32.bar] = (f32[f + Cell32.bar] as number) * data.decay;
  if (red) return { amber: false, ended: end(f32, f, data, true) };
  const ended = openAge(f32, f) + 1 >= HORIZON_STEPS ? end(f32, f, data, false) : undefined;
  const open = (f32[f + Cell32.claimAge] as number) >= 0;
  const p = open || (f32[f + Cell32.below] as number) >= QUIET_STEPS ? probability() : 0;
  f32[f + Cell32.probability] = p;
  const threshold = data.threshold * (1 + (f32[f + Cell32.bar] as number));
  const amber = open || (p > 0 && passes(p, threshold, offset));
  if (amber) grow(f32, f, Cell32.claimAge, p, threshold);
  else if ((f32[f + Cell32.withheldAge] as number) >= 0 || (p > 0 && passes(p, threshold, 0))) {
    grow(f32, f, Cell32.withheldAge, p, threshold);
  }
  return { amber, ended };
}

/** Whether a probability reaches the threshold, moved by `offset` in log-odds; one of 1 and more is out of reach. */
export function passes(p: number, threshold: number, offset: number): boolean {
  return offset === 0 || threshold >= 1 ? p >= threshold : marginOf(p, threshold) >= offset;
}

/** By how much a probability passes the threshold, in log-odds. */
function marginOf(p: number, threshold: number): number {
  return threshold >= 1 ? -Infinity : Math.log(p / (1 - p)) - Math.log(threshold / (1 - threshold));
}

/** A single sample above the limit, within a step whose mean stays below: the breach is there, and the claim came true. */
export function crossed(slab: Slab, o: Offsets, data: GateData): GateAnswer['ended'] {
  slab.f32[o.f + Cell32.below] = 0;
  return end(slab.f32, o.f, data, true);
}

/** Steps since the claim was made, or withheld; -1 without one. */
function openAge(f32: Float32Array, f: number): number {
  return Math.max(f32[f + Cell32.claimAge] as number, f32[f + Cell32.withheldAge] as number);
}

/** Opens a claim, or one that is withheld, with this step, or lets it go on. */
function grow(f32: Float32Array, f: number, ageCell: number, p: number, threshold: number): void {
  const age = f32[f + ageCell] as number;
  const margin = marginOf(p, threshold);
  if (age < 0) {
    // What was withheld until now is made at last.
    f32[f + Cell32.withheldAge] = -1;
    f32[f + Cell32.claimProbability] = p;
    f32[f + Cell32.claimMargin] = margin;
  } else if (margin > (f32[f + Cell32.claimMargin] as number)) f32[f + Cell32.claimMargin] = margin;
  f32[f + ageCell] = age + 1;
}

function end(f32: Float32Array, f: number, data: GateData, hit: boolean): GateAnswer['ended'] {
  const age = openAge(f32, f);
  if (age < 0) return undefined;
  const withheld = (f32[f + Cell32.claimAge] as number) < 0;
  f32[f + Cell32.claimAge] = -1;
  f32[f + Cell32.withheldAge] = -1;
  if (!withheld) {
    const bar = f32[f + Cell32.bar] as number;
    const cell = f + (hit ? Cell32.hits : Cell32.falses);
    f32[f + Cell32.bar] = hit ? bar * data.ease : Math.min(data.max, bar + data.raise);
    f32[cell] = (f32[cell] as number) + 1;
  }
  const probability = f32[f + Cell32.claimProbability] as number;
  return { hit, probability, margin: f32[f + Cell32.claimMargin] as number, withheld, age: age + 1 };
}
