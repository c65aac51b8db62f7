import { type HostProcess, MICROS_PER_SECOND, microsToIso, type Micros } from '#domain';
import { finite } from '../finite.js';
import type { Query } from './duckdb-file.js';
import { nameColumn, nameOf } from './name-column.js';
import { Conditions } from './sql-conditions.js';

/** The newest or the oldest tick of a host between two times, which both belong to it; null where there is none. */
export function edgeQuery(edge: 'max' | 'min', host: string, from: Micros, to: Micros): Query {
  const conditions = new Conditions()
    .add('host = (SELECT id FROM hosts WHERE name = $)', host)
    .add('time >= $', whole(Math.ceil(from)))
    .add('time <= $', whole(Math.floor(to)));
  return {
    sql: `SELECT ${edge}(time)::DOUBLE FROM samples WHERE ${conditions.where}`,
    parameters: conditions.parameters,
  };
}

/** An end that is open lies beyond every time that there is. */
function whole(time: Micros): bigint {
  return BigInt(Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, time)));
}

/** Every program of one tick. */
export function tickQuery(host: string, time: Micros): Query {
  const conditions = new Conditions()
    .add('s.host = (SELECT id FROM hosts WHERE name = $)', host)
    .add('s.time = $', BigInt(time));
  return {
    sql: `SELECT ${nameColumn('n.name')}, s.count, s.cpu, s.cpu_max, s.mem, s.mem_max, s.rss_bytes::DOUBLE,
        ${nameColumn('t.name')}, s.started::DOUBLE
      FROM samples s JOIN names n ON n.id = s.name LEFT JOIN names t ON t.id = s.unit WHERE ${conditions.where}`,
    parameters: conditions.parameters,
  };
}

type Value = number | null;
export type TickRow = [
  process: string,
  count: number,
  cpu: Value,
  cpuMax: Value,
  mem: Value,
  memMax: Value,
  rssBytes: Value,
  unit: string | null,
  started: Value,
];

export function toHostProcess([process, count, ...row]: TickRow): HostProcess {
  const [cpu, cpuMax, mem, memMax, rssBytes, unit, started] = row;
  return {
    process: nameOf(process),
    count,
    cpu: finite(cpu),
    cpuMax: finite(cpuMax),
    mem: finite(mem),
    memMax: finite(memMax),
    rssBytes,
    ...(unit === null ? {} : { unit: nameOf(unit) }),
    ...startOf(started),
  };
}

/** The start of a program as it stands in an answer, left out where it is not known. */
export function startOf(started: Value): { started?: string } {
  return started === null ? {} : { started: microsToIso(started * MICROS_PER_SECOND) };
}
