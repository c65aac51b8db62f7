import {
  type Aggregate,
  type HistorySeries,
  microsToIso,
  nameMap,
  type ProgramUsage,
  type UsageByName,
  type ValuesByName,
} from '#domain';
import { addPoint } from '../series-point.js';
import { finite } from '../finite.js';
import type { Query } from './duckdb-file.js';
import { nameColumn, nameOf } from './name-column.js';
import { fieldColumns, programConditions, windowConditions } from './sample-conditions.js';
import type { Conditions } from './sql-conditions.js';
import type {
  HistoryQuery,
  HostTotalsQuery,
  ProgramsQuery,
  SeriesQuery,
  StoredHostTotal,
  WindowQuery,
} from '../usage-store.js';
import { ORDER_DIGITS } from '../usage-order.js';

const usageExpressions: Record<Aggregate, (field: 'cpu' | 'mem') => string> = {
  mean: (field) => meanPerProcess(field),
  total: (field) => `avg(s.${field})`,
  max: (field) => `max(s.${field}_max)`,
};

/** Every process weighs the same; samples that lack the field don't count. */
function meanPerProcess(field: 'cpu' | 'mem'): string {
  return `sum(s.${field}) / sum(CASE WHEN s.${field} IS NOT NULL THEN s.count END)`;
}

export function usageByNameQuery(query: WindowQuery & { aggregate: Aggregate }): Query {
  const conditions = windowConditions(query);
  const expression = usageExpressions[query.aggregate];
  return {
    sql: `SELECT ${nameColumn('n.name')}, u.mem, u.cpu
      FROM (SELECT s.name, ${expression('mem')} AS mem, ${expression('cpu')} AS cpu
            FROM samples s WHERE ${conditions.where} GROUP BY s.name) u
      JOIN names n ON n.id = u.name ORDER BY n.name`,
    parameters: conditions.parameters,
  };
}

export type UsageRow = [name: string, mem: number | null, cpu: number | null];

export function toUsageByName(rows: UsageRow[]): UsageByName {
  return nameMap(rows.map(([name, mem, cpu]) => [nameOf(name), [finite(mem), finite(cpu)]]));
}

export function valuesByNameQuery(query: WindowQuery & { metric: 'cpu' | 'mem' }): Query {
  const conditions = windowConditions(query).add(`s.${query.metric} IS NOT NULL`);
  return {
    sql: `SELECT ${nameColumn('n.name')}, s.${query.metric} / s.count
      FROM samples s JOIN names n ON n.id = s.name JOIN hosts h ON h.id = s.host
      WHERE ${conditions.where} ORDER BY n.name, s.time, h.name`,
    parameters: conditions.parameters,
  };
}

export type ValueRow = [name: string, value: number];

export function toValuesByName(rows: ValueRow[]): ValuesByName {
  const values: ValuesByName = nameMap();
  for (const [name, value] of rows) (values[nameOf(name)] ??= []).push(finite(value));
  return values;
}

export function programsQuery(query: ProgramsQuery): Query {
  const conditions = programConditions(query);
  const value = query.order && orderValue(`u."${query.order}"`);
  const after = value ? afterInOrder(conditions, value, query) : afterCondition(conditions, query);
  const limit = conditions.bind(BigInt(query.limit));
  const inUnit = query.unit === undefined ? '' : `(SELECT id FROM names WHERE name = ${conditions.bind(query.unit)})`;
  const having = inUnit && `HAVING ${newestUnit} = ${inUnit}`;
  return {
    sql: `SELECT ${nameColumn('h.name')}, ${nameColumn('n.name')}, ${nameColumn('t.name')}, u.* EXCLUDE (host, name, unit)
      FROM (${meansOfPrograms(conditions)} ${having}) u
      JOIN hosts h ON h.id = u.host JOIN names n ON n.id = u.name LEFT JOIN names t ON t.id = u.unit
      ${after} ORDER BY ${value ? `${value} DESC NULLS LAST, ` : ''}h.name, n.name LIMIT ${limit}`,
    parameters: conditions.parameters,
  };
}

const newestUnit = 'arg_max_null(s.unit, s.time)';

function meansOfPrograms(conditions: Conditions): string {
  return `SELECT s.host, s.name, count(*)::DOUBLE AS samples, avg(s.count) AS "count",
      ${meanPerProcess('cpu')} AS cpu, avg(s.cpu) AS "cpuTotal", max(s.cpu_max) AS "cpuMax",
      ${meanPerProcess('mem')} AS mem, avg(s.mem) AS "memTotal", max(s.mem_max) AS "memMax",
      avg(s.rss_bytes) AS "rssBytes", ${newestUnit} AS unit, max(s.time)::DOUBLE AS "lastTime"
    FROM samples s WHERE ${conditions.where} GROUP BY s.host, s.name`;
}

