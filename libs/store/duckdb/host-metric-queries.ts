import type { HostMetricsQuery } from '../usage-store.js';
import type { Query } from './duckdb-file.js';
import { Conditions } from './sql-conditions.js';

/** How much a counter grew a second since the sample of its device before. */
const growth = `(value - lag(value) OVER device) * 1e6 / (time - lag(time) OVER device)`;

/** Means of each step of each device as `HostMetricRow`s, in the order of device and time; the host is exact. */
export function hostMetricsQuery(query: HostMetricsQuery): Query {
  const { host, measurement, field, from, to, stepMicros, rate, extremes } = query;
  const conditions = new Conditions()
    .add('host = (SELECT id FROM hosts WHERE name = $)', host)
    .add('measurement = $', measurement)
    .add('field = $', field)
    .add('time >= $', BigInt(Math.ceil(from)));
  if (to !== undefined) conditions.add('time < $', BigInt(Math.ceil(to)));
  const step = conditions.bind(BigInt(stepMicros));
  const asked = `FROM host_metrics WHERE ${conditions.where}`;
  // Where a counter fell, it began anew, as after a restart of the machine.
  const rates = `FROM (SELECT tags, time, ${growth} AS value ${asked} WINDOW device AS (PARTITION BY tags ORDER BY time))
    WHERE value >= 0`;
  return {
    sql: `SELECT tags, (time // ${step} * ${step})::DOUBLE AS step, avg(value)${extremes ? ', min(value), max(value)' : ''}
      ${rate ? rates : asked} GROUP BY ALL ORDER BY tags, step`,
    parameters: conditions.parameters,
  };
}
