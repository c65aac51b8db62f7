import { BIGINT, type DuckDBConnection, type DuckDBType, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import { type Incident, isoToMicros, type Micros } from '#domain';
import { appendColumns } from '../duckdb/append-columns.js';

/** Each record stands whole as JSON in `record`; the other columns are there to find it by. */
const stateTables = `
  CREATE TABLE IF NOT EXISTS incidents (
    id VARCHAR NOT NULL, host VARCHAR NOT NULL, process VARCHAR, color VARCHAR NOT NULL,
    opened BIGINT NOT NULL, closed BIGINT, record VARCHAR NOT NULL);
  CREATE TABLE IF NOT EXISTS kv (id VARCHAR NOT NULL, record VARCHAR NOT NULL);`;

/** Makes the tables where they are missing. Hosts had one of their own once; it goes into `kv`. */
export async function prepareState(connection: DuckDBConnection): Promise<void> {
  await connection.run(stateTables);
  const old = await connection.runAndReadAll("SELECT 1 FROM duckdb_tables() WHERE table_name = 'hosts'");
  if (old.getRows().length === 0) return;
  await connection.run(`BEGIN; INSERT INTO kv SELECT 'host/' || id, record FROM hosts; DROP TABLE hosts; COMMIT`);
}

type Value = string | bigint | null;
type TableName = 'incidents' | 'kv';

const columnTypes: Record<TableName, DuckDBType[]> = {
  incidents: [VARCHAR, VARCHAR, VARCHAR, VARCHAR, BIGINT, BIGINT, VARCHAR],
  kv: [VARCHAR, VARCHAR],
};

/** A row that replaces the one with its id. `values` are without the id, undefined to delete the row. */
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

export function keyRow(key: string, value: unknown): StateRow {
  return { table: 'kv', id: key, values: value === undefined ? undefined : [JSON.stringify(value)] };
}

/** Replaces rows in the open transaction; of several with one id the last counts. */
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
  await connection.run('DELETE FROM incidents WHERE closed < $1', [BigInt(before)]);
}

function micros(iso: string): bigint {
  return BigInt(isoToMicros(iso));
}
