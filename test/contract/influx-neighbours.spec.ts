import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { microsToIso, type UsageOrder } from '#domain';
import { InfluxStore } from '../../libs/store/influx/influx.store.js';
import { startInflux, type TestInflux } from '../support/influxd.js';
import { waitUntil } from '../support/processes.js';
import { batchOf, rounded, tick } from './store-fixture.js';

const found = await startInflux();
let buckets = 0;
let bucket: string;
let store: InfluxStore;

function open(url = (found as TestInflux).url): Promise<InfluxStore> {
  const { token, org } = found as TestInflux;
  return InfluxStore.open({ url, token, org, bucket });
}

/** Writes lines as another program does, times in nanoseconds; resolves with the status. */
async function writeLines(lines: string[]): Promise<number> {
  const { url, token, org } = found as TestInflux;
  const query = new URLSearchParams({ org, bucket, precision: 'ns' });
  const { status } = await fetch(`${url}/api/v2/write?${query.toString()}`, {
    method: 'POST',
    headers: { authorization: `Token ${token}` },
    body: lines.join('\n'),
  });
  return status;
}

/** A row of Telegraf's procstat, with the tags and some of the fields that it has by default. */
function procstatLine(row: {
  host: string;
  name: string;
  pid: number;
  at: number;
  cpu: number | null;
  mem: number | null;
}) {
  const { host, name, pid, at, cpu, mem } = row;
  const fields = [
    `num_threads=3i,cpu_time_user=0.17,memory_rss=${4096 * pid}i`,
    ...(cpu === null ? [] : [`cpu_usage=${cpu}`]),
    ...(mem === null ? [] : [`memory_usage=${mem}`]),
  ];
  return `procstat,exe=${name},host=${host},pattern=.,pid=${pid},process_name=${name},user=root ${fields.join(',')} ${at}123`;
}

