import { MAX_HORIZON_MS, USAGE_LIMIT, type Forecast, type ForecastUpdate, type ProcessMetric } from '#domain';
import {
  calibrated,
  PredictorBank,
  shippedModel,
  type AmberPredictor,
  type ClaimOutcome,
  type Prediction,
} from '#prediction';
import { fieldOf, metrics, type Tick } from './tick.js';

/** A series without samples for so long is forgotten: the history of a job that runs once a day is kept from run to run. */
const FORGET_AFTER_MS = 26 * 3_600_000;
/** Where there is no room for new series, those unseen for so long make it, the longest unseen first. */
const MAKE_ROOM_AFTER_MS = 10 * 60_000;
/** Share of the series that makes room at once, so that it is not done for each new one. */
const MAKE_ROOM_SHARE = 0.02;
const MAX_REASON_LENGTH = 200;

export interface SeriesKey {
  host: string;
  process: string;
  metric: ProcessMetric;
}
export type Knots = [number, number][];

export interface SeriesPredictorsOptions {
  /** Told of every claim of the coarse branch that ended. */
  onOutcome: (outcome: ClaimOutcome) => void;
  /** Most series that are predicted; each takes about 1.4 kB. */
  maxSeries: number;
}

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
  /** Breaches that are expected now. */
  expected = 0;
  /** Live samples by what became of them; `unpredicted` are those of series that there was no room for. */
  readonly counts = { taken: 0, repeated: 0, late: 0, unpredicted: 0 };
  private readonly bank = new PredictorBank(shippedModel());
  private readonly hosts = new Map<string, Map<string, Partial<Record<ProcessMetric, Series>>>>();
  private changed = new Map<string, SeriesKey & { forecast: Forecast | undefined }>();

  constructor(private readonly options: SeriesPredictorsOptions) {}

  take(tick: Tick): void {
    for (const metric of metrics) {
      const values = tick[fieldOf(metric)];
      if (!values) continue;
      for (const [i, process] of tick.names.entries()) {
        const value = values[i];
        if (value === null || value === undefined) continue;
        const took = this.update({ host: tick.host, process, metric }, tick.timeMs, value, tick.intervalMs);
        this.counts[took]++;
      }
    }
  }

  /** Takes one value; late and repeated ones change nothing. */
  update(key: SeriesKey, timeMs: number, value: number, intervalMs?: number): keyof SeriesPredictors['counts'] {
    const series = this.find(key, intervalMs);
    if (!series) return 'unpredicted';
    const prediction = series.predictor.update(timeMs, value);
    if (timeMs <= series.lastMs) return timeMs < series.lastMs ? 'late' : 'repeated';
    series.lastMs = timeMs;
    const forecast = this.toForecast(key, prediction, timeMs, value);
    if (!forecast && !series.forecast) return 'taken';
    this.expected += Number(forecast !== undefined) - Number(series.forecast !== undefined);
    series.forecast = forecast;
    this.changed.set(textOf(key), { ...key, forecast });
    return 'taken';
  }

  /** The clock of a host was set: the times of its series so far move by `byMs`, and what is known of them stays. */
  moveClock(host: string, byMs: number): void {
    for (const series of this.seriesOf(host)) {
      series.predictor.moveClock(byMs);
      series.lastMs += byMs;
    }
  }

  /** Time of the newest sample of any series of the host, milliseconds since the epoch. */
  newestOf(host: string): number | undefined {
    let newestMs: number | undefined;
    for (const { lastMs } of this.seriesOf(host)) newestMs = Math.max(newestMs ?? lastMs, lastMs);
    return newestMs;
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
        .map(({ host, process, metric }) => ({ host, process, metric, limit: USAGE_LIMIT })),
    };
  }

  /** Forgets series that are gone, and says so where a breach was predicted for one. */
  forget(nowMs: number): void {
    for (const [series, key] of this.all()) {
      if (nowMs - series.lastMs >= FORGET_AFTER_MS) this.drop(series, key);
    }
    if (this.isFull) this.makeRoom(nowMs);
  }

  get isFull(): boolean {
    return this.size >= this.options.maxSeries;
  }

  private makeRoom(nowMs: number): void {
    const unseen = [...this.all()].filter(([{ lastMs }]) => nowMs - lastMs >= MAKE_ROOM_AFTER_MS);
    unseen.sort(([a], [b]) => a.lastMs - b.lastMs);
    const room = Math.ceil(this.options.maxSeries * MAKE_ROOM_SHARE);
    for (const [series, key] of unseen.slice(0, room)) this.drop(series, key);
  }

  private drop(series: Series, { host, process, metric }: SeriesKey): void {
    const programs = this.hosts.get(host);
    const bySeries = programs?.get(process);
    delete bySeries?.[metric];
    if (bySeries && Object.keys(bySeries).length === 0) programs?.delete(process);
    if (programs?.size === 0) this.hosts.delete(host);
    series.predictor.release();
    this.size--;
    if (series.forecast) {
      this.expected--;
      const key = { host, process, metric };
      this.changed.set(textOf(key), { ...key, forecast: undefined });
    }
  }

  *snapshots(): Generator<{ key: SeriesKey; lastMs: number; bytes: Uint8Array }> {
    for (const [{ predictor, lastMs }, key] of this.all()) yield { key, lastMs, bytes: predictor.snapshot() };
  }

  /**
   * False where there is no room for it.
   *
   * @throws PredictionError where the snapshot is damaged or of another version; the series then starts over
   */
  restore(key: SeriesKey, lastMs: number, bytes: Uint8Array): boolean {
    if (this.isFull) return false;
    const predictor = this.bank.restore(bytes, this.optionsOf(key.metric));
    this.programsOf(key)[key.metric] = { predictor, lastMs, forecast: undefined };
    this.size++;
    return true;
  }

  private toForecast(key: SeriesKey, prediction: Prediction, timeMs: number, value: number): Forecast | undefined {
    const { amber, breach, branch } = prediction;
    if (!amber || !breach || value > USAGE_LIMIT || breach.atMs - timeMs > MAX_HORIZON_MS) return undefined;
    const probability =
      branch === 'coarse' && this.calibration.length > 0
        ? calibrated(this.calibration, prediction.probability)
        : prediction.probability;
    return {
      ...key,
      time: iso(timeMs),
      value,
      limit: USAGE_LIMIT,
      breachAt: iso(breach.atMs),
      breachFrom: iso(breach.fromMs),
      breachTo: iso(breach.toMs),
      probability: Math.min(1, Math.max(0, probability)),
      reason: prediction.text.slice(0, MAX_REASON_LENGTH),
    };
  }

  private *seriesOf(host: string): Generator<Series> {
    for (const bySeries of this.hosts.get(host)?.values() ?? []) {
      for (const metric of metrics) {
        const series = bySeries[metric];
        if (series) yield series;
      }
    }
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

  /** The series of that key, a new one where there is room for it. */
  private find(key: SeriesKey, intervalMs: number | undefined): Series | undefined {
    const found = this.hosts.get(key.host)?.get(key.process)?.[key.metric];
    if (found || this.isFull) return found;
    this.size++;
    const predictor = this.bank.create({ ...this.optionsOf(key.metric), intervalMs });
    return (this.programsOf(key)[key.metric] = { predictor, lastMs: 0, forecast: undefined });
  }

  private optionsOf(metric: ProcessMetric) {
    return { metric, onOutcome: this.options.onOutcome };
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
