import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MICROS_PER_SECOND, microsToIso, type SampleBatch } from '#domain';
import { DuckDbFile } from './duckdb-file.js';
import { DuckDbStore } from './duckdb.store.js';
import { rounded } from '../../../test/contract/store-fixture.js';
import { StoreOpenError } from '../store-errors.js';

const hour = 3600 * MICROS_PER_SECOND;
const start = Math.floor(Date.parse('2026-11-20T00:00:00Z')) * 1000;

let folder: string;
let store: DuckDbStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amberwatch-duckdb-'));
  store = await DuckDbStore.open({ folder });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

function batchOf(time: number, names: string[], host = 'web-1'): SampleBatch {
  const cpu = names.map((_, i) => ((i * 7919 + time) % 10_007) / 100);
  return {
    id: 'any-batch',
    host,
    time: microsToIso(time),
    names,
    count: names.map(() => 1),
    cpu,
    mem: cpu,
    cpuMax: cpu,
  };
}

function namesOf(count: number, prefix = 'program'): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
}

it('deletes what is past its retention, hour by hour, and forgets hosts of which nothing is left', async () => {
  await store.write([batchOf(start, ['a'], 'gone'), batchOf(start, ['a']), batchOf(start + 5 * hour, ['a', 'b'])]);
  expect(await store.expire(start + 5 * hour)).toBe(2);
  expect(await store.hosts()).toEqual([{ host: 'web-1', lastTime: start + 5 * hour }]);
  expect(Object.keys(await store.valuesByName({ from: 0, metric: 'cpu' }))).toEqual(['a', 'b']);
  await store.write([batchOf(start + 6 * hour, ['a'], 'gone')]);
  expect(await store.usageByName({ from: 0, host: 'gone', aggregate: 'mean' })).toMatchObject({ a: expect.anything() });
  await store.close();
  store = await DuckDbStore.open({ folder });
  expect((await store.hosts()).map(({ host }) => host)).toEqual(['gone', 'web-1']);
});

