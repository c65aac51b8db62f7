import { USAGE_LIMIT } from '#domain';
import { Cell64, Cell32, STEP_MS, type Offsets, type Slab } from './series-state.js';
import { MAX_VALUE, moveSteps } from './step-ring.js';
import type { Model } from './model.js';
import type { ClaimOutcome, Prediction } from './prediction.js';
import { calibrated } from './calibration.js';
import { judgeRamp } from './fine-branch.js';
import { restartRamp, takeSample } from './fine-line.js';
import { reasonTexts, type Reason } from './reasons.js';
import { readSnapshot, writeSnapshot } from './state-snapshot.js';
import { takeCrossing, takeStep } from './coarse-branch.js';
import { describeClaim } from './coarse-claim.js';

export interface PredictorOptions {
  metric: 'cpu' | 'mem';
  /** Time between samples, until their own times say otherwise. */
  intervalMs?: number;
  /** `fine` where a horizon other than the coarse branch's 150 minutes is asked for; `both` if left out. */
  branches?: 'both' | 'fine';
  /** How far ahead the fine branch claims; 30 minutes if left out. */
  horizonMs?: number;
  /** What counts as a breach, in the unit of the values; 80 if left out. A snapshot fits the limit that it was made with. */
  limit?: number;
  /**
   * Log-odds that a claim needs beyond the gate's own bar, asked each time that a claim may open: positive claims less.
   * It moves when a claim is made, not what it says.
   */
  offset?: () => number;
  /** From recorded claims of this installation (`recalibrate`); moves what is claimed, not when. */
  calibration?: readonly (readonly [number, number])[];
  /** Told of every claim that ended. */
  onOutcome?: (outcome: ClaimOutcome) => void;
}

/** From this spacing on each sample is a step of the coarse branch by itself; below, five minutes are averaged. */
const WHOLE_STEP_MS = STEP_MS / 2;
/** Samples at least this far apart say nothing about the course of a ramp. */
const RAMP_UP_TO_MS = 120_000;
const FINE_HORIZON_MS = 30 * 60_000;
/** Intervals without a sample after which a ramp starts over. */
const RAMP_GAP = 30;

/**
 * Predicts the breach of one series, sample by sample: the coarse branch on five-minute means, the fine branch on the
 * samples as they come; the more certain one speaks. Made by a `PredictorBank`.
 */
export class AmberPredictor {
  private claim: Prediction | undefined;

  constructor(
    private readonly model: Model,
    private readonly options: PredictorOptions,
    private readonly slab: Slab,
    private readonly o: Offsets,
    private readonly slot: number,
    private readonly onRelease: () => void,
  ) {}

  /** Takes one value, %, in constant time. Values that are not finite and times that are not newer change nothing. */
  update(timeMs: number, value: number): Prediction {
    const { f64, f32 } = this.slab;
    const { d, f } = this.o;
    if (!Number.isFinite(value) || !Number.isFinite(timeMs) || timeMs < 0) return this.still('invalid-sample');
    const lastMs = f64[d + Cell64.lastMs] as number;
    if (timeMs <= lastMs) return this.still('late-sample');
    const kept = Math.min(MAX_VALUE, Math.max(0, this.scaled(value)));
    const intervalMs = this.interval(timeMs);
    const ramp = this.takeRamp(timeMs, intervalMs, kept);
    if (this.options.branches !== 'fine') this.takeCoarse(timeMs, intervalMs, kept);
    f64[d + Cell64.lastMs] = timeMs;
    if (kept > USAGE_LIMIT) return quiet('above-limit');
    const coarse = this.claim;
    if (coarse && ramp) return ramp.probability > coarse.probability ? ramp : coarse;
    const spoken = coarse ?? ramp;
    if (spoken) return spoken;
    const p = f32[f + Cell32.probability] as number;
    const learning = (f32[f + Cell32.steps] as number) < 30 && (f32[f + Cell32.rampSeen] as number) < 30;
    return { ...quiet(learning ? 'learning' : 'quiet'), probability: p > 0 ? this.honest(p) : 0 };
  }

  /**
   * The clock behind the samples was set: their times so far move by `byMs`, so that the next sample may follow. Nothing is
   * forgotten; what happened at a time of day stays with the time that the clock said.
   */
  moveClock(byMs: number): void {
    const { f64 } = this.slab;
    const { d } = this.o;
    const lastMs = f64[d + Cell64.lastMs] as number;
    if (lastMs < 0 || !Number.isFinite(byMs)) return;
    const movedMs = Math.max(0, lastMs + byMs);
    f64[d + Cell64.lastMs] = movedMs;
    f64[d + Cell64.originMs] = (f64[d + Cell64.originMs] as number) + movedMs - lastMs;
    if ((f64[d + Cell64.step] as number) < 0) return;
    moveSteps(this.slab, this.o, Math.floor(movedMs / STEP_MS) - Math.floor(lastMs / STEP_MS));
    this.claim = this.openClaim();
  }

