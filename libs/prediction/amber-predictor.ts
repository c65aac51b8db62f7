import { USAGE_LIMIT } from '#domain';
import { Cell64, Cell32, ClaimCell, clearFine, FineCell, STEP_MS, type Offsets, type Slab } from './series-state.js';
import { MAX_VALUE, moveSteps } from './step-ring.js';
import type { Model } from './model.js';
import type { ClaimOutcome, Prediction } from './prediction.js';
import { calibrated } from './calibration.js';
import { isShown } from './claim-gate.js';
import { crossFine, scaleFor, takeFine, type FineStep } from './fine-branch.js';
import { describeFine } from './fine-claim.js';
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
const FINE_HORIZON_MS = 30 * 60_000;
/** Most steps that the fine branch looks ahead, as it was trained; finer samples are averaged. */
const FINE_HORIZON_STEPS = 180;
/** Samples this much finer than a step of the fine branch are averaged; a tick that comes a little early is not. */
const WHOLE_SHARE = 0.75;
/** Intervals without a sample after which the fine branch starts over. */
const FINE_GAP = 30;

/**
 * Predicts the breach of one series, sample by sample: the coarse branch on five-minute means, the fine branch on the
 * samples as they come; the more certain one speaks. Made by a `PredictorBank`.
 */
export class AmberPredictor {
  private claim: Prediction | undefined;
  private fineClaim: Prediction | undefined;

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
    this.takeFine(timeMs, intervalMs, kept);
    if (this.options.branches !== 'fine') this.takeCoarse(timeMs, intervalMs, kept);
    f64[d + Cell64.lastMs] = timeMs;
    if (kept > USAGE_LIMIT) return quiet('above-limit');
    const { claim: coarse, fineClaim: fine } = this;
    if (coarse && fine) return fine.probability > coarse.probability ? fine : coarse;
    const spoken = coarse ?? fine;
    if (spoken) return spoken;
    const learning = (f32[f + Cell32.steps] as number) < 10 && (f32[this.o.fine + FineCell.seen] as number) < 8;
    return { ...quiet(learning ? 'learning' : 'quiet'), probability: this.quietProbability() };
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
    this.fineClaim = this.openFine();
  }

  /** The state as bytes, to be kept and given to `PredictorBank.restore`. */
  snapshot(): Uint8Array {
    return writeSnapshot(this.slab.bytes(this.slot));
  }

  restore(snapshot: Uint8Array): void {
    this.slab.bytes(this.slot).set(readSnapshot(snapshot));
    this.claim = this.openClaim();
    this.fineClaim = this.openFine();
  }

  /** Gives the memory back; the predictor must not be used afterwards. */
  release(): void {
    this.onRelease();
  }

  /** Claims of either branch that came true and that did not, since the series began. */
  get record(): { hits: number; falses: number } {
    const { f32 } = this.slab;
    const { coarseClaim, fineClaim } = this.o;
    const both = (cell: number) => (f32[coarseClaim + cell] as number) + (f32[fineClaim + cell] as number);
    return { hits: both(ClaimCell.hits), falses: both(ClaimCell.falses) };
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
    const next = lastMs < 0 || spacing > FINE_GAP * fresh ? fresh : fresh + (spacing - fresh) * 0.3;
    f32[cell] = next;
    return next;
  }

  /** Samples of a step of the fine branch, where they are finer than it, are averaged as those of the coarse one are. */
  private takeFine(timeMs: number, intervalMs: number, value: number): void {
    if (intervalMs >= WHOLE_STEP_MS && this.options.branches !== 'fine') return;
    const { slab, o } = this;
    const { f32 } = slab;
    const lastMs = slab.f64[o.d + Cell64.lastMs] as number;
    if (lastMs >= 0 && timeMs - lastMs > FINE_GAP * intervalMs) {
      clearFine(slab, o);
      this.fineClaim = undefined;
    }
    const horizonMs = this.options.horizonMs ?? FINE_HORIZON_MS;
    const bucketMs = horizonMs / FINE_HORIZON_STEPS;
    if (intervalMs >= bucketMs * WHOLE_SHARE) {
      this.closeFine(this.fineStep(timeMs, intervalMs), value);
      return;
    }
    const count = f32[o.fine + FineCell.bucketCount] as number;
    const bucket = Math.floor(timeMs / bucketMs);
    if (count > 0 && bucket !== Math.floor(lastMs / bucketMs)) {
      const mean = (f32[o.fine + FineCell.bucketSum] as number) / count;
      f32[o.fine + FineCell.bucketSum] = 0;
      f32[o.fine + FineCell.bucketCount] = 0;
      this.closeFine(this.fineStep(bucket * bucketMs, bucketMs), mean);
    }
    if (value > USAGE_LIMIT) {
      this.tell(crossFine(slab, o, this.model.fine, this.fineStep(timeMs, bucketMs)));
      this.fineClaim = undefined;
    }
    f32[o.fine + FineCell.bucketSum] = (f32[o.fine + FineCell.bucketSum] as number) + value;
    f32[o.fine + FineCell.bucketCount] = (f32[o.fine + FineCell.bucketCount] as number) + 1;
  }

  private fineStep(timeMs: number, stepMs: number): FineStep {
    const horizonMs = this.options.horizonMs ?? FINE_HORIZON_MS;
    const horizon = Math.min(FINE_HORIZON_STEPS, Math.max(6, Math.round(horizonMs / stepMs)));
    return { timeMs, stepMs, horizon, cpu: this.options.metric === 'cpu', offset: this.offset };
  }

  private closeFine(step: FineStep, value: number): void {
    const { slab, o, model } = this;
    const { amber, ended } = takeFine(slab, o, model.fine, value, step);
    this.tell(ended);
    this.fineClaim = amber ? this.describedFine(step) : undefined;
  }

  private describedFine(step: FineStep): Prediction {
    const claim = describeFine(this.slab, this.o, this.model.fine, step, this.limit);
    return { ...claim, probability: this.recalibrated(claim.probability) };
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
      this.tell(takeCrossing(this.slab, this.o, this.model.coarse, timeMs));
      this.claim = undefined;
    }
    f32[f + Cell32.bucketSum] = (f32[f + Cell32.bucketSum] as number) + value;
    f32[f + Cell32.bucketCount] = (f32[f + Cell32.bucketCount] as number) + 1;
  }

  private close(step: number, value: number): void {
    const { slab, o, model, options } = this;
    if (step <= (slab.f64[o.d + Cell64.step] as number)) return;
    const { amber, ended } = takeStep(slab, o, model.coarse, step, value, {
      cpu: options.metric === 'cpu',
      offset: this.offset,
    });
    this.tell(ended);
    this.claim = amber ? this.openClaim() : undefined;
  }

  private tell(ended: ClaimOutcome | undefined): void {
    if (ended) this.options.onOutcome?.({ ...ended, probability: this.recalibrated(ended.probability) });
  }

  /** The claim of the fine branch as it stood at the newest sample. */
  private openFine(): Prediction | undefined {
    const { f32, f64 } = this.slab;
    const { o } = this;
    const lastMs = f64[o.d + Cell64.lastMs] as number;
    if ((f32[o.fineClaim + ClaimCell.age] as number) < 0 || lastMs < 0) return undefined;
    const bucketMs = (this.options.horizonMs ?? FINE_HORIZON_MS) / FINE_HORIZON_STEPS;
    const step = this.fineStep(lastMs, Math.max(bucketMs, f32[o.f + Cell32.intervalMs] as number));
    const { gate } = scaleFor(this.model.fine, step.stepMs);
    if (!isShown(gate, f32[o.fineClaim + ClaimCell.probability] as number)) return undefined;
    return this.describedFine(step);
  }

  private openClaim(): Prediction | undefined {
    const { f32 } = this.slab;
    const { coarseClaim } = this.o;
    if ((f32[coarseClaim + ClaimCell.age] as number) < 0) return undefined;
    if (!isShown(this.model.coarse.gate, f32[coarseClaim + ClaimCell.probability] as number)) return undefined;
    const claim = describeClaim(this.slab, this.o, this.model.coarse, this.options.metric === 'cpu', this.limit);
    return { ...claim, probability: this.recalibrated(claim.probability) };
  }

  /** What the branch says that is nearer to a claim, while none is open. */
  private quietProbability(): number {
    const { f32 } = this.slab;
    const coarse = f32[this.o.coarseClaim + ClaimCell.probability] as number;
    const fine = f32[this.o.fineClaim + ClaimCell.probability] as number;
    const interval = f32[this.o.f + Cell32.intervalMs] as number;
    const knots = coarse >= fine ? this.model.coarse.calibration : scaleFor(this.model.fine, interval).calibration;
    const p = Math.max(coarse, fine);
    return p > 0 ? this.recalibrated(calibrated(knots, p)) : 0;
  }

  private recalibrated(p: number): number {
    return this.options.calibration ? calibrated(this.options.calibration, p) : p;
  }

  /** Nothing was learned from the sample: what stood before stands. */
  private still(reason: Reason): Prediction {
    return this.claim ?? this.fineClaim ?? quiet(reason);
  }
}

function quiet(reason: Reason): Prediction {
  return { amber: false, probability: 0, reason, text: reasonTexts[reason], branch: 'coarse' };
}