it('uses the space of what it deleted again', async () => {
  await store.close();
  store = await DuckDbStore.open({ folder, checkpointThreshold: '8MB' });
  const names = namesOf(10_000);
  const sizes: number[] = [];
  for (let n = 0; n < 24; n++) {
    await store.write([0, 1, 2, 3].map((m) => batchOf(start + n * hour + m, names)));
    await store.expire(start + (n - 3) * hour);
    const bytes = await Promise.all(
      ['usage.duckdb', 'usage.duckdb.wal'].map((name) =>
        stat(join(folder, name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    sizes.push(bytes.reduce((sum, size) => sum + size, 0));
  }
  const early = Math.max(...sizes.slice(0, 12));
  expect(Math.max(...sizes.slice(12))).toBeLessThan(1.5 * early);
}, 120_000);

it('forgets names that no sample uses any more once very many have come', async () => {
  await store.write([batchOf(start, namesOf(50_000, 'x')), batchOf(start + 1, namesOf(50_000, 'y'))]);
  await store.write([batchOf(start + hour, ['kept', 'x-1'])]);
  await store.expire(start + hour);
  await store.write([batchOf(start + 2 * hour, ['x-1', 'x-2', 'y-3'])]);
  const values = await store.valuesByName({ from: 0, metric: 'cpu' });
  expect(Object.keys(values).toSorted()).toEqual(['kept', 'x-1', 'x-2', 'y-3']);
  expect(values['x-1']).toHaveLength(2);
}, 60_000);

it('tells the same of a range whether it has asked before or not, whatever came late or was deleted meanwhile', async () => {
  const minute = hour / 60;
  const time = fc.integer({ min: 0, max: 150 }).map((n) => start + n * minute);
  const program = fc.constantFrom('a', 'b', 'c');
  const write = fc.record({ time, names: fc.uniqueArray(program, { minLength: 1 }), host: fc.constantFrom('x', 'y') });
  const range = fc
    .tuple(time, time)
    .map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) + 7 }));
  const step = fc.record({ writes: fc.array(write, { maxLength: 30 }), range, expire: fc.option(time, { freq: 4 }) });
  let files = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
      const options = { folder: join(folder, `asked-${files++}`) };
      let warm = await DuckDbStore.open(options);
      for (const { writes, range: asked, expire } of steps) {
        // Each write stands alone, so that ticks come in any order.
        for (const { time: at, names, host } of writes) await warm.write([batchOf(at, names, host)]);
        if (expire !== null) await warm.expire(expire);
        const ranking = { ...asked, order: 'cpuSeconds', limit: 9 } as const;
        const all = await warm.ranking(ranking);
        for (const host of ['x', 'y']) {
          const one = await warm.ranking({ ...ranking, host });
          expect(rounded(one.programs)).toEqual(rounded(all.programs.filter((found) => found.host === host)));
        }
      }
      const everything = { host: 'x', from: start, to: start + 3 * hour };
      const before = await warm.usageThen(everything);
      await warm.close();
      warm = await DuckDbStore.open(options);
      expect(rounded(await warm.usageThen(everything))).toEqual(rounded(before));
      await warm.close();
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 120_000);

it('counts what comes late into a time that it was asked about before, and nothing that was deleted since', async () => {
  const minute = hour / 60;
  const asked = { host: 'web-1', from: start, to: start + 2 * hour };
  const names = async () => (await store.usageThen(asked)).programs.map(({ process, count }) => [process, count]);
  for (let n = 0; n < 15; n++) await store.write([batchOf(start + 10 * n * minute, ['a'])]);
  expect(await names()).toEqual([['a', 1]]);
  await store.write([batchOf(start + 40 * minute, ['b'])]);
  expect(await names()).toEqual([
    ['a', 1],
    ['b', 1 / 12],
  ]);
  await store.expire(start + 50 * minute);
  expect(await names()).toEqual([['a', 1]]);
});

it('says in one sentence why a file that is no database can not be opened', async () => {
  const other = join(folder, 'other');
  await store.close();
  await writeFile(join(folder, 'usage.duckdb'), 'x'.repeat(10_000));
  const opening = DuckDbStore.open({ folder });
  await expect(opening).rejects.toBeInstanceOf(StoreOpenError);
  await expect(opening).rejects.toThrow(/^Can't open .*usage\.duckdb: .*not a valid DuckDB database file/);
  store = await DuckDbStore.open({ folder: other });
});

it('names a folder that can not be made', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(DuckDbStore.open({ folder: join(folder, 'file') })).rejects.toThrow(
    /^Can't open .*file.usage\.duckdb: /,
  );
});

it('lets a batch that nobody can write fail alone', async () => {
  const wrong = { ...batchOf(start, ['wrong']), time: 'no time' };
  const outcomes = await Promise.allSettled([
    store.write([batchOf(start, ['a'])]),
    store.write([wrong]),
    store.write([batchOf(start, ['b'])]),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await store.check();
  expect(Object.keys(await store.valuesByName({ from: 0, metric: 'cpu' }))).toEqual(['a', 'b']);
});

it('reads a file from before there were units and starts, and keeps them in it from then on', async () => {
  await store.close();
  const file = await DuckDbFile.open(join(folder, 'usage.duckdb'), { prepare: async () => () => undefined });
  await file.write(async (connection) => {
    await connection.run(
      'DROP TABLE units; DROP VIEW unit_usage; ALTER TABLE samples DROP COLUMN unit; ALTER TABLE samples DROP COLUMN started;',
    );
    await connection.run("INSERT INTO hosts VALUES (1, 'web-1'); INSERT INTO names VALUES (1, 'java');");
    await connection.run('INSERT INTO samples VALUES (1, 1, $1, 1, 5, 5, 5, 5, 5)', [BigInt(start)]);
  });
  await file.close();
  store = await DuckDbStore.open({ folder });
  const unit = { unit: 'a.service', kind: 'service' as const, processes: 1, cpu: 3, cpuLimit: null };
  const units = [{ ...unit, memBytes: 7, memLimitBytes: null, oomKills: 0 }];
  await store.write([{ ...batchOf(start, ['java']), units, unit: [0], started: [1_763_000_000] }]);
  await store.write([batchOf(start + hour, ['java'])]);
  expect(await store.units({ from: 0, limit: 9 })).toMatchObject([{ host: 'web-1', unit: 'a.service', cpu: 3 }]);
  const programs = await store.programs({ from: 0, to: start + 1, limit: 9 });
  expect(programs).toMatchObject([{ process: 'java', rssBytes: 5, unit: 'a.service' }]);
  const then = await store.usageThen({ host: 'web-1', from: start, to: start + 1 });
  expect(then.programs).toMatchObject([{ process: 'java', started: '2025-11-13T02:13:20.000Z' }]);
});

it('deletes units past their retention, keeps the names of those that are left, and no host without any', async () => {
  const unit = (name: string) => ({
    unit: name,
    kind: 'pod' as const,
    processes: 1,
    cpu: 1,
    cpuLimit: null,
    memBytes: 1,
    memLimitBytes: null,
    oomKills: 0,
  });
  const at = (time: number, names: string[], host = 'web-1') => ({
    ...batchOf(time, [], host),
    units: names.map(unit),
  });
  await store.write([at(start, ['old', 'kept']), at(start, ['old'], 'gone'), at(start + hour, ['kept'])]);
  await store.write([batchOf(start, namesOf(50_000, 'x')), batchOf(start, namesOf(50_000, 'y'), 'gone')]);
  await store.expire(start + hour);
  await store.write([at(start + 2 * hour, ['kept', 'old'])]);
  const units = await store.units({ from: 0, limit: 9 });
  expect(units.map(({ host, unit: name, samples }) => [host, name, samples])).toEqual([
    ['web-1', 'kept', 2],
    ['web-1', 'old', 1],
  ]);
}, 60_000);
