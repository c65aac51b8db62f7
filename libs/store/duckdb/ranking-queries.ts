import { DEFAULT_INTERVAL_MS, type Micros, microsToIso, type RankedProgram, type RankingOrder } from '#domain';
import { finite } from '../finite.js';
import { ORDER_DIGITS } from '../usage-order.js';
import type { RankingQuery, StoredRanking } from '../usage-store.js';
import type { Query } from './duckdb-file.js';
import { nameColumn, nameOf } from './name-column.js';
import { fieldColumns, windowConditions } from './sample-conditions.js';
import type { Conditions } from './sql-conditions.js';

function rangeConditions({ host, from, to }: RankingQuery): Conditions {
  const conditions = windowConditions({ host, from });
  if (to !== undefined) conditions.add('s.time < $', BigInt(Math.ceil(to)));
  return conditions;
}

/** Seconds that each tick of each host stands for: those since the one before, at most three usual intervals. */
function spans(conditions: Conditions): string {
  return `ticks AS (
      SELECT host, time, time - lag(time) OVER (PARTITION BY host ORDER BY time) AS gap
      FROM (SELECT DISTINCT s.host, s.time FROM samples s WHERE ${conditions.where})),
    usual AS (
      SELECT host, coalesce(quantile_disc(gap, 0.5), ${DEFAULT_INTERVAL_MS * 1000}) AS usual FROM ticks GROUP BY host),
    spans AS (
      SELECT host, time, CASE WHEN gap IS NULL THEN usual ELSE least(gap, 3 * usual) END / 1e6 AS seconds
      FROM ticks JOIN usual USING (host))`;
}

/** Totals in the order of `ProgramTotals`; each is a column of that name, so that it can be ordered by. */
const totals: Record<RankingOrder | 'samples' | 'cpuMax' | 'memMax' | 'firstTime' | 'lastTime', string> = {
  samples: 'count(*)::DOUBLE',
  cpuSeconds: 'sum(s.cpu * p.seconds) / 100',
  seconds: 'sum(p.seconds)',
  count: 'avg(s.count)',
  cpu: 'avg(s.cpu)',
  cpuPeak: 'max(s.cpu)',
  cpuMax: 'max(s.cpu_max)',
  mem: 'avg(s.mem)',
  memPeak: 'max(s.mem)',
  memMax: 'max(s.mem_max)',
  rssBytes: 'avg(s.rss_bytes)',
  rssBytesPeak: 'max(s.rss_bytes)::DOUBLE',
  firstTime: 'min(s.time)::DOUBLE',
  lastTime: 'max(s.time)::DOUBLE',
};

/** The programs that are listed as `RankingRow`s, the largest first. */
export function rankingQuery(query: RankingQuery): Query {
  const conditions = rangeConditions(query);
  const columns = Object.entries(totals).map(([key, expression]) => `${expression} AS "${key}"`);
  const asked: string[] = [];
  if (query.unit !== undefined) asked.push(`coalesce(t.name = ${conditions.bind(query.unit)}, false)`);
  if (query.match !== undefined) {
    const text = conditions.bind(query.match);
    const holds = (column: string) => `contains(lower(${column}), lower(${text}))`;
    asked.push(`(${holds('n.name')} OR ${holds('h.name')})`);
  }
  const named = query.processes?.length ? `list_contains(${conditions.bind(query.processes)}, n.name)` : 'false';
  const order = `round("${query.order}", ${ORDER_DIGITS}) DESC NULLS LAST, host_name, process`;
  const limit = conditions.bind(BigInt(query.limit));
  return {
    sql: `WITH ${spans(conditions)},
      programs AS (
        SELECT s.host, s.name, arg_max_null(s.unit, s.time) AS unit, ${columns.join(', ')}
        FROM samples s JOIN spans p ON p.host = s.host AND p.time = s.time WHERE ${conditions.where} GROUP BY s.host, s.name),
      named AS (
        SELECT h.name AS host_name, n.name AS process, t.name AS unit_name, u.*,
          ${asked.join(' AND ') || 'true'} AS asked, ${named} AS named
        FROM programs u JOIN hosts h ON h.id = u.host JOIN names n ON n.id = u.name LEFT JOIN names t ON t.id = u.unit),
      placed AS (
        SELECT *, row_number() OVER (PARTITION BY asked AND NOT named ORDER BY ${order}) AS place,
          (count(*) FILTER (asked) OVER ())::DOUBLE AS all_programs, sum("cpuSeconds") FILTER (asked) OVER () AS all_seconds
        FROM named)
      SELECT all_programs, all_seconds, ${nameColumn('host_name')}, ${nameColumn('process')}, ${nameColumn('unit_name')},
        ${Object.keys(totals)
          .map((key) => `"${key}"`)
          .join(', ')}
      FROM placed WHERE named OR (asked AND place <= ${limit}) ORDER BY ${order}`,
    parameters: conditions.parameters,
  };
}

