import { calibrated } from './calibration.js';
import { crossed, gate, QUIET_STEPS, type GateAnswer } from './claim-gate.js';
import { FINE_FEATURES, fineFeatures } from './fine-features.js';
import { advanceFine } from './fine-memory.js';
import { sigmoid } from './forest.js';
import type { FineModel, FineScale } from './model.js';
import type { ClaimOutcome } from './prediction.js';
import { FineCell, NEVER, type Offsets, type Slab } from './series-state.js';

/** Steps after which a claim may open where the series was never above the limit. */
const EARLY_STEPS = 8;

const features = new Float32Array(FINE_FEATURES);

/** How the fine branch is asked, once a step. */
export interface FineStep {
  timeMs: number;
  stepMs: number;
  /** Steps within which a breach is claimed. */
  horizon: number;
  cpu: boolean;
  offset: number;
}

export interface FineAnswer {
  amber: boolean;
  ended?: ClaimOutcome;
}

/** The gate and the calibration for steps of that length. */
export function scaleFor(model: FineModel, stepMs: number): FineScale {
  return model.scales.find(({ upToMs }) => stepMs <= upToMs) ?? (model.scales.at(-1) as FineScale);
}

/** Takes a step into the memory and judges it. */
export function takeFine(slab: Slab, o: Offsets, model: FineModel, value: number, step: FineStep): FineAnswer {
  advanceFine(slab, o, step.timeMs, step.stepMs, value);
  const { f32 } = slab;
  const below = f32[o.fine + FineCell.below] as number;
  const scale = scaleFor(model, step.stepMs);
  const never = (f32[o.fine + FineCell.sinceRed] as number) >= NEVER;
  const { amber, ended } = gate(f32, o.fineClaim, scale.gate, {
    red: below === 0,
    ready: below >= QUIET_STEPS || (never && below >= EARLY_STEPS),
    horizon: step.horizon,
    offset: step.offset,
    probability: () => {
      fineFeatures(slab, o, step.horizon, step.cpu, features);
      return sigmoid(model.probability.sum(features));
    },
  });
  return ended ? { amber, ended: outcome(scale, ended, step) } : { amber };
}

/** Ends the open claim where a sample crosses the limit before its step is over. */
export function crossFine(slab: Slab, o: Offsets, model: FineModel, step: FineStep): ClaimOutcome | undefined {
  slab.f32[o.fine + FineCell.below] = 0;
  slab.f32[o.fine + FineCell.sinceRed] = 0;
  const scale = scaleFor(model, step.stepMs);
  const ended = crossed(slab.f32, o.fineClaim, scale.gate);
  return ended && outcome(scale, ended, step);
}

function outcome(scale: FineScale, ended: NonNullable<GateAnswer['ended']>, step: FineStep): ClaimOutcome {
  const { age, probability, ...rest } = ended;
  return {
    ...rest,
    branch: 'fine',
    probability: calibrated(scale.calibration, probability),
    openedMs: step.timeMs - age * step.stepMs,
    endedMs: step.timeMs,
  };
}
