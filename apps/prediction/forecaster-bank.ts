import {
  type Forecast,
  MAX_DISK_HORIZON_MS,
  MAX_HORIZON_MS,
  msToIso,
  type SeriesKey,
  type SeriesMetric,
  USAGE_LIMIT,
} from '#domain';
import {
  calibrated,
  type ClaimOutcome,
  DiskForecaster,
  type FalseBudget,
  type HostBudget,
  PredictorBank,
  type PredictorOptions,
  shippedModel,
} from '#prediction';
import type { BranchKnots } from './claim-record.js';
import type { Forecaster, Predictor } from './series-map.js';

const MAX_REASON_LENGTH = 200;
/** The limit that disks and inodes have where no rule says otherwise, %. */
const DISK_LIMIT = 90;
/** The fine branch looks ahead so far unless it is asked for less. */
const FINE_HORIZON_MS = 30 * 60_000;

export type Knots = [number, number][];
/** A limit, %, and how far ahead a breach of it matters, ms. */
export type Target = Pick<Forecaster, 'limit' | 'horizonMs'>;

/** What every series is predicted for, whatever rules ask for besides. */
export function usualTarget(metric: SeriesMetric): Target {
  if (isOfDisk(metric)) return { limit: DISK_LIMIT, horizonMs: MAX_DISK_HORIZON_MS };
  return { limit: USAGE_LIMIT, horizonMs: MAX_HORIZON_MS };
}

/** Makes what looks ahead of a limit. */
export class ForecasterBank {
  /** Claimed probability and what it is worth here, by branch; empty until claims of this installation have ended. */
  calibration: BranchKnots = { coarse: [], fine: [] };
  private readonly bank = new PredictorBank(shippedModel());

  /** What the predictors of one host have in common. */
  private readonly shared = new WeakMap<HostBudget, Pick<PredictorOptions, 'offset' | 'onOutcome'>>();

  constructor(
    private readonly budget: FalseBudget,
    private readonly onOutcome: (host: string, outcome: ClaimOutcome) => void,
  ) {}

  create(key: SeriesKey, target: Target, intervalMs?: number): Forecaster {
    if (needsDays(key.metric, target)) return this.forecaster(target, new DiskForecaster(target));
    return this.forecaster(target, this.bank.create({ ...this.optionsOf(key, target), intervalMs }));
  }

  /** @throws PredictionError where the snapshot is damaged or of another version */
  restore(key: SeriesKey, target: Target, snapshot: Uint8Array): Forecaster {
    if (needsDays(key.metric, target)) {
      const disk = new DiskForecaster(target);
      disk.restore(snapshot);
      return this.forecaster(target, disk);
    }
    return this.forecaster(target, this.bank.restore(snapshot, this.optionsOf(key, target)));
  }

  /** Another limit of a series; of a disk, whose memory is in plain %, with all that is known of it. */
  another(key: SeriesKey, target: Target, usual: Forecaster): Forecaster {
    const isKnown = needsDays(key.metric, target) && needsDays(key.metric, usual);
    if (!isKnown) return this.create(key, target);
    const disk = new DiskForecaster(target);
    disk.learn(usual.predictor.snapshot());
    return this.forecaster(target, disk);
  }

  /** What people are to know now, at a sample; undefined where no breach is expected within the horizon. */
  judge(key: SeriesKey, forecaster: Forecaster, timeMs: number, value: number): Forecast | undefined {
    const { limit, horizonMs, predictor } = forecaster;
    const { amber, breach, branch, probability, text } = predictor.update(timeMs, value);
    if (!amber || !breach || value > limit || breach.atMs - timeMs > horizonMs) return undefined;
    // Without a knot it says what was claimed.
    const likely = branch ? calibrated(this.calibration[branch], probability) : probability;
    return {
      ...key,
      time: msToIso(Math.round(timeMs)),
      value,
      limit,
      breachAt: msToIso(Math.round(breach.atMs)),
      breachFrom: msToIso(Math.round(breach.fromMs)),
      breachTo: msToIso(Math.round(breach.toMs)),
      probability: Math.min(1, Math.max(0, likely)),
      reason: text.slice(0, MAX_REASON_LENGTH),
    };
  }

  private forecaster({ limit, horizonMs }: Target, predictor: Predictor): Forecaster {
    return { limit, horizonMs, predictor, forecast: undefined };
  }

  private optionsOf({ host, metric }: SeriesKey, { limit, horizonMs }: Target): PredictorOptions {
    return {
      metric: metric === 'cpu' ? 'cpu' : 'mem',
      ...(limit !== USAGE_LIMIT && { limit }),
      ...(horizonMs < FINE_HORIZON_MS && { horizonMs }),
      ...this.sharedOf(host),
    };
  }

  private sharedOf(name: string): Pick<PredictorOptions, 'offset' | 'onOutcome'> {
    const host = this.budget.host(name);
    let shared = this.shared.get(host);
    if (!shared) {
      shared = { offset: host.ask, onOutcome: (outcome) => this.onOutcome(name, outcome) };
      this.shared.set(host, shared);
    }
    return shared;
  }
}

function isOfDisk(metric: SeriesMetric): boolean {
  return metric === 'disk' || metric === 'inodes';
}

/** A disk is looked at over days, unless less is asked for: then it is a series like memory. */
export function needsDays(metric: SeriesMetric, { horizonMs }: Target): boolean {
  return isOfDisk(metric) && horizonMs > MAX_HORIZON_MS;
}
