import { calibrated } from './calibration.js';
import { extract, FEATURES } from './step-features.js';
import { sigmoid } from './forest.js';
import { crossed, gate, type GateAnswer } from './claim-gate.js';
import { BITS, BLOCKS, D, F, mod, RING, STEP_MS, type Offsets, type Slab } from './series-state.js';
import { advance, forgetBlock, HORIZON_STEPS, LIMIT } from './step-memory.js';
import type { Model } from './model.js';
import type { ClaimOutcome, Prediction } from './prediction.js';
import type { TrainedReason } from './reasons.js';
import { trainedText } from './wording.js';

/** Missing steps that are taken as "as before"; after a longer gap the recent past starts anew and the days are kept. */
export const HELD_STEPS = 12;
/** Longest gap after which what happened at a time of day still says anything. */
const LONGEST_GAP = BITS * 2;

const features = new Float32Array(FEATURES);
const weights = new Float64Array(FEATURES);

/** What a step of the trained branch found. */
export interface TrainedStep {
  amber: boolean;
  ended?: ClaimOutcome;
}

/** Takes the step numbered `step` (five minutes each, since the epoch) into the state and judges it. */
export function takeStep(slab: Slab, o: Offsets, model: Model, step: number, value: number, cpu: boolean): TrainedStep {
  const before = slab.f64[o.d + D.step] as number;
  if (before >= 0) {
    const missing = step - before - 1;
    if (missing > HELD_STEPS) forgetRecent(slab, o, before, step);
    else if (missing > 0) {
      const held = lastKept(slab, o, before);
      let ended: ClaimOutcome | undefined;
      for (let s = before + 1; s < step; s++) ended = judge(slab, o, model, s, held, cpu).ended ?? ended;
      return { ended, ...judge(slab, o, model, step, value, cpu) };
    }
  }
  return judge(slab, o, model, step, value, cpu);
}

function judge(slab: Slab, o: Offsets, model: Model, step: number, value: number, cpu: boolean): TrainedStep {
  advance(slab, o, step, value);
  const probability = () => {
    extract(slab, o, step, cpu, features);
    return sigmoid(model.probability.sum(features));
  };
  const red = lastKept(slab, o, step) > LIMIT;
  const { amber, ended } = gate(slab, o, model.gate, red, probability);
  return ended ? { amber, ended: outcome(model, ended, (step + 1) * STEP_MS) } : { amber };
}

/** Ends the open claim where a sample crosses the limit before its step is over. */
export function takeCrossing(slab: Slab, o: Offsets, model: Model, timeMs: number): ClaimOutcome | undefined {
  const ended = crossed(slab, o, model.gate);
  return ended && outcome(model, ended, timeMs);
}

function outcome(model: Model, ended: NonNullable<GateAnswer['ended']>, endedMs: number): ClaimOutcome {
  return {
    branch: 'trained',
    probability: calibrated(model.calibration, ended.probability),
    hit: ended.hit,
    openedMs: endedMs - ended.age * STEP_MS,
    endedMs,
  };
}

function lastKept(slab: Slab, o: Offsets, step: number): number {
  return (slab.u16[o.ring + mod(step, RING)] as number) / 100;
}

/** After a long gap: an open claim ends without a verdict, the window is empty, and the days in between are blank. */
function forgetRecent(slab: Slab, o: Offsets, before: number, step: number): void {
  slab.f32[o.f + F.inRing] = 0;
  slab.f32[o.f + F.below] = 0;
  slab.f32[o.f + F.claimAge] = -1;
  const from = Math.max(Math.floor(before / 6) + 1, Math.floor(step / 6) - BLOCKS + 1);
  for (let block = from; block <= Math.floor(step / 6); block++) forgetBlock(slab, o, block);
  if (step - before > LONGEST_GAP) slab.f32[o.f + F.steps] = 0;
}

/** The open claim of the trained branch in full: likelihood, time of the breach and what weighed most. */
export function describeClaim(slab: Slab, o: Offsets, model: Model, cpu: boolean): Prediction {
  const step = slab.f64[o.d + D.step] as number;
  extract(slab, o, step, cpu, features);
  const claimed = Math.max(slab.f32[o.f + F.probability] as number, slab.f32[o.f + F.claimProbability] as number);
  const probability = calibrated(model.calibration, claimed);
  const steps = [model.earliest, model.median, model.latest]
    .map((forest) => Math.min(HORIZON_STEPS, Math.max(1, forest.sum(features))))
    .toSorted((a, b) => a - b) as [number, number, number];
  const [fromMs, atMs, toMs] = steps.map((n) => (step + n) * STEP_MS) as [number, number, number];
  const reason = weightiest(model);
  const slopePerMinute = (features[25] as number) / (STEP_MS / 60_000);
  const prediction: Prediction = {
    amber: true,
    probability,
    breach: { atMs, fromMs, toMs },
    reason,
    text: trainedText(reason, features),
    branch: 'trained',
  };
  if (slopePerMinute > 0) {
    prediction.slopePerMinute = slopePerMinute;
    prediction.risingSinceMs = (step - 11) * STEP_MS;
  }
  return prediction;
}

function weightiest(model: Model): TrainedReason {
  weights.fill(0);
  model.probability.contributions(features, weights);
  const byReason = new Map<TrainedReason, number>();
  model.reasons.forEach((reason, i) => byReason.set(reason, (byReason.get(reason) ?? 0) + (weights[i] as number)));
  let best: TrainedReason = 'level';
  let most = -Infinity;
  for (const [reason, weight] of byReason) {
    if (weight <= most) continue;
    most = weight;
    best = reason;
  }
  return best;
}
