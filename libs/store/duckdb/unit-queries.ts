import { microsToIso, type UnitField, type UnitHistorySeries } from '#domain';
import { finite } from '../finite.js';
import { addPoint } from '../series-point.js';
import type { StoredUnitUsage, UnitHistoryQuery, UnitsQuery } from '../usage-store.js';
import { ORDER_DIGITS } from '../usage-order.js';
import type { Query } from './duckdb-file.js';
import { nameColumn, nameOf } from './name-column.js';
import { Conditions } from './sql-conditions.js';

/** What a field of one sample is; a limit of nothing is none. */
const values: Record<UnitField, string> = {
  cpu: 'u.cpu',
  cpuShare: '100.0 * u.cpu / nullif(u.cpu_limit, 0)',
  memBytes: 'u.mem_bytes',
  memShare: '100.0 * u.mem_bytes / nullif(u.mem_limit_bytes, 0)',
  throttled: 'u.throttled',
  oomKills: 'u.oom_kills',
  processes: 'u.processes',
  pids: 'u.pids',
  cpuPressure: 'u.cpu_pressure',
  memPressure: 'u.mem_pressure',
  ioPressure: 'u.io_pressure',
};

const of = (field: UnitField) => (field === 'oomKills' ? `sum(${values[field]})::DOUBLE` : `avg(${values[field]})`);
const least = (field: UnitField) => `min(${values[field]})::DOUBLE`;
const largest = (field: UnitField) => `max(${values[field]})::DOUBLE`;
/** That of the newest sample, also where it is null. */
const newest = (column: string) => `arg_max_null(u.${column}, u.time)::DOUBLE`;

/** What is said of a unit over a window, in the order of the answer. */
const summary: Record<Exclude<keyof StoredUnitUsage, 'host' | 'unit'>, string> = {
  kind: 'arg_max(u.kind, u.time)',
  samples: 'count(*)::DOUBLE',
  processes: of('processes'),
  cpu: of('cpu'),
  cpuMax: largest('cpu'),
  cpuLimit: newest('cpu_limit'),
  cpuShare: of('cpuShare'),
  cpuShareMax: largest('cpuShare'),
  throttled: of('throttled'),
  memBytes: of('memBytes'),
  memBytesMax: largest('memBytes'),
  memLimitBytes: newest('mem_limit_bytes'),
  memShare: of('memShare'),
  memShareMax: largest('memShare'),
  oomKills: of('oomKills'),
  victim: nameColumn('arg_max(u.victim, u.time)'),
  pids: of('pids'),
  pidsLimit: newest('pids_limit'),
  cpuPressure: of('cpuPressure'),
  memPressure: of('memPressure'),
  ioPressure: of('ioPressure'),
  lastTime: 'max(u.time)::DOUBLE',
};
const summaryKeys = Object.keys(summary);

function unitConditions({ host, from, to, unit, kind, match }: Omit<UnitsQuery, 'after' | 'limit'>): Conditions {
  const conditions = new Conditions().add('u.time >= $', BigInt(Math.ceil(from)));
  if (to !== undefined) conditions.add('u.time < $', BigInt(Math.ceil(to)));
  if (host !== undefined) conditions.add('u.host = (SELECT id FROM hosts WHERE name = $)', host);
  if (unit !== undefined) conditions.add('u.unit = (SELECT id FROM names WHERE name = $)', unit);
  if (kind !== undefined) conditions.add('u.kind = $', kind);
  if (match !== undefined) {
    const text = conditions.bind(match);
    const ids = (table: string) => `(SELECT id FROM ${table} WHERE contains(lower(name), lower(${text})))`;
    conditions.add(`(u.unit IN ${ids('names')} OR u.host IN ${ids('hosts')})`);
  }
  return conditions;
}

