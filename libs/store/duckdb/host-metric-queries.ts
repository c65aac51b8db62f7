import type { SumField } from '#domain';
import type { HostMetricsQuery, ProgramSumsQuery } from '../usage-store.js';
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

const sumColumns: Record<SumField, string> = { cpu: 'cpu', mem: 'mem', rssBytes: 'rss_bytes', count: 'count' };

/** The programs of a host added up, tick by tick, as `HostMetricRow`s of one series without tags. */
export function programSumsQuery({ host, field, from, to, stepMicros, extremes }: ProgramSumsQuery): Query {
  const column = sumColumns[field];
  const conditions = new Conditions()
    .add('host = (SELECT id FROM hosts WHERE name = $)', host)
    .add('time >= $', BigInt(Math.ceil(from)))
    .add(`${column} IS NOT NULL`);
  if (to !== undefined) conditions.add('time < $', BigInt(Math.ceil(to)));
  const step = conditions.bind(BigInt(stepMicros));
  return {
    sql: `SELECT '{}', (time // ${step} * ${step})::DOUBLE AS step, avg(value)${extremes ? ', min(value), max(value)' : ''}
      FROM (SELECT time, sum(${column})::DOUBLE AS value FROM samples WHERE ${conditions.where} GROUP BY time)
      GROUP BY ALL ORDER BY step`,
    parameters: conditions.parameters,
  };
}
