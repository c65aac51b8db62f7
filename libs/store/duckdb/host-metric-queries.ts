import { type HostMetricSeries, type HostTags, type Micros, microsToIso } from '#domain';
import type { Query } from './duckdb-file.js';
import { Conditions } from './sql-conditions.js';
import type { HostMetricsQuery } from '../usage-store.js';

export type HostMetricRow = [tags: string, step: number, value: number];

/** Means of each step of each device; the host is exact. */
export function hostMetricsQuery({ host, measurement, field, from, to, stepMicros }: HostMetricsQuery): Query {
  const conditions = new Conditions()
    .add('host = (SELECT id FROM hosts WHERE name = $)', host)
    .add('measurement = $', measurement)
    .add('field = $', field)
    .add('time >= $', BigInt(Math.ceil(from)));
  if (to !== undefined) conditions.add('time < $', BigInt(Math.ceil(to)));
  const step = conditions.bind(BigInt(stepMicros));
  return {
    sql: `SELECT tags, (time // ${step} * ${step})::DOUBLE AS step, avg(value)
      FROM host_metrics WHERE ${conditions.where} GROUP BY ALL ORDER BY tags, step`,
    parameters: conditions.parameters,
  };
}

/** Rows in the order of device and time. */
export function toHostMetrics(rows: HostMetricRow[]): HostMetricSeries[] {
  const series = new Map<string, [Micros, number][]>();
  for (const [tags, step, value] of rows) {
    const points = series.get(tags);
    if (points) points.push([step, value]);
    else series.set(tags, [[step, value]]);
  }
  return [...series].map(([tags, points]) => ({
    tags: JSON.parse(tags) as HostTags,
    points: points.map(([step, value]) => [microsToIso(step), value]),
  }));
}
