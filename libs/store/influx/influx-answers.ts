import {
  type Aggregate,
  type HistorySeries,
  type HostTags,
  hostTags,
  type Micros,
  microsToIso,
  type ProgramUsage,
  type UsageField,
  type UsageOrder,
} from '#domain';
import { compareUtf8 } from '../compare-utf8.js';
import { finite } from '../finite.js';
import { type HostMetricRow, tagsText } from '../host-metric-series.js';
import { addPoint } from '../series-point.js';
import { type Aggregation, hostMetricColumns } from './influx-flux.js';
import { decodeName } from './influx-escape.js';
import type { FluxRow } from './influx-queries.js';
import { groupKey, timeOf, type Totals } from './totals.js';

const counts: Aggregation = { fields: ['cpu', 'mem', 'count'], function: 'count' };

export const usageAggregations: Record<Exclude<Aggregate, 'mean'>, Aggregation[]> = {
  total: [{ fields: ['cpu', 'mem'], function: 'sum' }, counts],
  max: [
    { fields: ['cpuMax', 'memMax'], function: 'max' },
    { fields: ['count', 'cpu', 'mem'], function: 'count' },
  ],
};

export const usageValues: Record<Aggregate, (totals: Totals, field: 'cpu' | 'mem') => number | null> = {
  mean: (totals, field) => finite(totals.perProcess(field)),
  total: (totals, field) => finite(totals.mean(field)),
  max: (totals, field) => finite(totals.largest(field)),
};

export const programAggregations: Aggregation[] = [
  { fields: ['cpu', 'mem', 'count', 'rssBytes'], function: 'sum' },
  { fields: ['cpu', 'mem', 'count', 'rssBytes'], function: 'count' },
  { fields: ['cpuMax', 'memMax'], function: 'max' },
  { fields: ['count', 'unit'], function: 'last' },
];

/** Tells which unit a program runs in. */
export const unitAggregation: Aggregation = { fields: ['count', 'unit'], function: 'last' };

/** What is asked of every program to order those that have the value. */
export function orderAggregations(order: UsageOrder): Aggregation[] {
  if (order === 'cpuMax' || order === 'memMax') return [{ fields: [order], function: 'max' }];
  const fields: UsageField[] = [meanFields[order]];
  // A mean per process divides by their number.
  if (order === 'cpu' || order === 'mem') fields.push('count');
  return [
    { fields, function: 'sum' },
    { fields, function: 'count' },
  ];
}

const meanFields = {
  cpu: 'cpu',
  cpuTotal: 'cpu',
  mem: 'mem',
  memTotal: 'mem',
  rssBytes: 'rssBytes',
  count: 'count',
} as const satisfies Partial<Record<UsageOrder, UsageField>>;

/** Tells which programs there are. */
export const presence: Aggregation[] = [{ fields: ['count'], function: 'count' }];

/** The value that a program is ordered by. */
export const orderValues = {
  cpu: (totals) => finite(totals.perProcess('cpu')),
  cpuTotal: (totals) => finite(totals.mean('cpu')),
  cpuMax: (totals) => finite(totals.largest('cpu')),
  mem: (totals) => finite(totals.perProcess('mem')),
  memTotal: (totals) => finite(totals.mean('mem')),
  memMax: (totals) => finite(totals.largest('mem')),
  rssBytes: (totals) => finite(totals.mean('rssBytes')),
  count: (totals) => totals.processes,
} satisfies Record<UsageOrder, (totals: Totals) => number | null>;

export function toProgram(totals: Totals): ProgramUsage {
  return {
    host: totals.host,
    process: totals.process,
    samples: totals.samples,
    count: orderValues.count(totals),
    cpu: orderValues.cpu(totals),
    cpuTotal: orderValues.cpuTotal(totals),
    cpuMax: orderValues.cpuMax(totals),
    mem: orderValues.mem(totals),
    memTotal: orderValues.memTotal(totals),
    memMax: orderValues.memMax(totals),
    rssBytes: orderValues.rssBytes(totals),
    ...(totals.unit === undefined ? {} : { unit: totals.unit }),
    lastTime: microsToIso(totals.lastTime),
  };
}

export function byHostAndProcess(a: { host: string; process: string }, b: { host: string; process: string }): number {
  return compareUtf8(a.host, b.host) || compareUtf8(a.process, b.process);
}

/** Start of the step that a window belongs to: the first window begins where the range does, and its step before. */
function stepOf(time: string, stepMicros: Micros): Micros {
  return Math.floor(timeOf(time) / stepMicros) * stepMicros;
}

/** What the database has computed of one window, as far as it was asked for. */
class Step {
  private sum = 0;
  private count = 0;
  private least = Infinity;
  private largest = -Infinity;

