import {
  type Forecast,
  type ForecastLimit,
  type ForecastUpdate,
  type SeriesKey,
  isAbout,
  type SeriesMetric,
  seriesText,
} from '#domain';
import { type ClaimOutcome, FalseBudget } from '#prediction';
import type { BranchKnots } from './claim-record.js';
import { AskedLimits } from './asked-limits.js';
import { ForecasterBank, type Target, usualTarget } from './forecaster-bank.js';
import { type Forecaster, type Kind, keyOf, type Series, SeriesMap } from './series-map.js';
import type { SeriesRecord } from './snapshot-file.js';
import { fieldOf, metrics, type Tick } from './tick.js';

/** A series without samples for so long is forgotten: the history of a job that runs once a day is kept from run to run. */
const FORGET_AFTER_MS = 26 * 3_600_000;
/** Where there is no room for new series, those unseen for so long make it, the longest unseen first. */
const MAKE_ROOM_AFTER_MS = 10 * 60_000;
/** How strict the claims of a host are is known for so long after its last tick. */
const REMEMBER_HOST_MS = 28 * 86_400_000;
/** Share of the series that makes room at once, so that it is not done for each new one. */
const MAKE_ROOM_SHARE = 0.02;

export interface SeriesPredictorsOptions {
  /** Told of every claim that ended, and of which host. */
  onOutcome: (host: string, outcome: ClaimOutcome) => void;
  /** How strict the claims of each host are; as trained if left out. */
  budget?: FalseBudget;
  /** Most limits of series that are predicted; each takes about 1.4 kB. */
  maxSeries: number;
}

/** The predictors of every series, and what changed in their forecasts since the server was last told. */
export class SeriesPredictors {
  /** Breaches that are expected now. */
  expected = 0;
  /** Live samples by what became of them; `unpredicted` are those of series that there was no room for. */
  readonly counts = { taken: 0, repeated: 0, late: 0, unpredicted: 0 };
  private readonly map = new SeriesMap();
  private asked = new AskedLimits();
  private readonly bank: ForecasterBank;
  private readonly budget: FalseBudget;
  private changed = new Map<string, SeriesKey & { limit: number; series: Series }>();

  constructor(private readonly options: SeriesPredictorsOptions) {
    this.budget = options.budget ?? new FalseBudget(undefined);
    this.bank = new ForecasterBank(this.budget, options.onOutcome);
  }

  set calibration(knots: BranchKnots) {
    this.bank.calibration = knots;
  }

  get size(): number {
    return this.map.size;
  }

  /** How many limits are predicted, by what they are about. */
  get sizes(): Readonly<Record<Kind, number>> {
    return this.map.sizes;
  }

  take(tick: Tick): void {
    const { units, own } = tick;
    this.budget.host(tick.host).pass(tick.timeMs);
    for (const metric of metrics) this.takeColumn(tick, 'process', metric, tick.names, tick[fieldOf(metric)]);
    if (units) for (const metric of metrics) this.takeColumn(tick, 'unit', metric, units.names, units[metric]);
    if (!own) return;
    for (const metric of ['cpu', 'mem', 'swap'] as const) this.takeColumn(tick, 'host', metric, [''], [own[metric]]);
    for (const { path, usedPercent, inodesPercent } of own.disks ?? []) {
      this.takeColumn(tick, 'host', 'disk', [path], [usedPercent]);
      this.takeColumn(tick, 'host', 'inodes', [path], [inodesPercent]);
    }
  }

  /** Value i of the column belongs to name i. */
  private takeColumn(
    { host, timeMs, intervalMs }: Tick,
    kind: Kind,
    metric: SeriesMetric,
    names: readonly string[],
    values: readonly (number | null | undefined)[] | undefined,
  ): void {
    if (!values) return;
    const known = this.map.host(host)?.[kind];
    for (const [i, name] of names.entries()) {
      const value = values[i];
      if (value === null || value === undefined) continue;
      const key = keyOf(host, kind, name, metric);
      const series = known?.get(name)?.[metric] ?? this.make(key, intervalMs);
      this.counts[series ? this.advance(series, key, timeMs, value) : 'unpredicted']++;
    }
  }

