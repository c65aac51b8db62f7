import { Cell32, type Offsets, type Slab } from './series-state.js';
import { HORIZON_STEPS } from './step-memory.js';
import type { GateData } from './model.js';

export interface GateAnswer {
  amber: boolean;
  /** Set where a claim ended with this step. */
  ended?: { hit: boolean; probability: number; age: number };
}

/** Steps of quiet before a claim is opened: until then a crossing is the old breach going on, not a fresh one. */
export const QUIET_STEPS = HORIZON_STEPS;

/**
 * Turns probabilities into claims. A claim holds for its 30 steps; a false one raises the bar of its series, which decays,
 * and a hit eases it. `offset` moves the bar by that much in log-odds, up where it is positive. Call once a step.
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
  let bar = (f32[f + Cell32.bar] as number) * data.decay;
  const age = f32[f + Cell32.claimAge] as number;
  const answer: GateAnswer = { amber: false };
  if (red) {
    if (age >= 0) {
      bar *= data.ease;
      end(f32, f, answer, true, age + 1);
    }
  } else if (age >= 0 && age + 1 < HORIZON_STEPS) {
    f32[f + Cell32.claimAge] = age + 1;
    f32[f + Cell32.probability] = probability();
    answer.amber = true;
  } else {
    if (age >= 0) {
      bar = Math.min(data.max, bar + data.raise);
      end(f32, f, answer, false, age + 1);
    }
    const p = (f32[f + Cell32.below] as number) >= QUIET_STEPS ? probability() : 0;
    f32[f + Cell32.probability] = p;
    if (p > 0 && passes(p, data.threshold * (1 + bar), offset)) {
      f32[f + Cell32.claimAge] = 0;
      f32[f + Cell32.claimProbability] = p;
      answer.amber = true;
    }
  }
  f32[f + Cell32.bar] = bar;
  return answer;
}

/** Whether a probability reaches the threshold, moved by `offset` in log-odds; one of 1 and more is out of reach. */
export function passes(p: number, threshold: number, offset: number): boolean {
  if (offset === 0 || threshold >= 1) return p >= threshold;
  return Math.log(p / (1 - p)) >= Math.log(threshold / (1 - threshold)) + offset;
}

/** A single sample above the limit, within a step whose mean stays below: the breach is there, and the claim came true. */
export function crossed(slab: Slab, o: Offsets, data: GateData): GateAnswer['ended'] {
  const { f32 } = slab;
  const f = o.f;
  const answer: GateAnswer = { amber: false };
  const age = f32[f + Cell32.claimAge] as number;
  f32[f + Cell32.below] = 0;
  if (age < 0) return undefined;
  f32[f + Cell32.bar] = (f32[f + Cell32.bar] as number) * data.ease;
  end(f32, f, answer, true, age + 1);
  return answer.ended;
}

function end(f32: Float32Array, f: number, answer: GateAnswer, hit: boolean, age: number): void {
  const cell = f + (hit ? Cell32.hits : Cell32.falses);
  f32[cell] = (f32[cell] as number) + 1;
  f32[f + Cell32.claimAge] = -1;
  answer.ended = { hit, probability: f32[f + Cell32.claimProbability] as number, age };
}
