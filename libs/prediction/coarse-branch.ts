import { USAGE_LIMIT } from '#domain';
import { calibrated } from './calibration.js';
import { crossed, gate, QUIET_STEPS, type GateAnswer } from './claim-gate.js';
import { sigmoid } from './forest.js';
import { forgetBlock } from './half-hours.js';
import type { CoarseModel } from './model.js';
import type { ClaimOutcome } from './prediction.js';
import { BITS, BLOCKS, Cell64, Cell32, clearClaim, NEVER, STEP_MS, type Offsets, type Slab } from './series-state.js';
import { extract, FEATURES } from './step-features.js';
import { advance, HORIZON_STEPS } from './step-memory.js';
import { valueAt } from './step-ring.js';

/** Missing steps that are taken as "as before"; after a longer gap the recent past starts over and the days are kept. */
export const HELD_STEPS = 12;
/** Longest gap after which what happened at a time of day still says anything. */
const LONGEST_GAP = BITS * 2;

/** Steps after which a claim may open where the series was never above the limit. */
const EARLY_STEPS = 10;

const features = new Float32Array(FEATURES);

/** What a step of the coarse branch found. */
export interface CoarseStep {
  amber: boolean;
  ended?: ClaimOutcome;
}

/** What belongs to the series and not to its memory. */
export interface StepOptions {
  cpu: boolean;
  /** Log-odds that a claim needs beyond the gate's threshold. */
  offset: number;
}

/** Takes the step numbered `step` (five minutes each, since the epoch) into the state and judges it. */
export function takeStep(
  slab: Slab,
  o: Offsets,
  model: CoarseModel,
  step: number,
  value: number,
  options: StepOptions,
): CoarseStep {
  const before = slab.f64[o.d + Cell64.step] as number;
  if (before >= 0) {
    const missing = step - before - 1;
    if (missing > HELD_STEPS) forgetRecent(slab, o, before, step);
    else if (missing > 0) {
      const held = valueAt(slab, o, before);
      let ended: ClaimOutcome | undefined;
      for (let s = before + 1; s < step; s++) ended = judge(slab, o, model, s, held, options).ended ?? ended;
      return { ended, ...judge(slab, o, model, step, value, options) };
    }
  }
  return judge(slab, o, model, step, value, options);
}

function judge(
  slab: Slab,
  o: Offsets,
  model: CoarseModel,
  step: number,
  value: number,
  options: StepOptions,
): CoarseStep {
  advance(slab, o, step, value);
  const probability = () => {
    extract(slab, o, step, options.cpu, features);
    return sigmoid(model.probability.sum(features));
  };
  const below = slab.f32[o.f + Cell32.below] as number;
  const never = (slab.f32[o.f + Cell32.sinceRed] as number) >= NEVER;
  const { amber, ended } = gate(slab.f32, o.coarseClaim, model.gate, {
    red: valueAt(slab, o, step) > USAGE_LIMIT,
    ready: below >= QUIET_STEPS || (never && below >= EARLY_STEPS),
    horizon: HORIZON_STEPS,
    offset: options.offset,
    probability,
  });
  return ended ? { amber, ended: outcome(model, ended, (step + 1) * STEP_MS) } : { amber };
}

/** Ends the open claim where a sample crosses the limit before its step is over. */
export function takeCrossing(slab: Slab, o: Offsets, model: CoarseModel, timeMs: number): ClaimOutcome | undefined {
  slab.f32[o.f + Cell32.below] = 0;
  slab.f32[o.f + Cell32.sinceRed] = 0;
  const ended = crossed(slab.f32, o.coarseClaim, model.gate);
  return ended && outcome(model, ended, timeMs);
}

function outcome(model: CoarseModel, ended: NonNullable<GateAnswer['ended']>, endedMs: number): ClaimOutcome {
  return {
    branch: 'coarse',
    probability: calibrated(model.calibration, ended.probability),
    hit: ended.hit,
    margin: ended.margin,
    withheld: ended.withheld,
    openedMs: endedMs - ended.age * STEP_MS,
    endedMs,
  };
}

/** After a long gap: an open claim ends without a verdict, the window is empty, and the days in between are blank. */
function forgetRecent(slab: Slab, o: Offsets, before: number, step: number): void {
  slab.f32[o.f + Cell32.inRing] = 0;
  slab.f32[o.f + Cell32.below] = 0;
  clearClaim(slab, o.coarseClaim);
  const from = Math.max(Math.floor(before / 6) + 1, Math.floor(step / 6) - BLOCKS + 1);
  for (let block = from; block <= Math.floor(step / 6); block++) forgetBlock(slab, o, block);
  if (step - before > LONGEST_GAP) slab.f32[o.f + Cell32.steps] = 0;
}