  /** Takes one value; late and repeated ones change nothing. */
  update(key: SeriesKey, timeMs: number, value: number, intervalMs?: number): keyof SeriesPredictors['counts'] {
    this.budget.host(key.host).pass(timeMs);
    const series = this.map.find(key) ?? this.make(key, intervalMs);
    return series ? this.advance(series, key, timeMs, value) : 'unpredicted';
  }

  /** Takes a value of a past that is too far back to matter for what is expected now, where looking ahead costs much. */
  remember(key: SeriesKey, timeMs: number, value: number): void {
    const series = this.map.find(key) ?? this.make(key, undefined);
    if (!series || timeMs <= series.lastMs) return;
    series.lastMs = timeMs;
    for (const { predictor } of forecastersOf(series)) {
      if (predictor.remember) predictor.remember(timeMs, value);
      else predictor.update(timeMs, value);
    }
  }

  private advance(series: Series, key: SeriesKey, timeMs: number, value: number): 'taken' | 'late' | 'repeated' {
    if (timeMs <= series.lastMs) return timeMs < series.lastMs ? 'late' : 'repeated';
    series.lastMs = timeMs;
    this.judge(series, series, key, timeMs, value);
    if (series.others) for (const other of series.others) this.judge(series, other, key, timeMs, value);
    return 'taken';
  }

  private judge(series: Series, forecaster: Forecaster, key: SeriesKey, timeMs: number, value: number): void {
    const forecast = this.bank.judge(key, forecaster, timeMs, value);
    if (!forecast && !forecaster.forecast) return;
    this.expected += Number(forecast !== undefined) - Number(forecaster.forecast !== undefined);
    forecaster.forecast = forecast;
    this.note(key, forecaster.limit, series);
  }

  /** Predicts the limits that rules ask for beside the usual ones; those that are no longer asked for are dropped. */
  ask(limits: readonly ForecastLimit[]): void {
    this.asked = new AskedLimits(limits);
    for (const [series, key] of this.map.all()) this.meet(series, key);
  }

  private meet(series: Series, key: SeriesKey): void {
    const targets = this.asked.of(key);
    if (targets.length === 0 && !series.others) return;
    const isSame = (one: Target, other: Target) => one.limit === other.limit && one.horizonMs === other.horizonMs;
    for (const other of series.others ?? []) {
      if (targets.some((target) => isSame(target, other))) continue;
      this.map.remove(key, series, other);
      this.end(series, other, key);
    }
    for (const target of targets) {
      if (series.others?.some((other) => isSame(target, other)) || this.isFull) continue;
      this.map.add(key, series, this.bank.another(key, target, series));
    }
  }

  /**
   * The clock of a host was set: the times of its series so far move by `byMs`, and what is known of them stays.
   *
   * @param only where it is the clock behind some of them alone
   */
  moveClock(host: string, byMs: number, only?: Kind): void {
    if (only === undefined) this.budget.host(host).moveClock(byMs);
    for (const [series, key] of this.map.of(host)) {
      if (only && isAbout(key) !== only) continue;
      for (const { predictor } of forecastersOf(series)) predictor.moveClock(byMs);
      series.lastMs += byMs;
    }
  }

  /** Time of the newest sample of any series of the host, or of one kind of them; milliseconds since the epoch. */
  newestOf(host: string, only?: Kind): number | undefined {
    let newestMs: number | undefined;
    for (const [{ lastMs }, key] of this.map.of(host)) {
      if (only === undefined || isAbout(key) === only) newestMs = Math.max(newestMs ?? lastMs, lastMs);
    }
    return newestMs;
  }

  /** What the server has to be told now; with `full`, everything, because it may know nothing. */
  takeChanges(full: boolean): ForecastUpdate | undefined {
    const changes = [...this.changed.values()];
    this.changed = new Map();
    if (full) {
      const forecasts = [...this.map.all()].flatMap(([series]) => forecastsOf(series));
      return { full, forecasts, cleared: [] };
    }
    if (changes.length === 0) return undefined;
    const update: ForecastUpdate = { full, forecasts: [], cleared: [] };
    for (const { series, limit, ...key } of changes) {
      const forecast = forecastAt(series, limit);
      if (forecast) update.forecasts.push(forecast);
      else update.cleared.push({ ...key, limit });
    }
    return update;
  }

