import { BIGINT, type DuckDBConnection, type DuckDBType, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { type Incident, isoToMicros, type Micros } from '#domain';
import { appendColumns } from '../duckdb/append-columns.js';

/** What the server remembers of a host between two of its own starts. */
export interface StoredHost {
  host: string;
  service: string | null;
  firstSeen: string;
  lastSeen: string;
  lastTime: string;
  intervalMs: number | null;
}

/** Each record stands whole as JSON in `record`; the other columns are there to find it by. */
export const stateTables = `
  CREATE TABLE IF NOT EXISTS incidents (
    id VARCHAR NOT NULL, host VARCHAR NOT NULL, process VARCHAR, color VARCHAR NOT NULL,
    opened BIGINT NOT NULL, closed BIGINT, record VARCHAR NOT NULL);
  CREATE TABLE IF NOT EXISTS hosts (id VARCHAR NOT NULL, last_seen BIGINT NOT NULL, record VARCHAR NOT NULL);
  CREATE TABLE IF NOT EXISTS kv (id VARCHAR NOT NULL, record VARCHAR NOT NULL);`;

type Value = string | bigint | null;
type TableName = 'incidents' | 'hosts' | 'kv';

const columnTypes: Record<TableName, DuckDBType[]> = {
  incidents: [VARCHAR, VARCHAR, VARCHAR, VARCHAR, BIGINT, BIGINT, VARCHAR],
  hosts: [VARCHAR, BIGINT, VARCHAR],
  kv: [VARCHAR, VARCHAR],
};

/** A row to replace the one with its id; `values` without the id, undefined where the row is to go. */
export interface StateRow {
  table: TableName;
  id: string;
  values: Value[] | undefined;
}

export function incidentRow(incident: Incident): StateRow {
  const { id, host, process, color, opened, closed } = incident;
  return {
    table: 'incidents',
    id,
    values: [host, process, color, micros(opened), closed === null ? null : micros(closed), JSON.stringify(incident)],
  };
}

export function hostRow(host: StoredHost): StateRow {
  return { table: 'hosts', id: host.host, values: [micros(host.lastSeen), JSON.stringify(host)] };
}

export function keyRow(key: string, value: unknown): StateRow {
  return { table: 'kv', id: key, values: value === undefined ? undefined : [JSON.stringify(value)] };
}

/** Replaces rows in the open transaction; of several with one id the last one counts. */
export async function replaceRows(connection: DuckDBConnection, rows: StateRow[]): Promise<void> {
  for (const [table, types] of Object.entries(columnTypes)) {
    const byId = new Map(rows.filter((row) => row.table === table).map((row) => [row.id, row]));
    if (byId.size === 0) continue;
    await connection.run(
      `DELETE FROM ${table} WHERE id IN (SELECT unnest($1))`,
      [listValue([...byId.keys()])],
      [LIST(VARCHAR)],
    );
    const kept = [...byId.values()].flatMap(({ id, values }) => (values ? [[id, ...values]] : []));
    const appender = await connection.createAppender(table);
    appendColumns(
      appender,
      types,
      types.map((_, column) => kept.map((row) => row[column] ?? null)),
    );
    appender.closeSync();
  }
}

export async function deleteOld(connection: DuckDBConnection, before: Micros): Promise<void> {
  const parameter = [BigInt(before)];
  await connection.run('DELETE FROM incidents WHERE closed < $1', parameter);
  await connection.run('DELETE FROM hosts WHERE last_seen < $1', parameter);
}

function micros(iso: string): bigint {
  return BigInt(isoToMicros(iso));
}