(found ? describe : describe.skip)('InfluxDB shared with others', () => {
  afterAll(() => found?.stop());
  beforeEach(async () => {
    bucket = `neighbours-${process.pid}-${buckets++}`;
    store = await open();
  });
  afterEach(() => store.close());

  const from = tick(0);

  it('takes each row of a real Telegraf for one process of its program', async () => {
    await store.write([
      batchOf({ host: 'web-1', names: ['nginx', 'sh'], count: [3, 1], cpu: [30, 2], mem: [6, 1], cpuMax: [12, 2] }),
    ]);
    const rows = [
      { name: 'nginx', pid: 10, cpu: 50, mem: 2 },
      { name: 'nginx', pid: 11, cpu: 40, mem: null },
      { name: 'telegraf', pid: 12, cpu: 1.5, mem: 0.25 },
    ];
    const lines = rows.flatMap((row) => [
      procstatLine({ ...row, host: 'web-1', at: tick(1) }),
      procstatLine({ ...row, host: 'db-1', at: tick(1) }),
    ]);
    expect(await writeLines(lines)).toBe(204);
    expect(await store.usageByName({ from, host: 'web-1', aggregate: 'mean' })).toEqual({
      nginx: [8 / 4, 120 / 5],
      sh: [1, 2],
      telegraf: [0.25, 1.5],
    });
    expect(await store.usageByName({ from, host: 'web-1', aggregate: 'max' })).toMatchObject({
      nginx: [2, 50],
      telegraf: [0.25, 1.5],
    });
    expect(await store.valuesByName({ from, host: 'web-1', metric: 'cpu' })).toMatchObject({ telegraf: [1.5] });
    const programs = await store.programs({ from, limit: 10 });
    expect(programs.map(({ host, process, samples }) => [host, process, samples])).toEqual([
      ['db-1', 'nginx', 2],
      ['db-1', 'telegraf', 1],
      ['web-1', 'nginx', 3],
      ['web-1', 'sh', 1],
      ['web-1', 'telegraf', 1],
    ]);
    expect(programs[2]).toMatchObject({ count: 5 / 3, cpu: 24, cpuMax: 50, mem: 2, lastTime: microsToIso(tick(1)) });
    const orderedBy = async (order: UsageOrder) =>
      (await store.programs({ from, limit: 10, order })).map(({ host, process }) => `${host} ${process}`);
    expect(await orderedBy('cpuMax')).toEqual([
      'db-1 nginx',
      'web-1 nginx',
      'web-1 sh',
      'db-1 telegraf',
      'web-1 telegraf',
    ]);
    expect(await orderedBy('memTotal')).toEqual([
      'web-1 nginx',
      'db-1 nginx',
      'web-1 sh',
      'db-1 telegraf',
      'web-1 telegraf',
    ]);
    const history = await store.history({ from, host: 'db-1', field: 'cpu', stepMicros: 10_000_000, limit: 10 });
    expect(history.map(({ process, points }) => [process, points])).toEqual([
      ['nginx', [[microsToIso(tick(1)), 45]]],
      ['telegraf', [[microsToIso(tick(1)), 1.5]]],
    ]);
    // It is nobody that the server should miss.
    expect(await store.hosts()).toEqual([{ host: 'web-1', lastTime: tick(0) }]);
  });

  it('tells ticks, rankings and comparisons of a host that only a real Telegraf writes about', async () => {
    const second = Math.floor(tick(-9) / 1e6);
    const row = (name: string, pid: number, at: number, cpu: number, startedAt: number) =>
      procstatLine({ host: 'db-1', name, pid, at: tick(at), cpu, mem: 1 }).replace(
        'num_threads=3i',
        `created_at=${startedAt}123456789i`,
      );
    const rows = [0, 1, 4].flatMap((at) => [row('pg', 10, at, 50, second), row('pg', 11, at, 30, second + 5)]);
    expect(await writeLines([...rows, row('sh', 12, 1, 7, second + 9)])).toBe(204);
    const atOne = await store.tick({ host: 'db-1', at: tick(2), notBefore: tick(0), order: 'cpu', limit: 9 });
    const started = microsToIso(second * 1e6);
    expect(atOne).toEqual({
      time: tick(1),
      previous: tick(0),
      next: tick(4),
      all: { programs: 2, count: 3, cpu: 87, mem: 3, rssBytes: 33 * 4096 },
      processes: [
        { process: 'pg', count: 2, cpu: 80, cpuMax: 50, mem: 2, memMax: 1, rssBytes: 21 * 4096, started },
        expect.objectContaining({ process: 'sh', count: 1, cpuMax: 7 }),
      ],
    });
    const { programs, all } = await store.ranking({ from, host: 'db-1', order: 'cpuSeconds', limit: 9 });
    // The usual gap is 10 s, and the last of 30 s is three of them.
    expect(rounded(all)).toEqual({ programs: 2, cpuSeconds: 0.8 * (10 + 10 + 30) + 0.7 });
    expect(programs[0]).toMatchObject({ process: 'pg', samples: 6, seconds: 50, cpu: 40, cpuPeak: 50, count: 1 });
    const then = await store.usageThen({ host: 'db-1', from, to: tick(9) });
    expect(then.ticks).toBe(3);
    expect(then.programs).toMatchObject([
      { process: 'pg', count: 2, cpu: 80, mem: 2 },
      { process: 'sh', count: 1 / 3, started: microsToIso((second + 9) * 1e6) },
    ]);
  });

  it('finds the ticks of samples that were written before each tick had a row of its own', async () => {
    const old = (at: number) => `procstat,host=web-1,process_name=nginx process_count=2i,cpu_usage=40 ${tick(at)}000`;
    expect(await writeLines([old(0), old(1), old(2)])).toBe(204);
    await store.write([batchOf({ at: tick(3), count: [2], cpu: [40] }), batchOf({ at: tick(4), names: ['java'] })]);
    const then = await store.usageThen({ host: 'web-1', from, to: tick(9) });
    expect(then).toMatchObject({
      ticks: 5,
      programs: [{ process: 'java' }, { process: 'nginx', count: 8 / 5, cpu: 32 }],
    });
    const { programs } = await store.ranking({ from, host: 'web-1', order: 'cpuSeconds', limit: 9 });
    expect(programs[0]).toMatchObject({ process: 'nginx', cpuSeconds: 16, seconds: 40 });
    const beside = await store.tick({ host: 'web-1', at: tick(2), notBefore: tick(0), order: 'cpu', limit: 9 });
    expect(beside).toMatchObject({ time: tick(2), previous: tick(1), next: tick(3) });
    await writeLines([`procstat,host=web-1,process_name=nginx created_at=${tick(-3)}000i ${tick(3)}000`]);
    expect(await store.write([batchOf({ at: tick(3), started: [Math.floor(tick(-5) / 1e6)] })])).toMatchObject({
      stored: 1,
      refused: 0,
    });
  });

  it('means what a plain sum over all rows means, whoever wrote them', async () => {
    const value = fc.option(fc.integer({ min: 0, max: 400 }));
    const place = {
      host: fc.constantFrom('a', 'b'),
      name: fc.constantFrom('x', 'y'),
      at: fc.integer({ min: 0, max: 2 }),
    };
    const ours = fc.record({ ...place, count: fc.integer({ min: 1, max: 4 }), cpu: value, mem: value });
    // A row of theirs with neither says nothing that a mean is made of.
    const theirs = fc
      .record({ ...place, pid: fc.integer({ min: 1, max: 3 }), cpu: value, mem: value })
      .filter(({ cpu, mem }) => cpu !== null || mem !== null);
    const key = ({ host, name, at, pid }: { host: string; name: string; at: number; pid?: number }) =>
      JSON.stringify([host, name, at, pid]);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(ours, { selector: key, maxLength: 8 }),
        fc.uniqueArray(theirs, { selector: key, maxLength: 8 }),
        async (own, foreign) => {
          bucket = `neighbours-${process.pid}-${buckets++}`;
          const fresh = await open();
          await fresh.write(
            own.map(({ host, name, at, count, cpu, mem }) =>
              batchOf({ host, names: [name], at: tick(at), count: [count], cpu: [cpu], mem: [mem], cpuMax: [cpu] }),
            ),
          );
          if (foreign.length > 0) await writeLines(foreign.map((row) => procstatLine({ ...row, at: tick(row.at) })));
          const rows = [...own, ...foreign.map((row) => ({ ...row, count: 1 }))];
          const meanOf = (some: typeof rows, field: 'cpu' | 'mem') => {
            const having = some.filter((row) => row[field] !== null);
            const sum = having.reduce((total, row) => total + (row[field] ?? 0), 0);
            return having.length === 0 ? null : sum / having.reduce((total, { count }) => total + count, 0);
          };
          for (const host of [undefined, 'a']) {
            const here = rows.filter((row) => host === undefined || row.host === host);
            const names = [...new Set(here.map(({ name }) => name))].toSorted();
            const expected = names.map((name) => {
              const some = here.filter((row) => row.name === name);
              return [name, [meanOf(some, 'mem'), meanOf(some, 'cpu')]];
            });
            const usage = await fresh.usageByName({ from, host, aggregate: 'mean' });
            expect(rounded(usage)).toEqual(rounded(Object.fromEntries(expected)));
          }
          const programs = await fresh.programs({ from, limit: 10 });
          expect(rounded(programs.map(({ host, process: name, cpu, mem }) => [host, name, cpu, mem]))).toEqual(
            rounded(
              [...new Set(rows.map(({ host, name }) => `${host} ${name}`))].toSorted().map((pair) => {
                const some = rows.filter(({ host, name }) => `${host} ${name}` === pair);
                return [...pair.split(' '), meanOf(some, 'cpu'), meanOf(some, 'mem')];
              }),
            ),
          );
          await fresh.close();
        },
      ),
      { numRuns: 12, endOnFailure: true },
    );
  }, 120_000);

  it('answers for rows that have no name, a name too long or one that looks escaped, and leaves the former out', async () => {
    expect(
      await writeLines([
        `procstat,host=web-1 cpu_usage=1 ${tick(0)}000`,
        `procstat,process_name=homeless cpu_usage=2 ${tick(0)}000`,
        `procstat,host=web-1,process_name=${'x'.repeat(300)} cpu_usage=3 ${tick(0)}000`,
        `procstat,host=web-1,process_name=esc:%zz cpu_usage=4 ${tick(0)}000`,
      ]),
    ).toBe(204);
    const programs = await store.programs({ from, limit: 10, host: 'web-1' });
    expect(programs).toMatchObject([
      { process: 'esc:%zz', samples: 1, count: 1, cpu: 4, lastTime: microsToIso(tick(0)) },
    ]);
    const usage = await store.usageByName({ from, aggregate: 'mean' });
    expect(usage).toEqual({ homeless: [null, 2], 'esc:%zz': [null, 4] });
    expect(Object.keys(await store.valuesByName({ from, metric: 'cpu' })).toSorted()).toEqual(['esc:%zz', 'homeless']);
  });

  it('counts what another writer has made impossible to store as refused, and the rest as stored', async () => {
    expect(await writeLines([`procstat,host=x,process_name=x memory_rss=1.5 ${tick(0)}000`])).toBe(204);
    const old = (Date.now() - 49 * 3_600_000) * 1000;
    const results = await Promise.all([
      store.write([
        batchOf({ names: ['a', 'b', 'c'], cpu: [1, 2, 3], rssBytes: [4096, null, 4096] }),
        batchOf({ at: old, names: ['a', 'b'], rssBytes: [null, 1] }),
      ]),
      store.write([batchOf({ names: ['d'], cpu: [4] })]),
    ]);
    expect(results).toEqual([
      { stored: 1, expired: 2, refused: 2, reason: expect.stringContaining('field type conflict') },
      { stored: 1, expired: 0, refused: 0 },
    ]);
    expect(await store.valuesByName({ from: old, metric: 'cpu' })).toEqual({ b: [2], d: [4] });
    await store.check();
  });

  describe('behind a proxy that serves it under a path', () => {
    let proxy: Server;
    let strangers: string[];
    let isFull: boolean;
    /** What was written, as text and the status that it got. */
    let writes: [string, number][];
    beforeEach(async () => {
      strangers = [];
      isFull = false;
      writes = [];
      proxy = createServer((incoming, answer) => {
        const path = incoming.url ?? '';
        if (!path.startsWith('/influx/')) {
          strangers.push(path);
          answer.writeHead(404).end('nothing here');
          return;
        }
        const { method, headers } = incoming;
        const isWrite = path.startsWith('/influx/api/v2/write');
        if (isFull && isWrite) {
          incoming.resume();
          answer.writeHead(503, { 'content-type': 'application/json' }).end('{"message":"disk full"}');
          return;
        }
        const body = isWrite ? text(incoming) : undefined;
        const upstream = request((found as TestInflux).url + path.slice('/influx'.length), { method, headers });
        upstream.on('response', (response) => {
          answer.writeHead(response.statusCode ?? 502, response.headers);
          void body?.then((lines) => writes.push([lines, response.statusCode ?? 0]));
          response.pipe(answer);
        });
        incoming.pipe(upstream);
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
    });
    afterEach(() => {
      proxy.closeAllConnections();
      proxy.close();
    });

    it.each(['/influx', '/influx/'])('is asked under %s for everything', async (path) => {
      bucket = `neighbours-${process.pid}-${buckets++}`;
      const behind = await open(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}${path}`);
      expect(await behind.write([batchOf({ cpu: [7] })])).toEqual({ stored: 1, expired: 0, refused: 0 });
      expect(await behind.usageByName({ from, aggregate: 'mean' })).toEqual({ nginx: [null, 7] });
      await behind.check();
      await behind.close();
      expect(strangers).toEqual([]);
    });

    it('is unwell after a refused write until it takes one of the check itself, which no reader sees', async () => {
      const behind = await open(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}/influx`);
      await behind.check();
      isFull = true;
      await expect(behind.write([batchOf({ cpu: [7] })])).rejects.toThrow('disk full');
      await expect(behind.check()).rejects.toThrow('disk full');
      expect(writes).toEqual([]);
      isFull = false;
      await waitUntil('it is well again', () =>
        behind
          .check()
          .then(() => true)
          .catch(() => false),
      );
      expect(writes).toEqual([['amberwatch_probe ok=true', 204]]);
      expect(await behind.usageByName({ from, aggregate: 'mean' })).toEqual({});
      expect(await behind.hosts()).toEqual([]);
      expect(await behind.programs({ from, limit: 10 })).toEqual([]);
      await behind.close();
    }, 60_000);
  });
});