export function unitsQuery(query: UnitsQuery): Query {
  const conditions = unitConditions(query);
  const value = query.order && orderValue(`m."${query.order}"`);
  const after = value ? afterInOrder(conditions, value, query.after) : afterName(conditions, query.after);
  const limit = conditions.bind(BigInt(query.limit));
  const columns = Object.entries(summary).map(([key, expression]) => `${expression} AS "${key}"`);
  return {
    sql: `SELECT ${nameColumn('h.name')}, ${nameColumn('n.name')}, m.* EXCLUDE (host, unit)
      FROM (SELECT u.host, u.unit, ${columns.join(', ')}
            FROM units u WHERE ${conditions.where} GROUP BY u.host, u.unit) m
      JOIN hosts h ON h.id = m.host JOIN names n ON n.id = m.unit
      ${after} ORDER BY ${value ? `${value} DESC NULLS LAST, ` : ''}h.name, n.name LIMIT ${limit}`,
    parameters: conditions.parameters,
  };
}

/** Host, unit, and the summary. */
export type UnitRow = [host: string, unit: string, ...summary: (string | number | null)[]];

export function toUnit([host, unit, ...row]: UnitRow): StoredUnitUsage {
  const found = Object.fromEntries(
    summaryKeys.map((key, i) => {
      const value = row[i] ?? null;
      return [key, typeof value === 'number' ? finite(value) : value];
    }),
  ) as Omit<StoredUnitUsage, 'host' | 'unit' | 'lastTime'> & { lastTime: number };
  const victim = found.victim === null ? null : nameOf(found.victim);
  return { host: nameOf(host), unit: nameOf(unit), ...found, victim, lastTime: microsToIso(found.lastTime) };
}

export function unitHistoryQuery(query: UnitHistoryQuery): Query {
  const conditions = unitConditions(query).add(`${values[query.field]} IS NOT NULL`);
  const after = afterName(conditions, query.after);
  const limit = conditions.bind(BigInt(query.limit));
  const step = conditions.bind(BigInt(query.stepMicros));
  return {
    sql: `WITH page AS (
        SELECT d.host, d.unit, h.name AS host_name, n.name AS unit_name
        FROM (SELECT DISTINCT u.host, u.unit FROM units u WHERE ${conditions.where}) d
        JOIN hosts h ON h.id = d.host JOIN names n ON n.id = d.unit
        ${after} ORDER BY h.name, n.name LIMIT ${limit})
      SELECT ${nameColumn('p.host_name')}, ${nameColumn('p.unit_name')},
        (u.time - (u.time % ${step} + ${step}) % ${step})::DOUBLE AS start, ${of(query.field)}${query.extremes ? `, ${least(query.field)}, ${largest(query.field)}` : ''}
      FROM units u JOIN page p ON p.host = u.host AND p.unit = u.unit
      WHERE ${conditions.where} GROUP BY p.host_name, p.unit_name, start ORDER BY p.host_name, p.unit_name, start`,
    parameters: conditions.parameters,
  };
}

/** Smallest and largest are there where they were asked for. */
export type UnitPointRow = [host: string, unit: string, start: number, value: number, least?: number, largest?: number];

export function toUnitHistory(rows: UnitPointRow[]): UnitHistorySeries[] {
  const series: UnitHistorySeries[] = [];
  let last: UnitPointRow | undefined;
  for (const row of rows) {
    const [host, unit, start, value, smallest, greatest] = row;
    if (last?.[0] !== host || last[1] !== unit) series.push({ host: nameOf(host), unit: nameOf(unit), points: [] });
    addPoint(series.at(-1), start, value, smallest, greatest);
    last = row;
  }
  return series;
}

const orderValue = (value: string) => `round(${value}, ${ORDER_DIGITS})`;

function afterInOrder(conditions: Conditions, value: string, after: UnitsQuery['after']): string {
  if (!after) return '';
  const later = `(h.name, n.name) > (${conditions.bind(after.host)}, ${conditions.bind(after.unit)})`;
  if (after.value === null || after.value === undefined) return `WHERE ${value} IS NULL AND ${later}`;
  const last = orderValue(conditions.bind(after.value));
  return `WHERE ${value} < ${last} OR ${value} IS NULL OR (${value} = ${last} AND ${later})`;
}

function afterName(conditions: Conditions, after: UnitHistoryQuery['after']): string {
  if (!after) return '';
  return `WHERE (h.name, n.name) > (${conditions.bind(after.host)}, ${conditions.bind(after.unit)})`;
}
