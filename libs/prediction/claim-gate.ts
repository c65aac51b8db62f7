import { ClaimCell } from './series-state.js';
import type { GateData } from './model.js';
import type { ClaimOutcome } from './prediction.js';

export interface GateAnswer {
  amber: boolean;
  /** Set where a claim, or one that was withheld, ended with this step. */
  ended?: Pick<ClaimOutcome, 'hit' | 'probability' | 'margin' | 'withheld'> & { age: number };
}

/** Steps of quiet before a claim is opened: until then a crossing is the old breach going on, not a fresh one. */
export const QUIET_STEPS = 30;

export interface GateStep {
  red: boolean;
  /** Whether a breach from now on would be a fresh one that enough is known of. */
  ready: boolean;
  /** Steps that a claim holds. */
  horizon: number;
  /** Log-odds that a claim needs beyond the bar. */
  offset: number;
  probability: () => number;
}

/**
 * Turns probabilities into claims. A claim holds for its horizon; a false one raises the bar of its series, which decays,
 * and a hit eases it. A claim that the offset withholds is followed all the same, so that it is known what that costs; no
 * decision depends on it. A claim that has become improbable is not shown, but counted at its end. Call once a step, with the place of the claim's cells.
 */
export function gate(f32: Float32Array, claim: number, data: GateData, step: GateStep): GateAnswer {
  f32[claim + ClaimCell.bar] = (f32[claim + ClaimCell.bar] as number) * data.decay;
  if (step.red) return { amber: false, ended: crossed(f32, claim, data) };
  const ended = openAge(f32, claim) + 1 >= step.horizon ? end(f32, claim, data, false) : undefined;
  const open = (f32[claim + ClaimCell.age] as number) >= 0;
  const p = open || step.ready ? step.probability() : 0;
  f32[claim + ClaimCell.probability] = p;
  const threshold = data.threshold * (1 + (f32[claim + ClaimCell.bar] as number));
  const amber = open || (p > 0 && passes(p, threshold, step.offset));
  if (amber) grow(f32, claim, ClaimCell.age, p, threshold);
  else if ((f32[claim + ClaimCell.withheldAge] as number) >= 0 || (p > 0 && passes(p, threshold, 0))) {
    grow(f32, claim, ClaimCell.withheldAge, p, threshold);
  }
  return { amber: amber && isShown(data, p), ended };
}

/** Whether an open claim is shown: not while its probability is below half of the threshold, as after a restart. */
export function isShown(data: GateData, probability: number): boolean {
  return probability >= data.threshold / 2;
}

/** Whether a probability reaches the threshold, moved by `offset` in log-odds; one of 1 and more is out of reach. */
function passes(p: number, threshold: number, offset: number): boolean {
  return offset === 0 || threshold >= 1 ? p >= threshold : marginOf(p, threshold) >= offset;
}

/** By how much a probability passes the threshold, in log-odds. */
function marginOf(p: number, threshold: number): number {
  return threshold >= 1 ? -Infinity : Math.log(p / (1 - p)) - Math.log(threshold / (1 - threshold));
}

/** The value is above the limit, if only for one sample of a step whose mean stays below: the claim came true. */
export function crossed(f32: Float32Array, claim: number, data: GateData): GateAnswer['ended'] {
  return end(f32, claim, data, true);
}

/** Steps since the claim was made, or withheld; -1 without one. */
function openAge(f32: Float32Array, claim: number): number {
  return Math.max(f32[claim + ClaimCell.age] as number, f32[claim + ClaimCell.withheldAge] as number);
}

/** Opens a claim, or one that is withheld, with this step, or lets it go on. */
function grow(f32: Float32Array, claim: number, ageCell: number, p: number, threshold: number): void {
  const age = f32[claim + ageCell] as number;
  const margin = marginOf(p, threshold);
  if (age < 0) {
    // What was withheld until now is made at last.
    f32[claim + ClaimCell.withheldAge] = -1;
    f32[claim + ClaimCell.opened] = p;
    f32[claim + ClaimCell.margin] = margin;
  } else if (margin > (f32[claim + ClaimCell.margin] as number)) f32[claim + ClaimCell.margin] = margin;
  f32[claim + ageCell] = age + 1;
}

function end(f32: Float32Array, claim: number, data: GateData, hit: boolean): GateAnswer['ended'] {
  const age = openAge(f32, claim);
  if (age < 0) return undefined;
  const withheld = (f32[claim + ClaimCell.age] as number) < 0;
  f32[claim + ClaimCell.age] = -1;
  f32[claim + ClaimCell.withheldAge] = -1;
  if (!withheld) {
    const bar = f32[claim + ClaimCell.bar] as number;
    const cell = claim + (hit ? ClaimCell.hits : ClaimCell.falses);
    f32[claim + ClaimCell.bar] = hit ? bar * data.ease : Math.min(data.max, bar + data.raise);
    f32[cell] = (f32[cell] as number) + 1;
  }
  const probability = f32[claim + ClaimCell.opened] as number;
  return { hit, probability, margin: f32[claim + ClaimCell.margin] as number, withheld, age: age + 1 };
}