  /** The state as bytes, to be kept and given to `PredictorBank.restore`. */
  snapshot(): Uint8Array {
    return writeSnapshot(this.slab.bytes(this.slot));
  }

  restore(snapshot: Uint8Array): void {
    this.slab.bytes(this.slot).set(readSnapshot(snapshot));
    this.claim = this.openClaim();
  }

  /** Gives the memory back; the predictor must not be used afterwards. */
  release(): void {
    this.onRelease();
  }

  /** Claims of the coarse branch that came true and that did not, since the series began. */
  get record(): { hits: number; falses: number } {
    const { f32 } = this.slab;
    return { hits: f32[this.o.f + Cell32.hits] as number, falses: f32[this.o.f + Cell32.falses] as number };
  }

  private get limit(): number {
    return this.options.limit ?? USAGE_LIMIT;
  }

  /** The value as the memory takes it, with 80 for the limit. */
  private scaled(value: number): number {
    return this.limit === USAGE_LIMIT ? value : (value * USAGE_LIMIT) / this.limit;
  }

  private get offset(): number {
    return this.options.offset?.() ?? 0;
  }

  private interval(timeMs: number): number {
    const { f64, f32 } = this.slab;
    const cell = this.o.f + Cell32.intervalMs;
    const lastMs = f64[this.o.d + Cell64.lastMs] as number;
    const known = f32[cell] as number;
    const fresh = known === 0 ? (this.options.intervalMs ?? 10_000) : known;
    const spacing = timeMs - lastMs;
    // A gap is no spacing; a new spacing is believed after a few samples.
    const next = lastMs < 0 || spacing > RAMP_GAP * fresh ? fresh : fresh + (spacing - fresh) * 0.3;
    f32[cell] = next;
    return next;
  }

  private takeRamp(timeMs: number, intervalMs: number, value: number): Prediction | undefined {
    if (intervalMs > RAMP_UP_TO_MS) return undefined;
    const { slab, o } = this;
    const lastMs = slab.f64[o.d + Cell64.lastMs] as number;
    if (lastMs >= 0 && timeMs - lastMs > RAMP_GAP * intervalMs) restartRamp(slab, o);
    takeSample(slab, o, timeMs, intervalMs, value);
    return judgeRamp(slab, o, this.model.ramp, timeMs, intervalMs, {
      horizonMs: this.options.horizonMs ?? FINE_HORIZON_MS,
      limit: this.limit,
      offset: this.offset,
    });
  }

  private takeCoarse(timeMs: number, intervalMs: number, value: number): void {
    const { f32, f64 } = this.slab;
    const { d, f } = this.o;
    const step = Math.floor(timeMs / STEP_MS);
    const lastStep = Math.floor((f64[d + Cell64.lastMs] as number) / STEP_MS);
    const count = f32[f + Cell32.bucketCount] as number;
    if (count > 0 && step !== lastStep) {
      this.close(lastStep, (f32[f + Cell32.bucketSum] as number) / count);
      f32[f + Cell32.bucketSum] = 0;
      f32[f + Cell32.bucketCount] = 0;
    }
    if (intervalMs >= WHOLE_STEP_MS) {
      this.close(step, value);
      return;
    }
    if (value > USAGE_LIMIT) {
      this.tell(takeCrossing(this.slab, this.o, this.model, timeMs));
      this.claim = undefined;
    }
    f32[f + Cell32.bucketSum] = (f32[f + Cell32.bucketSum] as number) + value;
    f32[f + Cell32.bucketCount] = (f32[f + Cell32.bucketCount] as number) + 1;
  }

  private close(step: number, value: number): void {
    const { slab, o, model, options } = this;
    if (step <= (slab.f64[o.d + Cell64.step] as number)) return;
    const { amber, ended } = takeStep(slab, o, model, step, value, {
      cpu: options.metric === 'cpu',
      offset: this.offset,
    });
    this.tell(ended);
    this.claim = amber ? this.openClaim() : undefined;
  }

  private tell(ended: ClaimOutcome | undefined): void {
    if (ended) this.options.onOutcome?.({ ...ended, probability: this.recalibrated(ended.probability) });
  }

  private openClaim(): Prediction | undefined {
    if ((this.slab.f32[this.o.f + Cell32.claimAge] as number) < 0) return undefined;
    const claim = describeClaim(this.slab, this.o, this.model, this.options.metric === 'cpu', this.limit);
    return { ...claim, probability: this.recalibrated(claim.probability) };
  }

  private honest(p: number): number {
    return this.recalibrated(calibrated(this.model.calibration, p));
  }

  private recalibrated(p: number): number {
    return this.options.calibration ? calibrated(this.options.calibration, p) : p;
  }

  /** Nothing was learned from the sample: what stood before stands. */
  private still(reason: Reason): Prediction {
    return this.claim ?? quiet(reason);
  }
}

function quiet(reason: Reason): Prediction {
  return { amber: false, probability: 0, reason, text: reasonTexts[reason], branch: 'coarse' };
}
