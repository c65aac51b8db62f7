import { finite } from '../finite.js';
import type { StoredUsageThen, UsageThenQuery } from '../usage-store.js';
import type { Query } from './duckdb-file.js';
import { nameColumn, nameOf } from './name-column.js';
import { windowConditions } from './sample-conditions.js';
import { unitAndStart } from './tick-queries.js';

/** Each program of the host with its sums over the time; every row tells the ticks of it, the only one where none ran. */
export function usageThenQuery({ host, from, to }: UsageThenQuery): Query {
  const conditions = windowConditions({ host, from }).add('s.time < $', BigInt(Math.ceil(to)));
  return {
    sql: `WITH ticks AS (SELECT count(DISTINCT s.time)::DOUBLE AS ticks FROM samples s WHERE ${conditions.where}),
      programs AS (
        SELECT s.name, sum(s.count)::DOUBLE AS count, sum(s.cpu) AS cpu, sum(s.mem) AS mem,
          sum(s.rss_bytes)::DOUBLE AS rss_bytes, arg_max_null(s.unit, s.time) AS unit,
          arg_max_null(s.started, s.time)::DOUBLE AS started
        FROM samples s WHERE ${conditions.where} GROUP BY s.name)
      SELECT ticks, ${nameColumn('n.name')}, p.count, p.cpu, p.mem, p.rss_bytes, ${nameColumn('t.name')}, p.started
      FROM ticks LEFT JOIN programs p ON true LEFT JOIN names n ON n.id = p.name LEFT JOIN names t ON t.id = p.unit
      ORDER BY n.name`,
    parameters: conditions.parameters,
  };
}

type Sum = number | null;
export type UsageThenRow = [
  ticks: number,
  process: string | null,
  count: number,
  cpu: Sum,
  mem: Sum,
  rssBytes: Sum,
  unit: string | null,
  started: number | null,
];

export function toUsageThen(rows: UsageThenRow[], match: string | undefined): StoredUsageThen {
  const text = match?.toLowerCase();
  const programs = rows.flatMap(([ticks, name, count, cpu, mem, rssBytes, unit, started]) => {
    if (name === null) return [];
    const process = nameOf(name);
    if (text !== undefined && !process.toLowerCase().includes(text)) return [];
    const mean = (sum: Sum) => (sum === null ? null : finite(sum / ticks));
    const means = { count: count / ticks, cpu: mean(cpu), mem: mean(mem), rssBytes: mean(rssBytes) };
    return [{ process, ...means, ...unitAndStart(unit, started) }];
  });
  return { ticks: rows[0]?.[0] ?? 0, programs };
}
