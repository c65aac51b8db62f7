import { USAGE_LIMIT } from '#domain';
import { passes } from './claim-gate.js';
import { sigmoid } from './forest.js';
import type { RampModel } from './model.js';
import type { Prediction } from './prediction.js';
import { RAMP_FEATURES, rampFeatures } from './fine-features.js';
import { FRESH, line, newest, unrollRamp } from './fine-line.js';
import { Cell64, Cell32, type Offsets, type Slab } from './series-state.js';

/** Samples of quiet before a ramp may claim a fresh breach. */
const QUIET_SAMPLES = 30;

const features = new Float32Array(RAMP_FEATURES);

/** Whether the trees need not be asked, because no line leads to the limit yet: cheap, and most samples end here. */
function isFarFromLimit(slab: Slab, o: Offsets, horizon: number): boolean {
  const m = unrollRamp(slab, o);
  if (m < QUIET_SAMPLES || (slab.f32[o.f + Cell32.rampQuiet] as number) < QUIET_SAMPLES) return true;
  const { level, slope, noise } = line(slab, o);
  const v = newest[m - 1] as number;
  const short = (v - (newest[m - 12] as number)) / 11;
  return Math.max(v, level) + Math.max(slope, short, 0) * horizon * 2 + 6 * noise < USAGE_LIMIT;
}

export interface RampOptions {
  horizonMs: number;
  /** The limit in the values' own unit, %, of which 80 stands in the memory. */
  limit: number;
  /** Log-odds that a claim needs beyond the threshold. */
  offset: number;
}

/**
 * What the fine branch says after a sample; undefined where it has nothing to say. The breach is where the line meets the
 * limit, its interval where lines two standard errors steeper and flatter do.
 */
export function judgeRamp(
  slab: Slab,
  o: Offsets,
  model: RampModel,
  timeMs: number,
  intervalMs: number,
  { horizonMs, limit, offset }: RampOptions,
): Prediction | undefined {
  const horizon = Math.min(180, Math.max(6, Math.round(horizonMs / intervalMs)));
  if (isFarFromLimit(slab, o, horizon)) return undefined;
  rampFeatures(slab, o, horizon, features);
  const probability = sigmoid(model.probability.sum(features));
  if (!passes(probability, model.threshold, offset)) return undefined;
  const { slope, level, slopeError, n } = line(slab, o);
  const samples = (by: number) => Math.min(horizon, Math.max(1, by > 0 ? (USAGE_LIMIT - level) / by : horizon));
  const at = samples(slope);
  const from = Math.min(at, samples(slope + 2 * slopeError), Math.max(1, at * 0.7));
  const to = Math.max(at, samples(slope - 2 * slopeError));
  const prior = slab.f32[o.f + Cell32.priorSlope] as number;
  const again = prior > 0 && Math.abs(slope / prior - 1) < 0.3;
  const perMinute = (((slope * 60_000) / intervalMs) * limit) / USAGE_LIMIT;
  const originMs = slab.f64[o.d + Cell64.originMs] as number;
  const rising = perMinute > 0 && n >= FRESH;
  return {
    amber: true,
    probability,
    breach: { atMs: timeMs + at * intervalMs, fromMs: timeMs + from * intervalMs, toMs: timeMs + to * intervalMs },
    reason: again ? 'leak-again' : rising ? 'leak' : 'level',
    text: rising
      ? `rising ${perMinute.toFixed(1)} %/min since ${clock(originMs)}${again ? ', as before its restart' : ''}`
      : `close to the limit and unsteady`,
    ...(rising ? { slopePerMinute: perMinute, risingSinceMs: originMs } : {}),
    branch: 'fine',
  };
}

/** Time of day in UTC. */
function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
