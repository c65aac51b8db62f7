import { USAGE_LIMIT } from '#domain';
import { calibrated } from './calibration.js';
import { scaleFor, type FineStep } from './fine-branch.js';
import { FINE_FEATURES, fineFeatures } from './fine-features.js';
import { FRESH, line } from './fine-line.js';
import type { FineModel } from './model.js';
import type { Prediction } from './prediction.js';
import { reasonTexts, weightiest } from './reasons.js';
import { Cell64, ClaimCell, FineCell, STRETCH, STRETCHES, type Offsets, type Slab } from './series-state.js';

const features = new Float32Array(FINE_FEATURES);

/** Places of the features that a text quotes, by their names in the model. */
const AT = { value: 0, mean30: 35, jump: 58, top32: 82 } as const;

/** A line is spoken of where its slope is at least so many of its standard errors. */
const CERTAIN = 4;

/**
 * The open claim of the fine branch in full. Where it rises in a line, the breach is where the line meets the limit, and its
 * interval where lines two standard errors steeper and flatter do; else the trees say when. `limit` in the values' own unit.
 */
export function describeFine(slab: Slab, o: Offsets, model: FineModel, step: FineStep, limit: number): Prediction {
  const { f32, f64 } = slab;
  const { timeMs, stepMs, horizon } = step;
  fineFeatures(slab, o, horizon, step.cpu, features);
  const claimed = Math.max(
    f32[o.fineClaim + ClaimCell.probability] as number,
    f32[o.fineClaim + ClaimCell.opened] as number,
  );
  const probability = calibrated(scaleFor(model, stepMs).calibration, claimed);
  const { slope, slopeError, level, n } = line(slab, o);
  const rising = n >= FRESH && slope > CERTAIN * slopeError && (USAGE_LIMIT - level) / slope <= 2 * horizon;
  const [from, at, to] = rising ? onLine(level, slope, slopeError, horizon) : byTrees(model, horizon);
  const breach = { atMs: timeMs + at * stepMs, fromMs: timeMs + from * stepMs, toMs: timeMs + to * stepMs };
  const common = { amber: true, probability, breach, branch: 'fine' } as const;
  if (!rising) {
    const reason = weightiest(model.probability, model.reasons, features);
    return { ...common, reason, text: textOf(reason, limit, stepMs) };
  }
  const prior = f32[o.fine + FineCell.priorSlope] as number;
  const again = prior > 0 && Math.abs(slope / prior - 1) < 0.3;
  const slopePerMinute = (((slope * 60_000) / stepMs) * limit) / USAGE_LIMIT;
  const risingSinceMs = f64[o.d + Cell64.originMs] as number;
  return {
    ...common,
    reason: again ? 'leak-again' : 'leak',
    text: `rising ${slopePerMinute.toFixed(1)} %/min since ${clock(risingSinceMs)}${again ? ', as before its restart' : ''}`,
    slopePerMinute,
    risingSinceMs,
  };
}

type Steps = [from: number, at: number, to: number];

function onLine(level: number, slope: number, slopeError: number, horizon: number): Steps {
  const steps = (by: number) => Math.min(horizon, Math.max(1, by > 0 ? (USAGE_LIMIT - level) / by : horizon));
  const at = steps(slope);
  const from = Math.min(at, steps(slope + 2 * slopeError), Math.max(1, at * 0.7));
  return [from, at, Math.max(at, steps(slope - 2 * slopeError))];
}

function byTrees({ earliest, median, latest }: FineModel, horizon: number): Steps {
  return [earliest, median, latest]
    .map((forest) => Math.min(horizon, Math.max(1, forest.sum(features) * horizon)))
    .toSorted((a, b) => a - b) as Steps;
}

function textOf(reason: ReturnType<typeof weightiest>, limit: number, stepMs: number): string {
  const level = (at: number): string => `${(((features[at] as number) * limit) / USAGE_LIMIT).toFixed(1)} %`;
  const span = (steps: number): string => {
    const minutes = (steps * stepMs) / 60_000;
    return minutes >= 1 ? `${minutes.toFixed(0)} min` : `${(minutes * 60).toFixed(0)} s`;
  };
  switch (reason) {
    case 'level':
      return `at ${level(AT.value)}, ${level(AT.mean30)} over the last ${span(30)}`;
    case 'unsteady':
      return `moves up by as much as ${level(AT.jump)} in ${span(1)}`;
    case 'recent-peaks':
      return `reached ${level(AT.top32)} in the last ${span(STRETCH * STRETCHES)}`;
    default:
      return reasonTexts[reason];
  }
}

/** Time of day in UTC. */
function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
