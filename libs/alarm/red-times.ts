import { type Forecast, microsToIso, type ProcessMetric, type SampleBatch } from '#domain';
import { AlarmEngine } from './engine.js';
import { DEFAULT_RULES_LIMIT, defaultLevels, defaultRules } from './levels.js';

export interface RedTimesOptions {
  metric: ProcessMetric;
  /** Time between two ticks of the host, ms. */
  intervalMs: number;
  /** What the prediction says of each sample; a breach that it predicted never counts as flapping. */
  predict?: (
    timeMs: number,
    value: number,
  ) => { amber: boolean; breach?: { atMs: number; fromMs: number; toMs: number } };
}

/**
 * When the alarm turns RED for one program, ms: its own engine with the shipped rules over the samples, oldest first. A
 * gap in them is a program that was gone while its host reported.
 */
export function redTimes(
  samples: readonly { timeMs: number; value: number }[],
  { metric, intervalMs, predict }: RedTimesOptions,
): number[] {
  const engine = new AlarmEngine({ rules: defaultRules, newId: () => 'red-times' });
  const times: number[] = [];
  const take = (timeMs: number, value: number | null) => {
    const said = value === null ? undefined : predict?.(timeMs, value);
    const forecasts = said?.amber && said.breach ? [forecastOf(metric, timeMs, value ?? 0, said.breach)] : [];
    for (const event of [
      { kind: 'samples' as const, batch: batchOf(metric, timeMs, intervalMs, value) },
      { kind: 'forecasts' as const, forecasts },
      { kind: 'tick' as const },
    ]) {
      for (const { kind, incident } of engine.apply(event, timeMs))
        if (kind === 'change' && incident.color === 'RED') times.push(Date.parse(incident.since));
    }
  };
  let lastMs = samples[0]?.timeMs ?? 0;
  const endsMs = defaultLevels.usage.clearTicks * intervalMs;
  for (const { timeMs, value } of samples) {
    // Its host reports that it is gone: when that ends its alert, and at the last tick before it is back.
    for (const goneMs of [lastMs + intervalMs, lastMs + endsMs, timeMs - intervalMs])
      if (timeMs - lastMs > endsMs && goneMs < timeMs) take(goneMs, null);
    take(timeMs, value);
    lastMs = timeMs;
  }
  return times;
}

function batchOf(metric: ProcessMetric, timeMs: number, intervalMs: number, value: number | null): SampleBatch {
  const values = value === null ? [] : [value];
  return {
    id: `red-times-${timeMs}`,
    host: 'host',
    time: isoOf(timeMs),
    intervalMs,
    names: values.map(() => 'program'),
    count: values.map(() => 1),
    ...(metric === 'cpu' ? { cpuMax: values } : { memMax: values }),
  };
}

function forecastOf(
  metric: ProcessMetric,
  timeMs: number,
  value: number,
  { atMs, fromMs, toMs }: { atMs: number; fromMs: number; toMs: number },
): Forecast {
  return {
    host: 'host',
    process: 'program',
    metric,
    time: isoOf(timeMs),
    value,
    limit: DEFAULT_RULES_LIMIT,
    breachAt: isoOf(atMs),
    breachFrom: isoOf(fromMs),
    breachTo: isoOf(toMs),
    probability: 1,
    reason: 'breach',
  };
}

function isoOf(ms: number): string {
  return microsToIso(Math.round(ms * 1000));
}