type Total = number | null;
export type RankingRow = [
  allPrograms: number,
  allSeconds: Total,
  host: string,
  process: string,
  unit: string | null,
  ...totals: Total[],
];

export function toRanking(rows: RankingRow[]): StoredRanking {
  const [programs = 0, cpuSeconds = null] = rows[0] ?? [];
  return { programs: rows.map(toProgram), all: { programs, cpuSeconds: finite(cpuSeconds) } };
}

function toProgram([, , host, process, unit, ...row]: RankingRow): RankedProgram {
  type Totals = Omit<RankedProgram, 'host' | 'process' | 'unit' | 'points' | 'firstTime' | 'lastTime'>;
  const keys = Object.keys(totals);
  const found = Object.fromEntries(keys.map((key, i) => [key, finite(row[i] ?? null)])) as Totals & {
    firstTime: Micros;
    lastTime: Micros;
  };
  return {
    host: nameOf(host),
    process: nameOf(process),
    ...(unit === null ? {} : { unit: nameOf(unit) }),
    ...found,
    firstTime: microsToIso(found.firstTime),
    lastTime: microsToIso(found.lastTime),
  };
}

/** The largest of each step of each program of these names, as `SparkRow`s; null where there is no step to ask for. */
export function sparkQuery(query: RankingQuery, programs: RankedProgram[]): Query | null {
  const { spark, from } = query;
  if (!spark || programs.length === 0) return null;
  const end = from + spark.points * spark.stepMicros;
  const conditions = rangeConditions({ ...query, to: Math.min(query.to ?? end, end) });
  const names = conditions.bind([...new Set(programs.map(({ process }) => process))]);
  const column = fieldColumns[spark.field];
  const step = `(s.time - ${conditions.bind(BigInt(Math.ceil(from)))}) // ${conditions.bind(BigInt(spark.stepMicros))}`;
  return {
    sql: `SELECT ${nameColumn('h.name')}, ${nameColumn('n.name')}, u.step, u.largest FROM (
        SELECT s.host, s.name, (${step})::DOUBLE AS step, max(s.${column})::DOUBLE AS largest FROM samples s
        WHERE ${conditions.where} AND s.name IN (SELECT id FROM names WHERE list_contains(${names}, name))
        GROUP BY ALL) u JOIN hosts h ON h.id = u.host JOIN names n ON n.id = u.name`,
    parameters: conditions.parameters,
  };
}

export type SparkRow = [host: string, process: string, step: number, largest: Total];

/** Gives each program its small history. */
export function withPoints(programs: RankedProgram[], points: number, rows: SparkRow[]): RankedProgram[] {
  const histories = new Map<string, Total[]>();
  const keyOf = (host: string, process: string) => JSON.stringify([host, process]);
  const steps = programs.map(({ host, process }) => {
    const empty = Array<Total>(points).fill(null);
    histories.set(keyOf(host, process), empty);
    return empty;
  });
  for (const [host, process, step, largest] of rows) {
    const history = histories.get(keyOf(nameOf(host), nameOf(process)));
    if (history && step < points) history[step] = finite(largest);
  }
  return programs.map((program, i) => ({ ...program, points: steps[i] }));
}
