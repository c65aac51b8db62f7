import type { DuckDBConnection } from '@duckdb/node-api';
import type { Micros } from '#domain';
import { nameColumn, nameOf } from './name-column.js';
import type { SampleWriter } from './sample-writer.js';

/** Number of new names after which the unused ones are looked for. */
const PRUNE_AFTER_NAMES = 100_000;

/** A table whose rows have a time. */
export type ExpiringTable = 'samples' | 'host_metrics' | 'units';

/**
 * Deletes the oldest samples before a time, at most one slice of time, and resolves with their number, or with undefined
 * if nothing was left to delete.
 */
export async function expireSlice(
  connection: DuckDBConnection,
  before: Micros,
  sliceMicros: number,
  table: ExpiringTable = 'samples',
): Promise<number | undefined> {
  const oldest = await connection.runAndReadAll(`SELECT min(time)::DOUBLE FROM ${table} WHERE time < $1`, [
    BigInt(before),
  ]);
  const from = oldest.getRows()[0]?.[0] as number | null;
  if (from === null) return undefined;
  const result = await connection.run(`DELETE FROM ${table} WHERE time < $1`, [
    BigInt(Math.min(before, from + sliceMicros)),
  ]);
  return result.rowsChanged;
}

/** Forgets hosts whose samples have all expired, and now and then names that no sample and no unit uses any more. */
export async function forgetUnused(
  connection: DuckDBConnection,
  { ids, hostMetrics, units }: Pick<SampleWriter, 'ids' | 'hostMetrics' | 'units'>,
  before: Micros,
): Promise<void> {
  for (const [name, { id, newest }] of ids.hosts) {
    if (newest >= before || hostMetrics.newestOf(id) >= before || units.newestOf(id) >= before) continue;
    await connection.run('DELETE FROM hosts WHERE id = $1', [id]);
    ids.hosts.delete(name);
  }
  if (ids.namesSincePrune < PRUNE_AFTER_NAMES) return;
  const unused = await connection.runAndReadAll(
    `DELETE FROM names WHERE id NOT IN (
        SELECT name FROM samples UNION SELECT unit FROM samples WHERE unit IS NOT NULL UNION SELECT unit FROM units)
      RETURNING ${nameColumn('name')}`,
  );
  for (const [name] of unused.getRows() as [string][]) ids.names.delete(nameOf(name));
  ids.namesSincePrune = 0;
}
