import {
  type Aggregate,
  type HostTags,
  hostTags,
  isoToMicros,
  type Micros,
  microsToIso,
  type ProgramUsage,
} from '#domain';
import { compareUtf8 } from '../compare-utf8.js';
import type { Aggregation } from './influx-flux.js';
import { decodeName } from './influx-line.js';
import type { FluxRow, Totals } from './influx-reader.js';

/** The tags of a device, among the columns of a row. */
export function tagsOf(row: FluxRow): HostTags {
  const columns = Object.entries(row).filter(([column]) => column in hostTags.shape);
  return Object.fromEntries(columns.map(([column, value]) => [column, decodeName(String(value))]));
}

const counts: Aggregation = { fields: ['cpu', 'mem', 'count'], function: 'count' };

export const usageAggregations: Record<Exclude<Aggregate, 'mean'>, Aggregation[]> = {
  total: [{ fields: ['cpu', 'mem'], function: 'sum' }, counts],
  max: [
    { fields: ['cpuMax', 'memMax'], function: 'max' },
    { fields: ['count'], function: 'count' },
  ],
};

export const usageValues: Record<Aggregate, (totals: Totals, field: 'cpu' | 'mem') => number | null> = {
  mean: (totals, field) => totals.perProcess(field),
  total: (totals, field) => totals.mean(field),
  max: (totals, field) => totals.get('max', `${field}Max`),
};

export const programAggregations: Aggregation[] = [
  { fields: ['cpu', 'mem', 'count', 'rssBytes'], function: 'sum' },
  { fields: ['cpu', 'mem', 'count', 'rssBytes'], function: 'count' },
  { fields: ['cpuMax', 'memMax'], function: 'max' },
  { fields: ['count'], function: 'last' },
];

export function toProgram(totals: Totals): ProgramUsage {
  return {
    host: totals.host,
    process: totals.process,
    samples: totals.get('count', 'count') ?? 0,
    count: totals.mean('count') ?? 0,
    cpu: totals.perProcess('cpu'),
    cpuTotal: totals.mean('cpu'),
    cpuMax: totals.get('max', 'cpuMax'),
    mem: totals.perProcess('mem'),
    memTotal: totals.mean('mem'),
    memMax: totals.get('max', 'memMax'),
    rssBytes: totals.mean('rssBytes'),
    lastTime: microsToIso(isoToMicros(totals.lastTime)),
  };
}

export function byHostAndProcess(a: { host: string; process: string }, b: { host: string; process: string }): number {
  return compareUtf8(a.host, b.host) || compareUtf8(a.process, b.process);
}

/** Points of many series, put together from the windows that the database has computed. */
export class Steps {
  private readonly series = new Map<string, Map<Micros, { sum: number; count: number; max: number }>>();

  constructor(private readonly stepMicros: number) {}

  add(host: string, process: string, result: string, time: string, value: number): void {
    // The first window begins where the range does; its step begins before.
    const start = Math.floor(isoToMicros(time) / this.stepMicros) * this.stepMicros;
    const key = JSON.stringify([host, process]);
    let steps = this.series.get(key);
    if (!steps) this.series.set(key, (steps = new Map()));
    let step = steps.get(start);
    if (!step) steps.set(start, (step = { sum: 0, count: 0, max: -Infinity }));
    if (result === 'sum') step.sum += value;
    else if (result === 'count') step.count += value;
    else step.max = Math.max(step.max, value);
  }

  points(host: string, process: string): [string, number][] {
    const steps = this.series.get(JSON.stringify([host, process])) ?? new Map<Micros, never>();
    return [...steps]
      .toSorted(([a], [b]) => a - b)
      .map(([start, { sum, count, max }]) => [microsToIso(start), count > 0 ? sum / count : max]);
  }
}