  /** Forgets series that are gone, and says so where a breach was predicted for one. */
  forget(nowMs: number): void {
    for (const [series, key] of this.map.all()) {
      if (nowMs - series.lastMs >= FORGET_AFTER_MS) this.drop(series, key);
    }
    if (this.isFull) this.makeRoom(nowMs);
    this.budget.forget(nowMs - REMEMBER_HOST_MS);
  }

  get isFull(): boolean {
    return this.size >= this.options.maxSeries;
  }

  private makeRoom(nowMs: number): void {
    const unseen = [...this.map.all()].filter(([{ lastMs }]) => nowMs - lastMs >= MAKE_ROOM_AFTER_MS);
    unseen.sort(([a], [b]) => a.lastMs - b.lastMs);
    const room = Math.ceil(this.options.maxSeries * MAKE_ROOM_SHARE);
    for (const [series, key] of unseen.slice(0, room)) this.drop(series, key);
  }

  private drop(series: Series, key: SeriesKey): void {
    this.map.delete(key);
    for (const forecaster of forecastersOf(series)) this.end(series, forecaster, key);
  }

  private end(series: Series, forecaster: Forecaster, key: SeriesKey): void {
    forecaster.predictor.release();
    if (!forecaster.forecast) return;
    this.expected--;
    forecaster.forecast = undefined;
    this.note(key, forecaster.limit, series);
  }

  private note(key: SeriesKey, limit: number, series: Series): void {
    this.changed.set(`${seriesText(key)} ${limit}`, { ...key, limit, series });
  }

  *snapshots(): Generator<SeriesRecord> {
    for (const [series, key] of this.map.all()) {
      for (const { predictor, limit, horizonMs } of forecastersOf(series)) {
        yield { key, target: { limit, horizonMs }, lastMs: series.lastMs, bytes: predictor.snapshot() };
      }
    }
  }

  /**
   * Goes on with what a snapshot kept; false where there is no room for it.
   *
   * @throws PredictionError where the snapshot is damaged or of another version; the series then starts over
   */
  restore({ key, target, lastMs, bytes }: SeriesRecord): boolean {
    if (this.isFull) return false;
    const forecaster = this.bank.restore(key, target, bytes);
    if (isUsual(key, target)) {
      this.map.set(key, { ...forecaster, lastMs, others: undefined });
      return true;
    }
    const series = this.map.find(key) ?? this.make(key, undefined);
    if (!series || this.isFull) {
      forecaster.predictor.release();
      return false;
    }
    series.lastMs = Math.max(series.lastMs, lastMs);
    this.map.add(key, series, forecaster);
    return true;
  }

  /** A new series, where there is room for it. */
  private make(key: SeriesKey, intervalMs: number | undefined): Series | undefined {
    if (this.isFull) return undefined;
    const usual = this.bank.create(key, usualTarget(key.metric), intervalMs);
    const series: Series = { ...usual, lastMs: 0, others: undefined };
    this.map.set(key, series);
    this.meet(series, key);
    return series;
  }
}

function isUsual({ metric }: SeriesKey, { limit, horizonMs }: Target): boolean {
  const usual = usualTarget(metric);
  return limit === usual.limit && horizonMs === usual.horizonMs;
}

function forecastersOf(series: Series): readonly Forecaster[] {
  return series.others ? [series, ...series.others] : [series];
}

/** One forecast a limit. */
function forecastsOf(series: Series): Forecast[] {
  const limits = new Set(forecastersOf(series).map(({ limit }) => limit));
  return [...limits].flatMap((limit) => forecastAt(series, limit) ?? []);
}

/** Where two look ahead of one limit over different horizons, the sooner breach is the one to tell. */
function forecastAt(series: Series, limit: number): Forecast | undefined {
  const found = forecastersOf(series).flatMap((one) => (one.limit === limit && one.forecast ? [one.forecast] : []));
  return found.toSorted((a, b) => (a.breachAt < b.breachAt ? -1 : 1))[0];
}
