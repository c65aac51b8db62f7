import type { DuckDbFile } from './duckdb-file.js';

/** A megabyte: if there is room for that, there is for the next write of a host. */
const PROBE_ROWS = 131_072;

/** Writes something that does not compress and takes it away again, to see whether the file can be written. */
export async function probe(file: DuckDbFile): Promise<void> {
  await file.write(async (connection) => {
    await connection.run('CREATE TABLE IF NOT EXISTS probe (tried BIGINT NOT NULL); DELETE FROM probe;');
    await connection.run(`INSERT INTO probe SELECT (random() * 9e18)::BIGINT FROM range(${PROBE_ROWS})`);
  });
  await file.write((connection) => connection.run('DELETE FROM probe'));
}
