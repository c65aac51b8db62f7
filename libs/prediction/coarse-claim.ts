import { USAGE_LIMIT } from '#domain';
import { calibrated } from './calibration.js';
import type { CoarseModel } from './model.js';
import type { Prediction } from './prediction.js';
import { reasonTexts, weightiest, type TreeReason } from './reasons.js';
import { Cell64, ClaimCell, STEP_MS, type Offsets, type Slab } from './series-state.js';
import { extract, FEATURES } from './step-features.js';
import { HORIZON_STEPS } from './step-memory.js';

const features = new Float32Array(FEATURES);

/** Places of the features that an explanation quotes, by their names in the model. */
const AT = {
  value: 0,
  mean12: 21,
  slope12: 25,
  sd60: 40,
  gapMax60: 44,
  jump: 48,
  sameTimeRed: 68,
  sameTimeDays: 74,
  interval1: 82,
  recordHalfHour: 91,
  above80Day: 104,
} as const;

/** The open claim of the coarse branch in full: likelihood, time of the breach and what weighed most; `limit` in the values' own unit, %. */
export function describeClaim(slab: Slab, o: Offsets, model: CoarseModel, cpu: boolean, limit: number): Prediction {
  const step = slab.f64[o.d + Cell64.step] as number;
  extract(slab, o, step, cpu, features);
  const claimed = Math.max(
    slab.f32[o.coarseClaim + ClaimCell.probability] as number,
    slab.f32[o.coarseClaim + ClaimCell.opened] as number,
  );
  const probability = calibrated(model.calibration, claimed);
  const steps = [model.earliest, model.median, model.latest]
    .map((forest) => Math.min(HORIZON_STEPS, Math.max(1, forest.sum(features))))
    .toSorted((a, b) => a - b) as [number, number, number];
  const [fromMs, atMs, toMs] = steps.map((n) => (step + n) * STEP_MS) as [number, number, number];
  const reason = weightiest(model.probability, model.reasons, features);
  const slopePerMinute = (((features[AT.slope12] as number) / (STEP_MS / 60_000)) * limit) / USAGE_LIMIT;
  const prediction: Prediction = {
    amber: true,
    probability,
    breach: { atMs, fromMs, toMs },
    reason,
    text: coarseText(reason, limit),
    branch: 'coarse',
  };
  if (slopePerMinute > 0) {
    prediction.slopePerMinute = slopePerMinute;
    prediction.risingSinceMs = (step - 11) * STEP_MS;
  }
  return prediction;
}

/** The reason that weighed most in words, with the figure behind it. */
function coarseText(reason: TreeReason, limit: number): string {
  const at = (name: keyof typeof AT): number => features[AT[name]] as number;
  // The features see values of which 80 is the limit.
  const level = (x: number): string => `${((x * limit) / USAGE_LIMIT).toFixed(1)} %`;
  const slope = ((at('slope12') / 5) * limit) / USAGE_LIMIT;
  switch (reason) {
    case 'level':
      return `at ${level(at('value'))}, ${level(at('mean12'))} over the last hour`;
    case 'rising':
      return slope > 0 ? `rising ${slope.toFixed(1)} %/min over the last hour` : reasonTexts.rising;
    case 'unsteady':
      return `moves up by as much as ${level(at('jump'))} in five minutes`;
    case 'recent-peaks':
      return `reached ${level(USAGE_LIMIT - at('gapMax60') * (at('sd60') + 1))} in the last five hours`;
    case 'breaches-of-late':
      return `above ${+limit.toFixed(1)} % for ${(at('above80Day') * 100).toFixed(0)} % of the last day`;
    case 'same-time-other-days':
      return at('sameTimeDays') > 0 && at('sameTimeRed') > 0
        ? `broke the limit at this time on ${Math.round(at('sameTimeRed') * at('sameTimeDays'))} of ${at('sameTimeDays')} days`
        : reasonTexts[reason];
    case 'regular-interval':
      return at('interval1') > 0
        ? `its last breaches lie ${Math.round(at('interval1') * 5)} min apart`
        : reasonTexts[reason];
    case 'own-record':
      return `in this series ${(at('recordHalfHour') * 100).toFixed(0)} % of such half hours ended in a breach`;
    default:
      return reasonTexts[reason];
  }
}
