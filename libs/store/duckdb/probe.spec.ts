import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { DuckDbFile } from './duckdb-file.js';
import { probe } from './probe.js';

it('asks the disk for a megabyte, and leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'amberwatch-probe-'));
  const path = join(folder, 'probe.duckdb');
  const file = await DuckDbFile.open(path, { prepare: async () => () => undefined });
  await probe(file);
  expect((await stat(`${path}.wal`)).size).toBeGreaterThan(2 ** 20);
  await probe(file);
  expect(await file.read({ sql: 'SELECT count(*) FROM probe' })).toEqual([[0n]]);
  await file.close();
  await rm(folder, { recursive: true });
});
