import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CodedError, type HistorySeries, microsToIso, type NameMap, type ProgramUsage, type UsageOrder } from '#domain';
import type { UsageStore } from '#store';
import { oddNames } from './odd-names.js';
import { batchOf, type StoreFixture, tick } from './store-fixture.js';

/** Entries of a map in a fixed order, so that `__proto__` and the like take part in the comparison. */
function entriesOf<Value>(map: NameMap<Value>): [string, Value][] {
  return Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** What every usage store promises. `open` makes an empty store that keeps samples for two days. */
export function usageStoreContract(open: () => Promise<StoreFixture>): void {
  let fixture: StoreFixture;
  let store: UsageStore;
  const from = tick(0);

  beforeEach(async () => {
    fixture = await open();
    store = fixture.store;
  });
  afterEach(() => fixture.end());

  describe('means', () => {
    it('weigh every process the same, three of them at one tick and one at another', async () => {
      await store.write([
        batchOf({ at: tick(0), count: [3], cpu: [30], mem: [9], cpuMax: [20], memMax: [5] }),
        batchOf({ at: tick(1), count: [1], cpu: [2], mem: [1], cpuMax: [2], memMax: [1] }),
      ]);
      expect(await store.usageByName({ from, aggregate: 'mean' })).toEqual({ nginx: [10 / 4, 32 / 4] });
      expect(await store.usageByName({ from, aggregate: 'total' })).toEqual({ nginx: [5, 16] });
      expect(await store.usageByName({ from, aggregate: 'max' })).toEqual({ nginx: [5, 20] });
      expect(await store.valuesByName({ from, metric: 'cpu' })).toEqual({ nginx: [10, 2] });
      expect(await store.valuesByName({ from, metric: 'mem' })).toEqual({ nginx: [3, 1] });
    });

    it('leave out the processes of samples that lack the field', async () => {
      await store.write([
        batchOf({ at: tick(0), count: [5], cpu: [null], mem: [10] }),
        batchOf({ at: tick(1), count: [2], cpu: [8] }),
      ]);
      expect(await store.usageByName({ from, aggregate: 'mean' })).toEqual({ nginx: [2, 4] });
      expect(await store.valuesByName({ from, metric: 'cpu' })).toEqual({ nginx: [4] });
    });

    it('are null for what the window lacks, also where it lacks everything', async () => {
      await store.write([batchOf({ names: ['a', 'b', 'c'], cpu: [1, null, null], rssBytes: [null, 4096, null] })]);
      const expected = { a: [null, 1], b: [null, null], c: [null, null] };
      expect(await store.usageByName({ from, aggregate: 'mean' })).toEqual(expected);
      expect(await store.usageByName({ from, aggregate: 'total' })).toEqual(expected);
      expect(await store.usageByName({ from, aggregate: 'max' })).toEqual({
        a: [null, null],
        b: [null, null],
        c: [null, null],
      });
      expect(await store.valuesByName({ from, metric: 'mem' })).toEqual({});
    });

    it('join the hosts where none is asked for, and keep to one where it is', async () => {
      await store.write([
        batchOf({ host: 'web-1', cpu: [10] }),
        batchOf({ host: 'web-2', cpu: [30] }),
        batchOf({ host: 'web', cpu: [500], at: tick(1) }),
      ]);
      expect(await store.usageByName({ from, aggregate: 'mean' })).toEqual({ nginx: [null, 180] });
      expect(await store.usageByName({ from, host: 'web-2', aggregate: 'mean' })).toEqual({ nginx: [null, 30] });
      expect(await store.usageByName({ from, host: 'nobody', aggregate: 'mean' })).toEqual({});
      expect(await store.valuesByName({ from, host: 'web-1', metric: 'cpu' })).toEqual({ nginx: [10] });
    });

    it('take zero for a value like any other', async () => {
      await store.write([batchOf({ cpu: [0], mem: [0], cpuMax: [0], memMax: [0], rssBytes: [0] })]);
      expect(await store.usageByName({ from, aggregate: 'mean' })).toEqual({ nginx: [0, 0] });
      expect(await store.usageByName({ from, aggregate: 'max' })).toEqual({ nginx: [0, 0] });
    });
  });

  describe('windows', () => {
    it('begin at their first microsecond', async () => {
      await store.write([batchOf({ at: from - 1, cpu: [1] }), batchOf({ at: from, cpu: [2] })]);
      expect(await store.valuesByName({ from, metric: 'cpu' })).toEqual({ nginx: [2] });
      expect(await store.valuesByName({ from: from - 1, metric: 'cpu' })).toEqual({ nginx: [1, 2] });
    });

    it('have no end, so that a clock slightly ahead is not invisible', async () => {
      const ahead = (Date.now() + 9 * 60_000) * 1000;
      await store.write([batchOf({ at: ahead, cpu: [7] })]);
      expect(await store.usageByName({ from, aggregate: 'mean' })).toEqual({ nginx: [null, 7] });
      expect(await store.hosts()).toEqual([{ host: 'web-1', lastTime: ahead }]);
    });
  });

  describe('the identity of a sample', () => {
    it('is host, name and time: writing it again replaces the fields it carries and keeps the others', async () => {
      await store.write([batchOf({ count: [2], cpu: [10], cpuMax: [9], mem: [4], memMax: [3], rssBytes: [4096] })]);
      await store.write([batchOf({ count: [3], cpu: [12], mem: [null] })]);
      const [program] = await store.programs({ from, limit: 10 });
      expect(program).toEqual({
        host: 'web-1',
        process: 'nginx',
        samples: 1,
        count: 3,
        cpu: 4,
        cpuTotal: 12,
        cpuMax: 9,
        mem: 4 / 3,
        memTotal: 4,
        memMax: 3,
        rssBytes: 4096,
        lastTime: microsToIso(tick(0)),
      });
    });

    it('counts a batch that comes twice once, however it comes', async () => {
      const batch = batchOf({ names: ['a', 'b'], cpu: [1, 2], mem: [3, 4] });
      await Promise.all([store.write([batch, batch]), store.write([batch])]);
      await store.write([batch]);
      expect(await store.valuesByName({ from, metric: 'cpu' })).toEqual({ a: [1], b: [2] });
    });

    it('joins what two batches of one tick carry, in the same write or in others', async () => {
      await store.write([batchOf({ names: ['a', 'b'], cpu: [1, 2] }), batchOf({ names: ['b', 'c'], mem: [3, 4] })]);
      await store.write([batchOf({ names: ['c', 'd'], cpu: [5, 6] })]);
      expect(await store.usageByName({ from, aggregate: 'mean' })).toEqual({
        a: [null, 1],
        b: [3, 2],
        c: [4, 5],
        d: [null, 6],
      });
    });

    it('does not depend on the id of the batch', async () => {
      const id = 'same-id-of-all';
      await store.write([batchOf({ id, at: tick(0), cpu: [1] }), batchOf({ id, at: tick(1), cpu: [2] })]);
      expect(await store.valuesByName({ from, metric: 'cpu' })).toEqual({ nginx: [1, 2] });
    });

    it('tells times one microsecond apart, and takes them in any order', async () => {
      await store.write([batchOf({ at: from + 2, cpu: [3] })]);
      await store.write([batchOf({ at: from + 1, cpu: [2] }), batchOf({ at: from, cpu: [1] })]);
      expect(await store.valuesByName({ from, metric: 'cpu' })).toEqual({ nginx: [1, 2, 3] });
    });
  });

  it('keeps a host that changes its service one host, and each of its programs one series', async () => {
    await store.write([
      batchOf({ at: tick(0), service: 'shop', cpu: [10], mem: [1] }),
      batchOf({ at: tick(1), service: 'bank', count: [3], cpu: [30], mem: [5] }),
      batchOf({ at: tick(2), cpu: [20], mem: [3] }),
    ]);
    expect(await store.hosts()).toEqual([{ host: 'web-1', lastTime: tick(2) }]);
    expect(await store.usageByName({ from, aggregate: 'mean' })).toEqual({ nginx: [9 / 5, 12] });
    expect(await store.valuesByName({ from, metric: 'cpu' })).toEqual({ nginx: [10, 10, 20] });
    expect(await store.programs({ from, limit: 10 })).toMatchObject([
      { host: 'web-1', process: 'nginx', samples: 3, cpuTotal: 20, lastTime: microsToIso(tick(2)) },
    ]);
    const history = await store.history({ from, field: 'cpu', stepMicros: 60_000_000, limit: 10 });
    expect(history).toEqual([{ host: 'web-1', process: 'nginx', points: [[microsToIso(tick(0)), 20]] }]);
  });

  describe('names', () => {
    it('come back byte for byte, whatever they are', async () => {
      await store.write([batchOf({ names: oddNames, count: oddNames.map(() => 1), cpu: oddNames.map((_, i) => i) })]);
      const usage = await store.usageByName({ from, aggregate: 'mean' });
      expect(entriesOf(usage)).toEqual(
        oddNames.map((name, i): [string, unknown] => [name, [null, i]]).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      );
      expect(Object.getPrototypeOf(usage)).toBeNull();
    });

    it('may be those of hosts too, and each host is found by its name alone', async () => {
      await store.write(oddNames.map((host, i) => batchOf({ host, service: oddNames.at(-i), cpu: [i] })));
      for (const [i, host] of oddNames.entries()) {
        expect({ host, ...(await store.usageByName({ from, host, aggregate: 'mean' })) }).toEqual({
          host,
          nginx: [null, i],
        });
      }
      expect((await store.hosts()).map(({ host }) => host)).toEqual(sortedByBytes(oddNames));
    });

    it('pick their own program and no other', async () => {
      await store.write([batchOf({ names: oddNames, count: oddNames.map(() => 1), mem: oddNames.map((_, i) => i) })]);
      for (const [i, process] of oddNames.entries()) {
        const found = await store.programs({ from, process, limit: 10 });
        expect(found.map((program) => [program.process, program.mem])).toEqual([[process, i]]);
      }
    });

    it('page in the order of their bytes, without a gap or a repetition', async () => {
      await store.write([batchOf({ names: oddNames, count: oddNames.map(() => 1), cpu: oddNames.map(() => 1) })]);
      const seen: string[] = [];
      let after: { host: string; process: string } | undefined;
      for (;;) {
        const page = await store.programs({ from, limit: 7, after });
        seen.push(...page.map(({ process }) => process));
        const last = page.at(-1);
        if (!last) break;
        after = last;
      }
      expect(seen).toEqual(sortedByBytes(oddNames));
    });
  });

  describe('programs in order of a value', () => {
    const write = () =>
      store.write([
        batchOf({ host: 'b', names: ['x', 'y', 'z'], count: [1, 2, 1], cpu: [5, 30, null], cpuMax: [5, 20, null] }),
        batchOf({ host: 'a', names: ['x', 'y'], cpu: [5, 5], mem: [1, 2], rssBytes: [10, null] }),
        batchOf({ host: 'a', names: ['x', 'y'], at: tick(1), cpu: [500, 7] }),
      ]);
    const named = (programs: ProgramUsage[]) => programs.map(({ host, process }) => `${host} ${process}`);

    it('come the largest first, those without it last, and ties by host and name', async () => {
      await write();
      const ordered = async (order: UsageOrder) => named(await store.programs({ from, to: tick(1), limit: 10, order }));
      expect(await ordered('cpuTotal')).toEqual(['b y', 'a x', 'a y', 'b x', 'b z']);
      expect(await ordered('cpu')).toEqual(['b y', 'a x', 'a y', 'b x', 'b z']);
      expect(await ordered('cpuMax')).toEqual(['b y', 'b x', 'a x', 'a y', 'b z']);
      expect(await ordered('mem')).toEqual(['a y', 'a x', 'b x', 'b y', 'b z']);
      expect(await ordered('rssBytes')).toEqual(['a x', 'a y', 'b x', 'b y', 'b z']);
      expect(await ordered('count')).toEqual(['b y', 'a x', 'a y', 'b x', 'b z']);
    });

    it('are those of the window alone, with all that is known of each', async () => {
      await write();
      const [first] = await store.programs({ from, to: tick(1), limit: 1, order: 'cpuTotal' });
      expect(first).toEqual({
        host: 'b',
        process: 'y',
        samples: 1,
        count: 2,
        cpu: 15,
        cpuTotal: 30,
        cpuMax: 20,
        mem: null,
        memTotal: null,
        memMax: null,
        rssBytes: null,
        lastTime: microsToIso(tick(0)),
      });
      expect(named(await store.programs({ from, limit: 1, order: 'cpuTotal' }))).toEqual(['a x']);
      expect(await store.programs({ from: tick(5), to: tick(6), limit: 1, order: 'cpuTotal' })).toEqual([]);
    });

    it('are those whose name or host holds a text, upper and lower case alike, in any order', async () => {
      await store.write([
        batchOf({ host: 'web-1', names: ['Nginx', 'java', 'a%b_c'], cpu: [1, 2, 3] }),
        batchOf({ host: 'db-1', names: ['nginx-exporter', 'GRÜN', 'web'], cpu: [4, 5, 6] }),
      ]);
      const found = async (match: string) => {
        const query = { from, limit: 10, match };
        const [plain, ordered] = [await store.programs(query), await store.programs({ ...query, order: 'cpuTotal' })];
        expect(named(ordered).toSorted()).toEqual(named(plain).toSorted());
        return named(ordered);
      };
      expect(await found('NGINX')).toEqual(['db-1 nginx-exporter', 'web-1 Nginx']);
      expect(await found('web')).toEqual(['db-1 web', 'web-1 a%b_c', 'web-1 java', 'web-1 Nginx']);
      expect(await found('grün')).toEqual(['db-1 GRÜN']);
      expect(await found('%b_')).toEqual(['web-1 a%b_c']);
      expect(await found("'")).toEqual([]);
      expect(named(await store.programs({ from, limit: 1, match: 'web', order: 'cpuTotal' }))).toEqual(['db-1 web']);
    });

    it('are added up by host', async () => {
      await write();
      expect(await store.hostTotals({ from, to: tick(1) })).toEqual([
        {
          host: 'a',
          programs: 2,
          count: 2,
          cpuTotal: 10,
          cpuMax: null,
          memTotal: 3,
          rssBytes: 10,
          lastTime: microsToIso(tick(0)),
        },
        {
          host: 'b',
          programs: 3,
          count: 4,
          cpuTotal: 35,
          cpuMax: 20,
          memTotal: null,
          rssBytes: null,
          lastTime: microsToIso(tick(0)),
        },
      ]);
      expect(await store.hostTotals({ from, match: 'z' })).toMatchObject([{ host: 'b', programs: 1, cpuTotal: null }]);
      expect(await store.hostTotals({ from, host: 'a' })).toMatchObject([
        { host: 'a', programs: 2, lastTime: microsToIso(tick(1)) },
      ]);
      expect(await store.hostTotals({ from: tick(5), to: tick(5) })).toEqual([]);
    });

    it('page without a gap or a repetition, through ties and those without the value', async () => {
      await write();
      const seen: string[] = [];
      let after: { host: string; process: string; value: number | null } | undefined;
      for (;;) {
        const page = await store.programs({ from, to: tick(1), limit: 2, order: 'cpuTotal', after });
        seen.push(...named(page));
        const last = page.at(-1);
        if (!last) break;
        after = { host: last.host, process: last.process, value: last.cpuTotal };
      }
      expect(seen).toEqual(['b y', 'a x', 'a y', 'b x', 'b z']);
    });
  });

  describe('history', () => {
    const points = (series: HistorySeries[]) => series.map(({ host, process, points: all }) => [host, process, all]);

    it('gives the mean of each step, its start aligned to the epoch, and leaves empty steps out', async () => {
      await store.write([
        batchOf({ at: tick(0), cpu: [1] }),
        batchOf({ at: tick(1) + 5, cpu: [3] }),
        batchOf({ at: tick(12), cpu: [9] }),
      ]);
      const series = await store.history({ from, field: 'cpu', stepMicros: 60_000_000, limit: 10 });
      expect(points(series)).toEqual([
        [
          'web-1',
          'nginx',
          [
            [microsToIso(tick(0)), 2],
            [microsToIso(tick(12)), 9],
          ],
        ],
      ]);
    });

    it('gives the largest of each step for the largest process, and the mean of counts and bytes', async () => {
      await store.write([
        batchOf({ at: tick(0), count: [2], cpuMax: [5], memMax: [7], rssBytes: [100] }),
        batchOf({ at: tick(1), count: [4], cpuMax: [4], memMax: [8], rssBytes: [300] }),
      ]);
      const valueOf = async (field: 'cpuMax' | 'memMax' | 'rssBytes' | 'count') => {
        const series = await store.history({ from, field, stepMicros: 60_000_000, limit: 10 });
        return series[0]?.points.map(([, value]) => value);
      };
      expect(await valueOf('cpuMax')).toEqual([5]);
      expect(await valueOf('memMax')).toEqual([8]);
      expect(await valueOf('rssBytes')).toEqual([200]);
      expect(await valueOf('count')).toEqual([3]);
    });

    it('ends before its end, and holds only series that have the field', async () => {
      await store.write([
        batchOf({ at: tick(0), names: ['a', 'b'], cpu: [1, null] }),
        batchOf({ at: tick(1), names: ['a', 'b'], cpu: [2, null] }),
        batchOf({ at: tick(2), names: ['a', 'b'], cpu: [3, 4] }),
      ]);
      const series = await store.history({ from, to: tick(2), field: 'cpu', stepMicros: 10_000_000, limit: 10 });
      expect(points(series)).toEqual([
        [
          'web-1',
          'a',
          [
            [microsToIso(tick(0)), 1],
            [microsToIso(tick(1)), 2],
          ],
        ],
      ]);
    });

    it('pages by series in the order of host and process', async () => {
      await store.write(['web-2', 'web-10', 'web-1'].map((host) => batchOf({ host, names: ['b', 'a'], cpu: [1, 2] })));
      const page = async (after?: { host: string; process: string }) =>
        (await store.history({ from, field: 'cpu', stepMicros: 10_000_000, limit: 4, after })).map(
          ({ host, process }) => `${host} ${process}`,
        );
      expect(await page()).toEqual(['web-1 a', 'web-1 b', 'web-10 a', 'web-10 b']);
      expect(await page({ host: 'web-10', process: 'b' })).toEqual(['web-2 a', 'web-2 b']);
      expect(await page({ host: 'web-2', process: 'b' })).toEqual([]);
    });

    it('gives one host and one process where they are asked for', async () => {
      await store.write(['web-1', 'web-2'].map((host) => batchOf({ host, names: ['a', 'b'], cpu: [1, 2] })));
      const series = await store.history({
        from,
        host: 'web-2',
        process: 'b',
        field: 'cpu',
        stepMicros: 1_000_000,
        limit: 10,
      });
      expect(points(series)).toEqual([['web-2', 'b', [[microsToIso(tick(0)), 2]]]]);
    });
  });

  describe('writes', () => {
    it('take 50,000 samples in one batch', async () => {
      const names = Array.from({ length: 50_000 }, (_, i) => `program-${i}`);
      const result = await store.write([batchOf({ names, count: names.map(() => 2), cpu: names.map((_, i) => i) })]);
      expect(result).toEqual({ stored: 50_000, expired: 0, refused: 0 });
      const usage = await store.usageByName({ from, aggregate: 'mean' });
      expect(Object.keys(usage).length).toBe(50_000);
      expect(usage['program-49999']).toEqual([null, 49_999 / 2]);
    }, 120_000);

    it('say how many samples are stored, and keep none that is past the retention', async () => {
      const old = (Date.now() - 49 * 3_600_000) * 1000;
      const fresh = batchOf({ names: ['a', 'b'], cpu: [1, 2], mem: [1, 2] });
      const late = batchOf({ at: old, names: ['a', 'b', 'c'], cpu: [9, 9, 9] });
      const results = await Promise.all([
        store.write([fresh]),
        store.write([late, batchOf({ at: tick(1), names: ['a'], cpu: [3] })]),
        store.write([late]),
        store.write([fresh]),
      ]);
      expect(results).toEqual([
        { stored: 2, expired: 0, refused: 0 },
        { stored: 1, expired: 3, refused: 0 },
        { stored: 0, expired: 3, refused: 0 },
        { stored: 2, expired: 0, refused: 0 },
      ]);
      expect(await store.valuesByName({ from: 0, metric: 'cpu' })).toEqual({ a: [1, 3], b: [2] });
      expect(await store.hosts()).toEqual([{ host: 'web-1', lastTime: tick(1) }]);
      await store.check();
    });

    it('of nothing are fine and leave no host behind', async () => {
      await store.write([]);
      await store.write([batchOf({ names: [], count: [] })]);
      expect(await store.hosts()).toEqual([]);
      expect(await store.usageByName({ from, aggregate: 'mean' })).toEqual({});
    });

    it('that come at once are all there once each is acknowledged', async () => {
      const hosts = Array.from({ length: 100 }, (_, i) => `web-${i}`);
      await Promise.all(hosts.map((host) => store.write([batchOf({ host, names: ['a', 'b'], cpu: [1, 2] })])));
      expect((await store.hosts()).map(({ host }) => host)).toEqual(sortedByBytes(hosts));
      expect(await store.usageByName({ from, aggregate: 'total' })).toEqual({ a: [null, 1], b: [null, 2] });
    });

    it('under way at close() are either acknowledged and there, or refused', async () => {
      const writes = Array.from({ length: 20 }, (_, i) => store.write([batchOf({ at: tick(i), cpu: [i] })]));
      const closed = store.close();
      const late = store.write([batchOf({ at: tick(99), cpu: [99] })]);
      const outcomes = await Promise.allSettled([...writes, late]);
      await closed;
      expect(outcomes.slice(0, 20).every(({ status }) => status === 'fulfilled')).toBe(true);
      expect(outcomes[20]).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } });
      const again = await fixture.reopen();
      expect(await again.valuesByName({ from, metric: 'cpu' })).toEqual({
        nginx: Array.from({ length: 20 }, (_, i) => i),
      });
    });

    it('survive that the store is closed and opened again, with their identity', async () => {
      await store.write([batchOf({ cpu: [1], mem: [2] })]);
      await store.close();
      const again = await fixture.reopen();
      await again.write([batchOf({ cpu: [5] })]);
      expect(await again.usageByName({ from, aggregate: 'mean' })).toEqual({ nginx: [2, 5] });
      expect(await again.hosts()).toEqual([{ host: 'web-1', lastTime: tick(0) }]);
    });
  });

  it('lists each host with the time of its newest sample', async () => {
    await store.write([batchOf({ host: 'b', at: tick(2) }), batchOf({ host: 'a', at: tick(1) })]);
    await store.write([batchOf({ host: 'b', at: tick(0) })]);
    expect(await store.hosts()).toEqual([
      { host: 'a', lastTime: tick(1) },
      { host: 'b', lastTime: tick(2) },
    ]);
  });

  it('answers numbers exactly as they were written', async () => {
    const cpu = [0.1, 1e-300, 123456.789012345, 1e300];
    const rssBytes = [0, 1, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER];
    await store.write([batchOf({ names: ['a', 'b', 'c', 'd'], count: [1, 1, 1, 1], cpu, rssBytes })]);
    const programs = await store.programs({ from, limit: 10 });
    expect(programs.map((program) => program.cpuTotal)).toEqual(cpu);
    expect(programs.map((program) => program.rssBytes)).toEqual(rssBytes);
  });

  it('answers numbers whatever their sum is', async () => {
    const huge = { cpu: [1.7e308], cpuMax: [1.7e308], mem: [1.7e308], memMax: [1.7e308] };
    await store.write([0, 1].map((n) => batchOf({ at: tick(n), rssBytes: [Number.MAX_SAFE_INTEGER], ...huge })));
    const [program] = await store.programs({ from, limit: 10 });
    const history = await store.history({ from, field: 'mem', stepMicros: 60_000_000, limit: 10 });
    const numbers = [
      ...Object.values(program ?? {}).filter((value) => typeof value !== 'string'),
      ...history.flatMap(({ points }) => points.map(([, value]) => value)),
      ...Object.values(await store.valuesByName({ from, metric: 'cpu' })).flat(),
    ];
    for (const aggregate of ['mean', 'total', 'max'] as const) {
      numbers.push(...Object.values(await store.usageByName({ from, aggregate })).flat());
    }
    expect(numbers).toHaveLength(9 + 1 + 2 + 6);
    expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([]);
  });

  it('says that it is well, and deletes nothing young on request', async () => {
    await store.write([batchOf({ cpu: [1] })]);
    await store.check();
    await store.expire(from);
    expect(await store.usageByName({ from, aggregate: 'mean' })).toEqual({ nginx: [null, 1] });
  });

  it('refuses reads once it is closed', async () => {
    await store.close();
    const read = store.usageByName({ from, aggregate: 'mean' });
    await expect(read).rejects.toBeInstanceOf(CodedError);
    await expect(store.hosts()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.check()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
}

function sortedByBytes(names: string[]): string[] {
  return names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
