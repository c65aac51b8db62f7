import {
  isoToMicros,
  MAX_HORIZON_MS,
  type Forecast,
  type ForecastUpdate,
  type ProcessMetric,
  type SampleBatch,
  type SeriesPredictor,
} from '#domain';

/** A series that had no sample for so long is forgotten; a leak across a restart of its program is still seen. */
const FORGET_AFTER_MS = 2 * 3_600_000;
/** The column that limits are set on: the largest single process. */
const columns = { cpu: 'cpuMax', mem: 'memMax' } as const satisfies Record<ProcessMetric, keyof SampleBatch>;

export const metrics = Object.keys(columns) as ProcessMetric[];
export const fieldOf = (metric: ProcessMetric) => columns[metric];

interface Series {
  predictor: SeriesPredictor;
  lastMs: number;
  forecast: Forecast | undefined;
}

type SeriesKey = Pick<Forecast, 'host' | 'process' | 'metric'>;

/** The state of every series, and what changed in their forecasts since the server was last told. */
export class SeriesBoard {
  private readonly hosts = new Map<string, Map<string, Partial<Record<ProcessMetric, Series>>>>();
  private changed = new Map<string, SeriesKey & { forecast: Forecast | undefined }>();
  size = 0;

  constructor(
    private readonly limit: number,
    private readonly create: (metric: ProcessMetric) => SeriesPredictor,
  ) {}

  take(batch: SampleBatch): void {
    const timeMs = isoToMicros(batch.time) / 1000;
    for (const metric of metrics) {
      const values = batch[columns[metric]];
      if (!values) continue;
      for (const [i, process] of batch.names.entries()) {
        const value = values[i];
        if (value !== null && value !== undefined) this.update({ host: batch.host, process, metric }, timeMs, value);
      }
    }
  }

  update(key: SeriesKey, timeMs: number, value: number): void {
    const series = this.find(key);
    // Late and repeated samples say nothing new about what comes.
    if (timeMs <= series.lastMs) return;
    series.lastMs = timeMs;
    const prediction = series.predictor.update(timeMs, value);
    const before = series.forecast;
    const { breach } = prediction;
    const amber =
      prediction.amber && breach !== undefined && value <= this.limit && breach.atMs - timeMs <= MAX_HORIZON_MS;
    if (!amber && !before) return;
    series.forecast = amber
      ? {
          ...key,
          time: iso(timeMs),
          value,
          limit: this.limit,
          breachAt: iso(breach.atMs),
          breachFrom: iso(breach.fromMs),
          breachTo: iso(breach.toMs),
          probability: Math.min(1, Math.max(0, prediction.probability)),
          reason: prediction.reason.slice(0, 200),
        }
      : undefined;
    this.changed.set(JSON.stringify([key.host, key.process, key.metric]), { ...key, forecast: series.forecast });
  }

  /** The newest time that any series has, in milliseconds. */
  newestMs(): number {
    let newest = 0;
    for (const [series] of this.all()) newest = Math.max(newest, series.lastMs);
    return newest;
  }

  /** What the server has to be told now; `full` where it may know nothing. */
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
      delete programs?.get(key.process)?.[key.metric];
      if (Object.keys(programs?.get(key.process) ?? {}).length === 0) programs?.delete(key.process);
      if (programs?.size === 0) this.hosts.delete(key.host);
      this.size--;
      if (series.forecast)
        this.changed.set(JSON.stringify([key.host, key.process, key.metric]), { ...key, forecast: undefined });
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

  private find({ host, process, metric }: SeriesKey): Series {
    let programs = this.hosts.get(host);
    if (!programs) this.hosts.set(host, (programs = new Map()));
    let series = programs.get(process);
    if (!series) programs.set(process, (series = {}));
    const found = series[metric];
    if (found) return found;
    this.size++;
    return (series[metric] = { predictor: this.create(metric), lastMs: 0, forecast: undefined });
  }
}

function iso(ms: number): string {
  return new Date(Math.round(ms)).toISOString();
}
