import { rename, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { microsToIso } from '#domain';
import { DuckDbFile } from './duckdb/duckdb-file.js';
import { StoreDamagedError, StoreOpenError } from './store-errors.js';

/** Our files, and the newest time in each. */
const files: Record<string, string> = {
  'usage.duckdb': 'SELECT max(time)::DOUBLE FROM samples',
  'state.duckdb': 'SELECT max(opened)::DOUBLE FROM incidents',
};

/**
 * Makes the files of a folder openable again, each with one sentence about what was found, done and lost.
 *
 * @throws StoreLockedError if another process has one, StoreOpenError if one can't be opened without its log either
 */
export async function repairFolder(folder: string): Promise<string[]> {
  const sentences: string[] = [];
  for (const name of Object.keys(files)) {
    const path = join(folder, name);
    if (await sizeOf(path)) sentences.push(await repairDuckDb(path));
  }
  return sentences.length > 0 ? sentences : [`There is no DuckDB file in ${folder}.`];
}

/**
 * Moves a damaged write-ahead log aside, so that the file opens with all that had been moved into it. Nothing is deleted,
 * and a file that opens is left alone.
 *
 * @throws as `repairFolder`
 */
export async function repairDuckDb(path: string): Promise<string> {
  try {
    await newestIn(path);
    return `${path} is sound; nothing was changed.`;
  } catch (error) {
    if (!(error instanceof StoreDamagedError)) throw error;
  }
  const log = `${path}.wal`;
  const { size, mtime } = await stat(log);
  const aside = `${log}.damaged-${new Date().toISOString().replaceAll(':', '')}`;
  await rename(log, aside);
  try {
    const newest = await newestIn(path);
    const kept = newest === undefined ? 'holds nothing' : `holds what was stored until ${newest}`;
    return (
      `${log} was damaged and is ${aside} now. ${path} opens without it and ${kept}; ` +
      `what was written after that, until ${mtime.toISOString()}, is lost (${size} bytes of log).`
    );
  } catch (error) {
    await rename(aside, log);
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreOpenError(`${reason} That is so without its write-ahead log too; nothing was changed.`, {
      cause: error,
    });
  }
}

/** Opens and closes the file; resolves with the newest time in it, or undefined if it has none. */
async function newestIn(path: string): Promise<string | undefined> {
  const file = await DuckDbFile.open(path, { prepare: async () => () => undefined });
  try {
    // A file whose log was never moved into it has no tables yet.
    const [table] = await file.read({ sql: 'SELECT 1 FROM duckdb_tables() LIMIT 1' });
    if (!table) return undefined;
    const [row] = await file.read<[number | null]>({ sql: files[basename(path)] ?? 'SELECT NULL::DOUBLE' });
    return typeof row?.[0] === 'number' ? microsToIso(row[0]) : undefined;
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
