import {
  isoToMicros,
  MAX_HORIZON_MS,
  type Forecast,
  type ForecastUpdate,
  type ProcessMetric,
  type SampleBatch,
} from '#domain';
import {
  calibrated,
  PredictorBank,
  shippedModel,
  type AmberPredictor,
  type ClaimOutcome,
  type Prediction,
} from '#prediction';

/** The limit that breaches are predicted of, %. */
const LIMIT = 80;
/** A series without samples for so long is forgotten: the history of a job that runs once a day is kept from run to run. */
const FORGET_AFTER_MS = 26 * 3_600_000;
const MAX_REASON_LENGTH = 200;
/** The column that limits are set on: the largest single process. */
const columns = { cpu: 'cpuMax', mem: 'memMax' } as const satisfies Record<ProcessMetric, keyof SampleBatch>;

export const metrics = Object.keys(columns) as ProcessMetric[];
export const fieldOf = (metric: ProcessMetric) => columns[metric];
export type SeriesKey = Pick<Forecast, 'host' | 'process' | 'metric'>;
export type Knots = [number, number][];

interface Series {
  predictor: AmberPredictor;
  lastMs: number;
  forecast: Forecast | undefined;
}

/** The predictor of every series, and what changed in their forecasts since the server was last told. */
export class SeriesPredictors {
  /** Claimed probability and what it is worth here; empty until claims of this installation have ended. */
  calibration: Knots = [];
  size = 0;
  private readonly bank = new PredictorBank(shippedModel());
  private readonly hosts = new Map<string, Map<string, Partial<Record<ProcessMetric, Series>>>>();
  private changed = new Map<string, SeriesKey & { forecast: Forecast | undefined }>();

  /** @param onOutcome told of every claim of the trained branch that ended */
  constructor(private readonly onOutcome: (outcome: ClaimOutcome) => void) {}

  take(batch: SampleBatch): void {
    const timeMs = isoToMicros(batch.time) / 1000;
    for (const metric of metrics) {
      const values = batch[columns[metric]];
      if (!values) continue;
      for (const [i, process] of batch.names.entries()) {
        const value = values[i];
        if (value === null || value === undefined) continue;
        this.update({ host: batch.host, process, metric }, timeMs, value, batch.intervalMs);
      }
    }
  }

  /** Takes one value; late and repeated ones change nothing. */
  update(key: SeriesKey, timeMs: number, value: number, intervalMs?: number): void {
    const series = this.find(key, intervalMs);
    const prediction = series.predictor.update(timeMs, value);
    if (timeMs <= series.lastMs) return;
    series.lastMs = timeMs;
    const forecast = this.toForecast(key, prediction, timeMs, value);
    if (!forecast && !series.forecast) return;
    series.forecast = forecast;
    this.changed.set(textOf(key), { ...key, forecast });
  }

  /** What the server has to be told now; with `full`, everything, because it may know nothing. */
  takeChanges(full: boolean): ForecastUpdate | undefined {
    const changes = [...this.changed.values()];
    this.changed = new Map();
    if (full) {
      const forecasts = [...this.all()].flatMap(([{ forecast }]) => forecast ?? []);
      return { full, forecasts, cleared: [] };
    }
    if (changes.length === 0) return undefined;
    return {
      full,
      forecasts: changes.flatMap(({ forecast }) => forecast ?? []),
      cleared: changes
        .filter(({ forecast }) => !forecast)
        .map(({ host, process, metric }) => ({ host, process, metric })),
    };
  }

  /** Forgets series that are gone, and says so where a breach was predicted for one. */
  forget(nowMs: number): void {
    for (const [series, key] of this.all()) {
      if (nowMs - series.lastMs < FORGET_AFTER_MS) continue;
      const programs = this.hosts.get(key.host);
      const bySeries = programs?.get(key.process);
      delete bySeries?.[key.metric];
      if (bySeries && Object.keys(bySeries).length === 0) programs?.delete(key.process);
      if (programs?.size === 0) this.hosts.delete(key.host);
      series.predictor.release();
      this.size--;
      if (series.forecast) this.changed.set(textOf(key), { ...key, forecast: undefined });
    }
  }

  *snapshots(): Generator<{ key: SeriesKey; lastMs: number; bytes: Uint8Array }> {
    for (const [{ predictor, lastMs }, key] of this.all()) yield { key, lastMs, bytes: predictor.snapshot() };
  }

  /** @throws PredictionError where the snapshot is damaged or of another version; the series then starts anew */
  restore(key: SeriesKey, lastMs: number, bytes: Uint8Array): void {
    const predictor = this.bank.restore(bytes, this.optionsOf(key.metric));
    this.programsOf(key)[key.metric] = { predictor, lastMs, forecast: undefined };
    this.size++;
  }

  private toForecast(key: SeriesKey, prediction: Prediction, timeMs: number, value: number): Forecast | undefined {
    const { amber, breach, branch } = prediction;
    if (!amber || !breach || value > LIMIT || breach.atMs - timeMs > MAX_HORIZON_MS) return undefined;
    const probability =
      branch === 'trained' && this.calibration.length > 0
        ? calibrated(this.calibration, prediction.probability)
        : prediction.probability;
    return {
      ...key,
      time: iso(timeMs),
      value,
      limit: LIMIT,
      breachAt: iso(breach.atMs),
      breachFrom: iso(breach.fromMs),
      breachTo: iso(breach.toMs),
      probability: Math.min(1, Math.max(0, probability)),
      reason: prediction.text.slice(0, MAX_REASON_LENGTH),
    };
  }

  private *all(): Generator<[Series, SeriesKey]> {
    for (const [host, programs] of this.hosts) {
      for (const [process, bySeries] of programs) {
        for (const metric of metrics) {
          const series = bySeries[metric];
          if (series) yield [series, { host, process, metric }];
        }
      }
    }
  }

  private find(key: SeriesKey, intervalMs: number | undefined): Series {
    const programs = this.programsOf(key);
    const found = programs[key.metric];
    if (found) return found;
    this.size++;
    const predictor = this.bank.create({ ...this.optionsOf(key.metric), intervalMs });
    return (programs[key.metric] = { predictor, lastMs: 0, forecast: undefined });
  }

  private optionsOf(metric: ProcessMetric) {
    return { metric, onOutcome: this.onOutcome };
  }

  private programsOf({ host, process }: SeriesKey): Partial<Record<ProcessMetric, Series>> {
    let programs = this.hosts.get(host);
    if (!programs) this.hosts.set(host, (programs = new Map()));
    let bySeries = programs.get(process);
    if (!bySeries) programs.set(process, (bySeries = {}));
    return bySeries;
  }
}

function textOf({ host, process, metric }: SeriesKey): string {
  return JSON.stringify([host, process, metric]);
}

function iso(ms: number): string {
  return new Date(Math.round(ms)).toISOString();
}