export function hostTotalsQuery(query: HostTotalsQuery): Query {
  const conditions = programConditions(query);
  return {
    sql: `SELECT ${nameColumn('h.name')}, u.* EXCLUDE (host)
      FROM (SELECT p.host, count(*)::DOUBLE, sum(p."count"), sum(p."cpuTotal"), max(p."cpuMax"),
              sum(p."memTotal"), sum(p."rssBytes"), max(p."lastTime")
            FROM (${meansOfPrograms(conditions)}) p GROUP BY p.host) u
      JOIN hosts h ON h.id = u.host ORDER BY h.name`,
    parameters: conditions.parameters,
  };
}

export type HostTotalRow = [
  host: string,
  programs: number,
  count: number,
  cpuTotal: Mean,
  cpuMax: Mean,
  memTotal: Mean,
  rssBytes: Mean,
  lastTime: number,
];

export function toHostTotal([host, programs, count, ...rest]: HostTotalRow): StoredHostTotal {
  const [cpuTotal, cpuMax, memTotal, rssBytes, lastTime] = rest.map(finite) as typeof rest;
  return { host: nameOf(host), programs, count, cpuTotal, cpuMax, memTotal, rssBytes, lastTime: microsToIso(lastTime) };
}

type Mean = number | null;
export type ProgramRow = [
  host: string,
  process: string,
  unit: string | null,
  samples: number,
  count: number,
  cpu: Mean,
  cpuTotal: Mean,
  cpuMax: Mean,
  mem: Mean,
  memTotal: Mean,
  memMax: Mean,
  rssBytes: Mean,
  lastTime: number,
];

export function toProgram([host, process, unit, samples, count, ...rest]: ProgramRow): ProgramUsage {
  const [cpu, cpuTotal, cpuMax, mem, memTotal, memMax, rssBytes, lastTime] = rest.map(finite) as typeof rest;
  return {
    host: nameOf(host),
    process: nameOf(process),
    samples,
    count,
    cpu,
    cpuTotal,
    cpuMax,
    mem,
    memTotal,
    memMax,
    rssBytes,
    ...(unit === null ? {} : { unit: nameOf(unit) }),
    lastTime: microsToIso(lastTime),
  };
}

export function historyQuery(query: HistoryQuery): Query {
  const column = fieldColumns[query.field];
  const pick = query.field === 'cpuMax' || query.field === 'memMax' ? 'max' : 'avg';
  const conditions = programConditions(query).add(`s.${column} IS NOT NULL`);
  const after = afterCondition(conditions, query);
  const limit = conditions.bind(BigInt(query.limit));
  const step = conditions.bind(BigInt(query.stepMicros));
  return {
    sql: `WITH page AS (
        SELECT u.host, u.name, h.name AS host_name, n.name AS process
        FROM (SELECT DISTINCT s.host, s.name FROM samples s WHERE ${conditions.where}) u
        JOIN hosts h ON h.id = u.host JOIN names n ON n.id = u.name
        ${after} ORDER BY h.name, n.name LIMIT ${limit})
      SELECT ${nameColumn('p.host_name')}, ${nameColumn('p.process')}, (s.time - (s.time % ${step} + ${step}) % ${step})::DOUBLE AS start,
        ${pick}(s.${column})::DOUBLE${query.extremes ? `, min(s.${column})::DOUBLE, max(s.${column})::DOUBLE` : ''}
      FROM samples s JOIN page p ON p.host = s.host AND p.name = s.name
      WHERE ${conditions.where} GROUP BY p.host_name, p.process, start ORDER BY p.host_name, p.process, start`,
    parameters: conditions.parameters,
  };
}

/** Smallest and largest are there where they were asked for. */
export type PointRow = [host: string, process: string, start: number, value: number, least?: number, largest?: number];

export function toHistory(rows: PointRow[]): HistorySeries[] {
  const series: HistorySeries[] = [];
  let last: PointRow | undefined;
  for (const row of rows) {
    const [host, process, start, value, least, largest] = row;
    if (last?.[0] !== host || last[1] !== process) {
      series.push({ host: nameOf(host), process: nameOf(process), points: [] });
    }
    addPoint(series.at(-1), start, value, least, largest);
    last = row;
  }
  return series;
}

const orderValue = (value: string) => `round(${value}, ${ORDER_DIGITS})`;

function afterInOrder(conditions: Conditions, value: string, { after }: ProgramsQuery): string {
  if (!after) return '';
  const named = `(h.name, n.name) > (${conditions.bind(after.host)}, ${conditions.bind(after.process)})`;
  if (after.value === null || after.value === undefined) return `WHERE ${value} IS NULL AND ${named}`;
  const last = orderValue(conditions.bind(after.value));
  return `WHERE ${value} < ${last} OR ${value} IS NULL OR (${value} = ${last} AND ${named})`;
}

function afterCondition(conditions: Conditions, { after }: SeriesQuery): string {
  if (!after) return '';
  return `WHERE (h.name, n.name) > (${conditions.bind(after.host)}, ${conditions.bind(after.process)})`;
}
