import { type Forecast, type Incident, microsToIso, type SampleBatch } from '#domain';
import { consoleLine } from './console-line.js';
import { AlarmEngine } from './engine.js';
import { DEFAULT_RULES_LIMIT, type Rules } from './levels.js';

/** One series of the stored history, oldest first. */
export interface ReplaySeries {
  process: string;
  field: 'cpuMax' | 'memMax';
  points: { timeMs: number; value: number }[];
}

/** A predictor of one series, as the prediction has one for each. */
export interface ReplayPredictor {
  update: (
    timeMs: number,
    value: number,
  ) => { amber: boolean; probability: number; breach?: { atMs: number; fromMs: number; toMs: number }; text: string };
}

export interface Replayed {
  lines: string[];
  incidents: Incident[];
}

/**
 * What a set of rules would have raised on one host: the same engine over its stored history, with the predictor of
 * the prediction. Silence is not judged, because no rule is about it, and neither is the sum of a program's memory,
 * because the history lacks the memory of the host.
 */
export function replayHost(
  host: string,
  service: string | null,
  series: ReplaySeries[],
  stepMs: number,
  rules: Rules,
  predictor: (metric: 'cpu' | 'mem') => ReplayPredictor,
): Replayed {
  let ids = 0;
  const engine = new AlarmEngine({ rules, newId: () => `replay-${host.length}-${++ids}` });
  const predictors = series.map(({ field }) => predictor(field === 'cpuMax' ? 'cpu' : 'mem'));
  const lines: string[] = [];
  const incidents = new Map<string, Incident>();
  const forecasts = new Map<number, Forecast>();
  for (const [timeMs, values] of ticksOf(series)) {
    for (const [index, value] of values) {
      const one = series[index];
      const said = predictors[index]?.update(timeMs, value);
      if (one && said?.amber && said.breach)
        forecasts.set(index, forecastOf(host, one, timeMs, value, said, said.breach));
      else forecasts.delete(index);
    }
    const events = [
      { kind: 'samples' as const, batch: batchOf(host, service, series, timeMs, stepMs, values) },
      { kind: 'forecasts' as const, forecasts: [...forecasts.values()] },
      { kind: 'tick' as const },
    ];
    for (const event of events) {
      for (const action of engine.apply(event, timeMs)) {
        incidents.set(action.incident.id, action.incident);
        if (action.kind === 'change') lines.push(consoleLine(action, timeMs));
      }
    }
  }
  return { lines, incidents: [...incidents.values()] };
}

/** For each time in order, the values of the series that have one then, by their index. */
function ticksOf(series: ReplaySeries[]): [number, Map<number, number>][] {
  const ticks = new Map<number, Map<number, number>>();
  for (const [index, { points }] of series.entries()) {
    for (const { timeMs, value } of points) {
      let values = ticks.get(timeMs);
      if (!values) ticks.set(timeMs, (values = new Map()));
      values.set(index, value);
    }
  }
  return [...ticks].sort(([a], [b]) => a - b);
}

function batchOf(
  host: string,
  service: string | null,
  series: ReplaySeries[],
  timeMs: number,
  stepMs: number,
  values: Map<number, number>,
): SampleBatch {
  const programs = new Map<string, { cpuMax: number | null; memMax: number | null }>();
  for (const [index, value] of values) {
    const one = series[index];
    if (!one) continue;
    const program = programs.get(one.process) ?? { cpuMax: null, memMax: null };
    program[one.field] = value;
    programs.set(one.process, program);
  }
  const all = [...programs.values()];
  return {
    id: `replay-${timeMs}`,
    host,
    ...(service !== null && { service }),
    time: microsToIso(Math.round(timeMs) * 1000),
    intervalMs: stepMs,
    names: [...programs.keys()],
    count: all.map(() => 1),
    cpuMax: all.map(({ cpuMax }) => cpuMax),
    memMax: all.map(({ memMax }) => memMax),
  };
}

function forecastOf(
  host: string,
  { process, field }: ReplaySeries,
  timeMs: number,
  value: number,
  said: { probability: number; text: string },
  breach: { atMs: number; fromMs: number; toMs: number },
): Forecast {
  const iso = (ms: number) => microsToIso(Math.round(ms) * 1000);
  return {
    host,
    process,
    metric: field === 'cpuMax' ? 'cpu' : 'mem',
    time: iso(timeMs),
    value,
    limit: DEFAULT_RULES_LIMIT,
    breachAt: iso(breach.atMs),
    breachFrom: iso(breach.fromMs),
    breachTo: iso(breach.toMs),
    probability: Math.min(1, Math.max(0, said.probability)),
    reason: said.text.slice(0, 200) || 'trend',
  };
}
