import { STEP_MS } from './series-state.js';
import type { JudgedSeries } from './yardstick.js';

/**
 * Series of a CSV file with a heading, in one of two forms: one series a line with the columns of the yardstick
 * (`id, metric, step_s, warmup, tod_s, group, values`), or one sample a line with `time` (ISO 8601 or seconds) and `value`,
 * and where there are several series `host`, `process` and `metric`. Samples are averaged over five minutes; without
 * `redTimes`, which finds the breaches in them, the first day is history.
 * @throws Error naming the line that is wrong.
 */
export function parseSeries(text: string, redTimes?: RedTimes): JudgedSeries[] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const columns = (lines[0] ?? '').split(',').map((name) => name.trim());
  const at = (name: string) => columns.indexOf(name);
  if (at('values') >= 0) return lines.slice(1).map((line, i) => wholeSeries(columns, line, i + 2));
  if (at('time') < 0 || at('value') < 0) {
    throw new Error(`The first line must name the columns time and value, or values; it has ${columns.join(', ')}`);
  }
  const samples = new Map<string, SeriesSample[]>();
  for (const [i, line] of lines.slice(1).entries()) {
    const cells = line.split(',');
    const time = cells[at('time')] ?? '';
    const timeMs = /^[\d.]+$/.test(time) ? Number(time) * 1000 : Date.parse(time);
    const value = Number(cells[at('value')]);
    if (!Number.isFinite(timeMs) || !Number.isFinite(value) || cells[at('value')] === '') {
      throw new Error(`Line ${i + 2} needs a time and a value: ${line.slice(0, 80)}`);
    }
    const key = ['host', 'process', 'metric'].map((name) => cells[at(name)] ?? '').join(' ');
    const list = samples.get(key);
    if (list) list.push({ timeMs, value });
    else samples.set(key, [{ timeMs, value }]);
  }
  return [...samples]
    .map(([id, list]) => inSteps(id.trim() || 'series', list, undefined, redTimes))
    .filter(({ values }) => values.length > 0);
}

function wholeSeries(columns: string[], line: string, number: number): JudgedSeries {
  const cells = line.split(',');
  const cell = (name: string): string => cells[columns.indexOf(name)] ?? '';
  const values = cell('values').split(' ').map(Number);
  const stepMs = Number(cell('step_s')) * 1000;
  if (!values.every(Number.isFinite) || !(stepMs > 0))
    throw new Error(`Line ${number} needs step_s and numbers in values`);
  return {
    id: cell('id'),
    group: cell('group') || cell('id'),
    stepMs,
    startMs: Number(cell('tod_s')) * 1000,
    warmup: Number(cell('warmup')),
    metric: cell('metric') === 'mem' ? 'mem' : 'cpu',
    values,
  };
}

export interface SeriesSample {
  timeMs: number;
  value: number;
}

/** When the alarm turns RED over the samples of one series, ms; they are that far apart. */
export type RedTimes = (samples: SeriesSample[], metric: 'cpu' | 'mem', intervalMs: number) => number[];

/**
 * Five-minute means; a step without a sample keeps the value before it. Where breaches are found in the samples
 * themselves, all of them count, and nothing is history only.
 */
export function inSteps(id: string, samples: readonly SeriesSample[], group = id, redTimes?: RedTimes): JudgedSeries {
  const sorted = samples.toSorted((a, b) => a.timeMs - b.timeMs);
  const first = Math.floor((sorted[0]?.timeMs ?? 0) / STEP_MS);
  const last = Math.floor((sorted.at(-1)?.timeMs ?? -STEP_MS) / STEP_MS);
  const sums = new Map<number, { sum: number; n: number }>();
  for (const { timeMs, value } of sorted) {
    const step = Math.floor(timeMs / STEP_MS);
    const mean = sums.get(step) ?? { sum: 0, n: 0 };
    sums.set(step, { sum: mean.sum + value, n: mean.n + 1 });
  }
  const metric = id.endsWith('mem') ? 'mem' : 'cpu';
  const values: number[] = [];
  for (let step = first; step <= last; step++) {
    const mean = sums.get(step);
    values.push(mean ? mean.sum / mean.n : (values.at(-1) ?? 0));
  }
  return {
    id,
    group,
    stepMs: STEP_MS,
    startMs: first * STEP_MS,
    warmup: redTimes ? 0 : Math.min(288, values.length >> 2),
    metric,
    values,
    ...(redTimes && {
      breaches: redTimes(sorted, metric, usualGapMs(sorted)).map((timeMs) => Math.floor(timeMs / STEP_MS) - first),
    }),
  };
}

/** The median time between two samples, ms. */
function usualGapMs(sorted: readonly SeriesSample[]): number {
  const gaps = sorted.slice(1).map(({ timeMs }, i) => timeMs - (sorted[i]?.timeMs ?? timeMs));
  return gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? STEP_MS;
}
