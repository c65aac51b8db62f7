import type { Micros } from '#domain';
import type { Query } from './duckdb-file.js';
import { windowConditions } from './sample-conditions.js';

/** Time is cut into pieces of this length, whose sums are kept once nothing is awaited in them any more. */
export const PIECE_MICROS = 1_800_000_000;

/** What a piece tells of one program, and how that of several pieces becomes one. `t.gap` is in seconds. */
const columns = {
  samples: ['count(*)', 'sum'],
  count: ['sum(s.count)', 'sum'],
  cpuSamples: ['count(s.cpu)', 'sum'],
  cpu: ['sum(s.cpu)', 'sum'],
  cpuPeak: ['max(s.cpu)', 'max'],
  cpuMax: ['max(s.cpu_max)', 'max'],
  memSamples: ['count(s.mem)', 'sum'],
  mem: ['sum(s.mem)', 'sum'],
  memPeak: ['max(s.mem)', 'max'],
  memMax: ['max(s.mem_max)', 'max'],
  rssSamples: ['count(s.rss_bytes)', 'sum'],
  rssBytes: ['sum(s.rss_bytes)', 'sum'],
  rssBytesPeak: ['max(s.rss_bytes)', 'max'],
  firstTime: ['min(s.time)', 'min'],
  lastTime: ['max(s.time)', 'max'],
  unit: ['arg_max_null(s.unit, s.time)', 'newest'],
  started: ['arg_max_null(s.started, s.time)', 'newest'],
  /** CPU time in seconds × 100, and seconds, without what its first tick stands for, which lies in no one piece. */
  cpuTime: ['sum(s.cpu * t.seconds)', 'sum'],
  seconds: ['sum(t.seconds)', 'sum'],
  /** Of the first tick of the piece. */
  firstSamples: ['count(*) FILTER (t.seconds IS NULL)', 'sum'],
  firstCpu: ['sum(s.cpu) FILTER (t.seconds IS NULL)', 'sum'],
} as const satisfies Record<string, readonly [sql: string, merge: 'sum' | 'max' | 'min' | 'newest']>;

export type SumKey = keyof typeof columns;
const keys = Object.keys(columns) as SumKey[];
/** Values of a program in a piece: the number of its name, and the columns; NaN where there is none. */
export const WIDTH = 1 + keys.length;
export const at = Object.fromEntries(keys.map((key, i) => [key, i + 1])) as Record<SumKey, number>;
const merges = keys.map((key) => columns[key][1]);

export interface Piece {
  start: Micros;
  /** In their order. */
  ticks: Micros[];
  /** `WIDTH` values a program. */
  values: Float64Array;
}

/** The ticks of a host between two times and, piece by piece, the sums of its programs; a gap counts for `mostSeconds` at most. */
export function sumsQuery(host: string, from: Micros, to: Micros, mostSeconds: number): Query {
  const conditions = windowConditions({ host, from }).add('s.time < $', BigInt(Math.ceil(to)));
  const piece = (time: string) => `${time} - (${time} % ${PIECE_MICROS} + ${PIECE_MICROS}) % ${PIECE_MICROS}`;
  const most = conditions.bind(mostSeconds);
  const sums = keys.map((key) => `(${columns[key][0]})::DOUBLE`);
  return {
    sql: `WITH gaps AS (
        SELECT time, (time - lag(time) OVER (PARTITION BY ${piece('time')} ORDER BY time)) / 1e6 AS gap
        FROM (SELECT DISTINCT s.time FROM samples s WHERE ${conditions.where})),
      ticks AS MATERIALIZED (SELECT time, CASE WHEN gap > ${most} THEN ${most} ELSE gap END AS seconds FROM gaps)
      SELECT (${piece('time')})::DOUBLE AS piece, NULL::DOUBLE AS name, time::DOUBLE AS time, ${keys
        .slice(1)
        .map(() => 'NULL::DOUBLE')
        .join(', ')} FROM ticks
      UNION ALL
      SELECT (${piece('s.time')})::DOUBLE AS piece, s.name::DOUBLE, ${sums.join(', ')}
      FROM samples s JOIN ticks t ON t.time = s.time WHERE ${conditions.where} GROUP BY piece, s.name`,
    parameters: conditions.parameters,
  };
}

/** A tick has no name, and its time comes first. */
export type SumsRow = [piece: number, name: number | null, ...values: (number | null)[]];

export function toPieces(rows: SumsRow[]): Piece[] {
  const found = new Map<Micros, { ticks: Micros[]; values: number[] }>();
  for (const [start, name, ...values] of rows) {
    let piece = found.get(start);
    if (!piece) found.set(start, (piece = { ticks: [], values: [] }));
    if (name === null) piece.ticks.push(values[0] ?? NaN);
    else piece.values.push(name, ...values.map((value) => value ?? NaN));
  }
  return [...found]
    .map(([start, { ticks, values }]) => ({
      start,
      ticks: ticks.toSorted((a, b) => a - b),
      values: Float64Array.from(values),
    }))
    .toSorted((a, b) => a.start - b.start);
}

/** Adds the program that begins at `offset` of a later piece to what is known of it. */
export function addProgram(sums: Float64Array, values: Float64Array, offset: number): void {
  for (let column = 1; column < WIDTH; column++) {
    const value = values[offset + column] as number;
    const known = sums[column] as number;
    const merge = merges[column - 1];
    if (merge === 'newest' || Number.isNaN(known)) sums[column] = value;
    else if (Number.isNaN(value)) continue;
    else if (merge === 'sum') sums[column] = known + value;
    else sums[column] = merge === 'max' ? Math.max(known, value) : Math.min(known, value);
  }
}
