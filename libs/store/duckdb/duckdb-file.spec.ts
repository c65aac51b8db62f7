import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { BIGINT, type DuckDBAppender, type DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { appendColumns } from './append-columns.js';
import { DuckDbFile } from './duckdb-file.js';

let folder: string;
let appender: DuckDBAppender;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amberwatch-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

function open(name: string): Promise<DuckDbFile> {
  return DuckDbFile.open(join(folder, name), {
    prepare: async (connection) => {
      await connection.run('CREATE TABLE IF NOT EXISTS jobs (job BIGINT NOT NULL, row BIGINT NOT NULL)');
      const own = (appender = await connection.createAppender('jobs'));
      return () => own.clear();
    },
  });
}

function append(job: number, rows: number): void {
  const numbers = Array.from({ length: rows }, (_, row) => BigInt(row));
  appendColumns(appender, [BIGINT, BIGINT], [numbers.map(() => BigInt(job)), numbers]);
}

/** Ways in which a job can end; each has rows in its transaction by then. */
const endings: Record<string, (connection: DuckDBConnection, job: number) => unknown> = {
  'all is well': () => undefined,
  'a fault of the program': () => {
    throw new TypeError('not a function');
  },
  'an error that is no fault': () => {
    throw new Error('injected');
  },
  'a constraint of the table': (connection) => connection.run('INSERT INTO jobs VALUES (NULL, 1)'),
  'a value that is none of its type': (connection) => connection.run("INSERT INTO jobs VALUES ('many', 1)"),
  'text that is no SQL': (connection) => connection.run('INSERT INTO'),
  'a constraint met by the appender': (_, job) =>
    appendColumns(
      appender,
      [BIGINT, BIGINT],
      [
        [BigInt(job), null],
        [1n, 2n],
      ],
    ),
  'rows that were never flushed': (_, job) => {
    for (const value of [job, 0]) appender.appendBigInt(BigInt(value));
    appender.endRow();
    throw new Error('injected');
  },
  'everything deleted before it failed': async (connection) => {
    await connection.run('DELETE FROM jobs');
    throw new Error('injected');
  },
  'a transaction that it ended by itself': async (connection) => {
    await connection.run('ROLLBACK');
    throw new Error('injected');
  },
};

async function stored(file: DuckDbFile): Promise<[bigint, bigint][]> {
  return file.read<[bigint, bigint]>({ sql: 'SELECT job, count(*) FROM jobs GROUP BY job ORDER BY job' });
}

it('holds the rows of the jobs that it acknowledged, and none of any other', async () => {
  let files = 0;
  const jobs = fc.array(
    fc.record({
      ending: fc.oneof(fc.constant('all is well'), fc.constantFrom(...Object.keys(endings))),
      rows: fc.integer({ min: 1, max: 5000 }),
      /** Waits for all that is under way before it starts. */
      alone: fc.boolean(),
    }),
    { minLength: 2, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(jobs, async (all) => {
      const name = `${files++}.duckdb`;
      let file = await open(name);
      const outcomes: Promise<unknown>[] = [];
      for (const [job, { ending, rows, alone }] of all.entries()) {
        if (alone) await Promise.allSettled(outcomes);
        outcomes.push(
          file.write(async (connection) => {
            append(job, rows);
            await endings[ending]?.(connection, job);
          }),
        );
      }
      const settled = await Promise.allSettled(outcomes);
      expect(settled.map(({ status }) => status)).toEqual(
        all.map(({ ending }) => (ending === 'all is well' ? 'fulfilled' : 'rejected')),
      );
      const expected = all.flatMap(({ ending, rows }, job) =>
        ending === 'all is well' ? [[BigInt(job), BigInt(rows)]] : [],
      );
      expect(await stored(file)).toEqual(expected);
      await file.close();
      file = await open(name);
      expect(await stored(file)).toEqual(expected);
      await file.close();
    }),
    { numRuns: 40 },
  );
}, 60_000);

it('answers reads that wait while it is reopened', async () => {
  const file = await open('reads.duckdb');
  await file.write(async () => append(1, 10));
  const failing = file.write(() => Promise.reject(new Error('injected')));
  const reads = Array.from({ length: 20 }, () => stored(file));
  await expect(failing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  reads.push(...Array.from({ length: 20 }, () => stored(file)));
  expect(await Promise.all(reads)).toEqual(reads.map(() => [[1n, 10n]]));
  await file.close();
});
