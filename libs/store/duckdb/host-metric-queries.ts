import type { HostMetricsQuery } from '../usage-store.js';
import type { Query } from './duckdb-file.js';
import { Conditions } from './sql-conditions.js';

/** Means of each step of each device as `HostMetricRow`s, in the order of device and time; the host is exact. */
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
