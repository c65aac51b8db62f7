import {
  type Aggregate,
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

/** Points of many series, put together from the windows that the database has computed. */
export class Steps {
  private readonly series = new Map<string, Map<Micros, { sum: number; count: number; max: number }>>();

  constructor(private readonly stepMicros: Micros) {}

  add({ host = '', process_name = '', result, _time = '', _value }: FluxRow): void {
    const start = stepOf(_time, this.stepMicros);
    const key = groupKey(decodeName(host), decodeName(process_name));
    let steps = this.series.get(key);
    if (!steps) this.series.set(key, (steps = new Map()));
    let step = steps.get(start);
    if (!step) steps.set(start, (step = { sum: 0, count: 0, max: -Infinity }));
    if (result === 'sum') step.sum += _value;
    else if (result === 'count') step.count += _value;
    else step.max = Math.max(step.max, _value);
  }

  /** The mean of each step where sum and count were added, else the largest, else the sum. */
  points(host: string, process: string): [string, number][] {
    const steps = this.series.get(groupKey(host, process)) ?? new Map<Micros, never>();
    return [...steps]
      .toSorted(([a], [b]) => a - b)
      .map(([start, { sum, count, max }]) => [
        microsToIso(start),
        finite(count > 0 ? sum / count : max > -Infinity ? max : sum),
      ]);
  }
}

/** Means of each step of each device, which has several series if the host has changed its service. */
export function hostMetricRows(rows: FluxRow[], stepMicros: Micros): HostMetricRow[] {
  const columns = (row: FluxRow) => hostMetricColumns.map((column) => row[column as keyof FluxRow]);
  const windowOf = (row: FluxRow) => JSON.stringify([row._time, columns(row)]);
  const counted = rows.filter(({ result }) => result === 'count');
  const countOf = new Map(counted.map((row) => [windowOf(row), row._value]));
  const steps = new Map<string, { row: HostMetricRow; count: number }>();
  for (const row of rows.filter(({ result }) => result === 'mean')) {
    const [tags, start, count] = [
      tagsText(tagsOf(row)),
      stepOf(row._time ?? '', stepMicros),
      countOf.get(windowOf(row)) ?? 1,
    ];
    const step = steps.get(`${start} ${tags}`);
    if (!step) {
      steps.set(`${start} ${tags}`, { row: [tags, start, row._value], count });
      continue;
    }
    step.count += count;
    step.row[2] += ((row._value - step.row[2]) * count) / step.count;
  }
  return [...steps.values()]
    .map(({ row }) => row)
    .toSorted(([a, first], [b, second]) => compareUtf8(a, b) || first - second);
}

/** The tags of a device, among the columns of a row. */
function tagsOf(row: FluxRow): HostTags {
  const columns = Object.entries(row).filter(([column, value]) => column in hostTags.shape && value !== '');
  return Object.fromEntries(columns.map(([column, value]) => [column, decodeName(String(value))]));
}
