import { type HostProcess, microsToIso, type Micros } from '#domain';
import { finite } from '../finite.js';
import { listTick } from '../tick-list.js';
import type { StoredTick, TickQuery } from '../usage-store.js';
import { decodeName } from './influx-escape.js';
import { data, fluxFields, STARTED_FIELD } from './influx-flux.js';
import type { FluxRow, InfluxQueries } from './influx-queries.js';
import type { InfluxTicks } from './influx-ticks.js';
import { isName, startOf } from './totals.js';

/** One tick of a host, and the ticks beside it. */
export async function readTick(
  queries: InfluxQueries,
  ticks: InfluxTicks,
  bucket: string,
  query: TickQuery,
): Promise<StoredTick | undefined> {
  const { host, at, notBefore } = query;
  const time = notBefore > at ? null : await ticks.edge('last', host, notBefore, at + 1);
  if (time === null) return undefined;
  const fields = [...(Object.keys(fluxFields) as (keyof typeof fluxFields)[]), 'unit' as const, 'started' as const];
  const [rows, previous, next] = await Promise.all([
    queries.rows(data({ bucket, from: time, to: time + 1, fields, hosts: [host] })),
    ticks.edge('last', host, 0, time),
    ticks.edge('first', host, time + 1),
  ]);
  return { time, previous, next, ...listTick(toProcesses(rows), query) };
}

/** Fields of one row by their names in the database. */
type Values = Map<string, number | string>;

/** Each program of a tick. Rows of another program, such as Telegraf, are one process each and have tags of their own. */
function toProcesses(rows: FluxRow[]): HostProcess[] {
  const programs = new Map<string, Map<string, Values>>();
  for (const row of rows) {
    const { process_name = '', _field = '', _value } = row;
    const series = JSON.stringify(
      Object.entries(row).filter(([column]) => !column.startsWith('_') && column !== 'table'),
    );
    const ofProgram = programs.get(process_name) ?? new Map<string, Values>();
    const values = ofProgram.get(series) ?? new Map<string, number | string>();
    programs.set(process_name, ofProgram.set(series, values.set(_field, _value)));
  }
  return [...programs]
    .map(([tag, ofProgram]) => toProcess(decodeName(tag), [...ofProgram.values()]))
    .filter(({ process }) => isName(process));
}

function toProcess(process: string, rows: Values[]): HostProcess {
  const all = (column: string) => rows.map((row) => row.get(column)).filter((value) => typeof value === 'number');
  const sum = (column: string) => {
    const values = all(column);
    return values.length === 0 ? null : finite(values.reduce((total, value) => total + value, 0));
  };
  // The one process of a row without a count is its own largest.
  const largest = (column: string, whole: string) => {
    const values = rows.map((row) => row.get(row.has(fluxFields.count) ? column : whole));
    const known = values.filter((value) => typeof value === 'number');
    return known.length === 0 ? null : Math.max(...known);
  };
  const started = all(STARTED_FIELD).map(startOf);
  const [unit] = rows.map((row) => row.get('unit')).filter((value) => typeof value === 'string');
  return {
    process,
    count: rows.reduce((total, row) => total + Number(row.get(fluxFields.count) ?? 1), 0),
    cpu: sum(fluxFields.cpu),
    cpuMax: largest(fluxFields.cpuMax, fluxFields.cpu),
    mem: sum(fluxFields.mem),
    memMax: largest(fluxFields.memMax, fluxFields.mem),
    rssBytes: sum(fluxFields.rssBytes),
    ...(unit === undefined ? {} : { unit: decodeName(unit) }),
    ...startedAt(started.length === 0 ? undefined : Math.min(...started)),
  };
}

/** As it stands in an answer, left out where it is not known. */
export function startedAt(started: Micros | undefined): { started?: string } {
  return started === undefined ? {} : { started: microsToIso(started) };
}