  add(result: string, value: number): void {
    if (result === 'sum') this.sum += value;
    else if (result === 'count') this.count += value;
    else if (result === 'min') this.least = Math.min(this.least, value);
    else this.largest = Math.max(this.largest, value);
  }

  value(of: 'mean' | 'sum' | 'max'): number {
    if (of === 'mean') return this.sum / this.count;
    return of === 'sum' ? this.sum : this.largest;
  }

  get extremes(): [least: number, largest: number] {
    return [this.least, this.largest];
  }
}

/** What is asked of each window for its value, and for its extremes as well. */
export function stepFunctions(value: 'mean' | 'sum' | 'max', extremes: boolean | undefined): string[] {
  const own = value === 'mean' ? ['sum', 'count'] : [value];
  return extremes ? [...new Set([...own, 'min', 'max'])] : own;
}

/** Points of many series, put together from the windows that the database has computed. */
export class Steps {
  private readonly series = new Map<string, Map<Micros, Step>>();

  constructor(private readonly stepMicros: Micros) {}

  add({ host = '', process_name = '', result, _time = '', _value }: FluxRow): void {
    const start = stepOf(_time, this.stepMicros);
    const key = groupKey(decodeName(host), decodeName(process_name));
    let steps = this.series.get(key);
    if (!steps) this.series.set(key, (steps = new Map()));
    let step = steps.get(start);
    if (!step) steps.set(start, (step = new Step()));
    step.add(result, _value);
  }

  points(host: string, process: string, value: 'mean' | 'sum' | 'max', extremes: boolean | undefined) {
    const steps = this.series.get(groupKey(host, process)) ?? new Map<Micros, never>();
    const series: Pick<HistorySeries, 'points' | 'extremes'> = { points: [] };
    for (const [start, step] of [...steps].toSorted(([a], [b]) => a - b)) {
      addPoint(series, start, step.value(value), ...(extremes ? step.extremes : []));
    }
    return series;
  }
}

/** Means of each step of each device, which has several series if the host has changed its service. */
export function hostMetricRows(rows: FluxRow[], stepMicros: Micros): HostMetricRow[] {
  const columns = (row: FluxRow) => hostMetricColumns.map((column) => row[column as keyof FluxRow]);
  const windowOf = (row: FluxRow) => JSON.stringify([row._time, columns(row)]);
  const valuesOf = (asked: string) =>
    new Map(rows.filter(({ result }) => result === asked).map((row) => [windowOf(row), row._value]));
  const [samples, least, largest] = [valuesOf('count'), valuesOf('min'), valuesOf('max')];
  const steps = new Map<string, CountedRow>();
  for (const row of rows.filter(({ result }) => result === 'mean')) {
    const [tags, start, window] = [tagsText(tagsOf(row)), stepOf(row._time ?? '', stepMicros), windowOf(row)];
    const count = samples.get(window) ?? 1;
    const one: HostMetricRow = [tags, start, row._value, least.get(window), largest.get(window)];
    const step = steps.get(`${start} ${tags}`);
    if (step) addTo(step, { row: one, count });
    else steps.set(`${start} ${tags}`, { row: one, count });
  }
  return [...steps.values()]
    .map(({ row }) => row)
    .toSorted(([a, first], [b, second]) => compareUtf8(a, b) || first - second);
}

interface CountedRow {
  row: HostMetricRow;
  count: number;
}

/** Puts two windows of the same step together. */
function addTo(step: CountedRow, { row: [, , value, least, largest], count }: CountedRow): void {
  const { row } = step;
  step.count += count;
  row[2] += ((value - row[2]) * count) / step.count;
  if (row[3] !== undefined && least !== undefined) row[3] = Math.min(row[3], least);
  if (row[4] !== undefined && largest !== undefined) row[4] = Math.max(row[4], largest);
}

/** What the programs of a host come to in each window, divided by its ticks. */
export function sumRows(rows: FluxRow[], stepMicros: Micros): HostMetricRow[] {
  const steps = new Map<Micros, { sum: number; count: number }>();
  for (const { result, _time = '', _value } of rows) {
    const start = stepOf(_time, stepMicros);
    let step = steps.get(start);
    if (!step) steps.set(start, (step = { sum: 0, count: 0 }));
    if (result === 'sum') step.sum += _value;
    else step.count += _value;
  }
  return [...steps]
    .toSorted(([a], [b]) => a - b)
    .map(([start, { sum, count }]) => ['{}', start, sum / Math.max(1, count)]);
}

/** The tags of a device, among the columns of a row. */
function tagsOf(row: FluxRow): HostTags {
  const columns = Object.entries(row).filter(([column, value]) => column in hostTags.shape && value !== '');
  return Object.fromEntries(columns.map(([column, value]) => [column, decodeName(String(value))]));
}
