import { type Forecast, msToIso, isoToMicros, type ProcessMetric, type SampleBatch } from '#domain';
import { DEFAULT_RULES_LIMIT } from './levels.js';

/** A predictor of one series, as the prediction has one for each. */
export interface ReplayPredictor {
  update: (
    timeMs: number,
    value: number,
  ) => { amber: boolean; probability: number; breach?: { atMs: number; fromMs: number; toMs: number }; text: string };
}

/** What the prediction would have said of recorded batches, with a predictor for each series. */
export class ReplayForecasts {
  /** What was said at each moment at which something was; to be said again without predicting again. */
  readonly said = new Map<number, Forecast[]>();
  private readonly predictors = new Map<string, Map<string, ReplayPredictor>>();
  private readonly standing = new Map<string, Forecast[]>();

  constructor(private readonly create: (metric: ProcessMetric, intervalMs: number | undefined) => ReplayPredictor) {}

  /** All forecasts that stand after these batches; undefined where none does, nor did before. */
  readonly at = (timeMs: number, batches: SampleBatch[]): Forecast[] | undefined => {
    const before = this.standing.size;
    for (const batch of batches) {
      const forecasts = this.predict(batch);
      if (forecasts.length > 0) this.standing.set(batch.host, forecasts);
      else this.standing.delete(batch.host);
    }
    if (before === 0 && this.standing.size === 0) return undefined;
    const all = [...this.standing.values()].flat();
    this.said.set(timeMs, all);
    return all;
  };

  private predict(batch: SampleBatch): Forecast[] {
    const { host, names, cpuMax, memMax } = batch;
    let known = this.predictors.get(host);
    if (!known) this.predictors.set(host, (known = new Map()));
    const found: Forecast[] = [];
    for (const metric of ['cpu', 'mem'] as const) {
      const values = metric === 'cpu' ? cpuMax : memMax;
      for (const [row, process] of names.entries()) {
        const value = values?.[row] ?? null;
        if (value === null) continue;
        const key = `${metric} ${process}`;
        let predictor = known.get(key);
        if (!predictor) known.set(key, (predictor = this.create(metric, batch.intervalMs)));
        const forecast = forecastOf({ host, process, metric, value }, batch.time, predictor);
        if (forecast) found.push(forecast);
      }
    }
    return found;
  }
}

function forecastOf(
  sample: Pick<Forecast, 'host' | 'process' | 'metric' | 'value'>,
  time: string,
  predictor: ReplayPredictor,
): Forecast | undefined {
  const { amber, breach, probability, text } = predictor.update(isoToMicros(time) / 1000, sample.value);
  if (!amber || !breach) return undefined;
  return {
    ...sample,
    time,
    limit: DEFAULT_RULES_LIMIT,
    breachAt: msToIso(breach.atMs),
    breachFrom: msToIso(breach.fromMs),
    breachTo: msToIso(breach.toMs),
    probability: Math.min(1, Math.max(0, probability)),
    reason: text.slice(0, 200) || 'trend',
  };
}
