import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { microsToIso, type RankingOrder, rankingOrder, type SampleBatch, type TickOrder, tickOrder } from '#domain';
import type { RankingQuery, TickQuery, UsageThenQuery } from '#store';
import { oddNames } from './odd-names.js';
import { batchOf, rounded, type StoreFixture, tick } from './store-fixture.js';
import { unitOf } from './units.contract.js';

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
/** Texts to look for that mean something to a database. */
const hostileTexts = ['\\', '\n', "'; drop", '") |>', '%', '${', '['];
const holding = (text: string) => oddNames.filter((name) => name.toLowerCase().includes(text)).toSorted(byBytes);
const iso = (n: number) => microsToIso(tick(n));
/** Unix seconds of a tick, as collectors tell when a process started. */
const second = (n: number) => tick(n) / 1e6;

/** What every usage store promises of ticks, rankings and comparisons. `open` makes an empty store. */
export function pageReadsContract(open: () => Promise<StoreFixture>): void {
  let fixture: StoreFixture;
  beforeEach(async () => {
    fixture = await open();
  });
  afterEach(() => fixture.end());

  const write = (...batches: (Partial<SampleBatch> & { at?: number })[]) => fixture.store.write(batches.map(batchOf));
  /** The same programs at several ticks. */
  const run = (ticks: number[], fields: Partial<SampleBatch>) =>
    write(...ticks.map((n) => ({ at: tick(n), ...fields })));

  describe('a tick', () => {
    const at = (n: number, more: Partial<TickQuery> = {}) =>
      fixture.store.tick({ host: 'web-1', at: tick(n), notBefore: tick(0), order: 'cpu', limit: 100, ...more });
    const named = async (more: Partial<TickQuery> = {}) => (await at(0, more))?.processes.map(({ process }) => process);

    it('is told whole: every field of every program, the largest first, the sums, and the ticks beside it', async () => {
      const units = [unitOf('a.service')];
      await write(
        { at: tick(0) },
        {
          at: tick(1),
          names: ['java', 'nginx', 'bare'],
          count: [1, 4, 2],
          cpu: [10, 30.5, null],
          cpuMax: [10, 20, null],
          mem: [50, 2, null],
          memMax: [50, 1, null],
          rssBytes: [5000, 200, null],
          started: [second(-7), null, null],
          units,
          unit: [0, null, null],
        },
        { at: tick(2) },
        { at: tick(1), host: 'web-2', cpu: [99] },
      );
      const unknown = { cpu: null, cpuMax: null, mem: null, memMax: null, rssBytes: null };
      expect(await at(1)).toEqual({
        time: tick(1),
        previous: tick(0),
        next: tick(2),
        all: { programs: 3, count: 7, cpu: 40.5, mem: 52, rssBytes: 5200 },
        processes: [
          { process: 'nginx', count: 4, cpu: 30.5, cpuMax: 20, mem: 2, memMax: 1, rssBytes: 200 },
          {
            process: 'java',
            count: 1,
            cpu: 10,
            cpuMax: 10,
            mem: 50,
            memMax: 50,
            rssBytes: 5000,
            unit: 'a.service',
            started: iso(-7),
          },
          { process: 'bare', count: 2, ...unknown },
        ],
      });
    });

    it('is the newest at or before the moment, and none where that is too old or another host', async () => {
      await run([0, 1, 7], {});
      const time = async (micros: number, notBefore = tick(0), host = 'web-1') =>
        (await at(0, { at: micros, notBefore, host }))?.time;
      expect(await time(tick(1))).toBe(tick(1));
      expect(await time(tick(1) - 1)).toBe(tick(0));
      expect(await time(tick(6))).toBe(tick(1));
      expect(await time(tick(6), tick(1))).toBe(tick(1));
      expect(await time(tick(6), tick(1) + 1)).toBeUndefined();
      expect(await time(tick(0) - 1, tick(-9))).toBeUndefined();
      expect(await time(tick(0), tick(0), 'web-2')).toBeUndefined();
    });

    it('has no tick before the first, none after the newest, and far ones across a gap', async () => {
      await run([-20, 0, 9], {});
      const beside = async (n: number) => {
        const found = await at(n, { notBefore: tick(-30) });
        return [found?.previous, found?.next];
      };
      expect(await beside(-20)).toEqual([null, tick(0)]);
      expect(await beside(0)).toEqual([tick(-20), tick(9)]);
      expect(await beside(9)).toEqual([tick(0), null]);
    });

    it('comes the largest first by any value, those without it last, ties by the bytes of the name', async () => {
      await write({
        names: ['b', 'a', 'é', 'Z', 'none'],
        count: [2, 2, 5, 1, 1],
        cpu: [5, 5, 1, 9, null],
        cpuMax: [1, 2, 3, 4, null],
        mem: [0, 7, 7, 7, null],
        memMax: [9, 8, 7, 6, null],
        rssBytes: [3, 1, 2, 2, null],
      });
      const expected: Record<TickOrder, string[]> = {
        cpu: ['Z', 'a', 'b', 'é', 'none'],
        cpuMax: ['Z', 'é', 'a', 'b', 'none'],
        mem: ['Z', 'a', 'é', 'b', 'none'],
        memMax: ['b', 'a', 'é', 'Z', 'none'],
        rssBytes: ['b', 'Z', 'é', 'a', 'none'],
        count: ['é', 'a', 'b', 'Z', 'none'],
      };
      for (const order of tickOrder.options) expect([order, await named({ order })]).toEqual([order, expected[order]]);
    });

    it('lists so many, and those that are named beside them in their place, whatever they match', async () => {
      await write({ names: ['Nginx', 'java', 'a%b', 'NGINX-2', 'last'], cpu: [40, 30, 20, 10, null] });
      expect(await named({ limit: 2 })).toEqual(['Nginx', 'java']);
      expect(await named({ limit: 2, processes: ['java', 'last', 'nobody'] })).toEqual([
        'Nginx',
        'java',
        'a%b',
        'last',
      ]);
      expect(await named({ match: 'nginX' })).toEqual(['Nginx', 'NGINX-2']);
      expect(await named({ match: '%' })).toEqual(['a%b']);
      expect(await named({ match: 'web-1' })).toEqual([]);
      expect(await named({ match: 'nginx', limit: 1, processes: ['java'] })).toEqual(['Nginx', 'java']);
      expect((await at(0, { match: 'nginx', limit: 1, processes: ['java'] }))?.all).toEqual({
        programs: 2,
        count: 2,
        cpu: 50,
        mem: null,
        rssBytes: null,
      });
      expect((await at(0, { match: 'nobody' }))?.all).toEqual({
        programs: 0,
        count: 0,
        cpu: null,
        mem: null,
        rssBytes: null,
      });
    });

    it('keeps what a second write does not carry, and replaces what it does', async () => {
      await write({ cpu: [1], mem: [2], started: [second(-9)] });
      await write({ cpu: [5] }, { names: ['java'], started: [second(-3)] });
      await write({ names: ['java'], started: [second(-2)] });
      await fixture.store.close();
      fixture.store = await fixture.reopen();
      expect((await at(0))?.processes).toMatchObject([
        { process: 'nginx', cpu: 5, mem: 2, started: iso(-9) },
        { process: 'java', cpu: null, started: iso(-2) },
      ]);
    });

    it('gives names back byte for byte', async () => {
      await write({ names: oddNames, cpu: oddNames.map(() => 1) });
      expect(await named()).toEqual(oddNames.toSorted(byBytes));
      expect(await named({ match: 'nobody', processes: oddNames })).toEqual(oddNames.toSorted(byBytes));
      for (const text of hostileTexts) expect(await named({ match: text })).toEqual(holding(text));
    });
  });

  describe('a ranking', () => {
    const ranking = (more: Partial<RankingQuery> = {}) =>
      fixture.store.ranking({ from: tick(0), order: 'cpuSeconds', limit: 100, ...more });
    const named = async (more: Partial<RankingQuery> = {}) =>
      (await ranking(more)).programs.map(({ host, process }) => `${host} ${process}`);
    const cpuSeconds = async (more: Partial<RankingQuery> = {}) =>
      rounded((await ranking(more)).programs.map(({ process, cpuSeconds: cpu, seconds }) => [process, cpu, seconds]));

    it('tells of each program its totals, means, largest values and times', async () => {
      const started = [second(-5), null];
      await write(
        { at: tick(-1), cpu: [9999] },
        {
          at: tick(0),
          names: ['java', 'bare'],
          count: [2, 1],
          cpu: [50, null],
          cpuMax: [40, null],
          mem: [10, null],
          memMax: [7, null],
          rssBytes: [100, null],
          started,
          units: [unitOf('a.service')],
          unit: [0, 0],
        },
        {
          at: tick(1),
          names: ['java', 'bare'],
          count: [4, 1],
          cpu: [150, null],
          cpuMax: [90, null],
          mem: [30, null],
          memMax: [9, null],
          rssBytes: [300, null],
          units: [unitOf('b.service')],
          unit: [0, null],
        },
        { at: tick(2), names: ['java'], count: [9], cpu: [9999] },
      );
      const unknown = { cpu: null, cpuPeak: null, cpuMax: null, mem: null, memPeak: null, memMax: null };
      expect(await ranking({ to: tick(2) })).toEqual({
        programs: [
          {
            host: 'web-1',
            process: 'java',
            unit: 'b.service',
            samples: 2,
            cpuSeconds: 20,
            seconds: 20,
            count: 3,
            cpu: 100,
            cpuPeak: 150,
            cpuMax: 90,
            mem: 20,
            memPeak: 30,
            memMax: 9,
            rssBytes: 200,
            rssBytesPeak: 300,
            firstTime: iso(0),
            lastTime: iso(1),
          },
          {
            host: 'web-1',
            process: 'bare',
            samples: 2,
            cpuSeconds: null,
            seconds: 20,
            count: 1,
            ...unknown,
            rssBytes: null,
            rssBytesPeak: null,
            firstTime: iso(0),
            lastTime: iso(1),
          },
        ],
        all: { programs: 2, cpuSeconds: 20 },
      });
    });

    it('lets a sample stand for the time since the tick before, at most three usual intervals', async () => {
      // The program is seen at some ticks only; it is the host's ticks that count. The usual gap is 10 s.
      await run([0, 1, 2, 4, 30, 31, 32], { names: ['always'], cpu: [100] });
      await run([1, 4, 30], { names: ['seldom'], cpu: [200] });
      expect(await cpuSeconds()).toEqual([
        ['seldom', 20 + 40 + 60, 10 + 20 + 30],
        ['always', 100, 10 + 10 + 10 + 20 + 30 + 10 + 10],
      ]);
      expect(await cpuSeconds({ from: tick(4), to: tick(32) })).toEqual([
        ['seldom', 20 + 60, 10 + 30],
        ['always', 50, 10 + 30 + 10],
      ]);
    });

    it('takes ten seconds for the usual interval where the range has one tick, and the lower middle of several', async () => {
      await run([0, 2, 8], { cpu: [100] });
      expect(await cpuSeconds({ to: tick(1) })).toEqual([['nginx', 10, 10]]);
      expect(await cpuSeconds({ to: tick(3) })).toEqual([['nginx', 40, 40]]);
      expect(await cpuSeconds()).toEqual([['nginx', 20 + 20 + 60, 100]]);
    });

    it('gives each host its own ticks, and counts a batch that came late', async () => {
      await run([0, 3, 6, 9], { host: 'slow', cpu: [100] });
      await run([0, 1, 2], { host: 'quick', cpu: [100] });
      expect(await cpuSeconds()).toEqual([
        ['nginx', 120, 120],
        ['nginx', 30, 30],
      ]);
      await run([1], { host: 'slow', names: ['java'], cpu: [100] });
      expect(await cpuSeconds({ host: 'slow' })).toEqual([
        ['nginx', 100, 20 + 20 + 30 + 30],
        ['java', 10, 10],
      ]);
    });

    it('holds the start of its range and not its end', async () => {
      await run([0, 1, 2, 3], {});
      const [program] = (await ranking({ from: tick(1), to: tick(3) })).programs;
      expect(program).toMatchObject({ samples: 2, firstTime: iso(1), lastTime: iso(2) });
      expect((await ranking({ from: tick(1) + 1, to: tick(3) + 1 })).programs[0]).toMatchObject({ firstTime: iso(2) });
      const nothing = { programs: [], all: { programs: 0, cpuSeconds: null } };
      expect(await ranking({ from: tick(4) })).toEqual(nothing);
      expect(await ranking({ from: tick(2), to: tick(2) })).toEqual(nothing);
      expect(await ranking({ from: tick(3), to: tick(2) })).toEqual(nothing);
    });

    it('comes by any value, those without it last, ties by host and name', async () => {
      const names = ['b', 'a', 'é', 'Z', 'none'];
      const fields = { names, count: [2, 2, 5, 1, 1] };
      await write(
        { ...fields, cpu: [5, 5, 1, 9, null], mem: [0, 7, 7, 7, null], rssBytes: [3, 1, 2, 2, null] },
        { at: tick(1), ...fields, cpu: [5, 5, 1, 1, null], mem: [9, 1, 7, 7, null], rssBytes: [3, 7, 2, 1, null] },
        { at: tick(2), names: ['Z'], cpu: [3] },
        { host: 'db', names: ['b'], cpu: [5], mem: [4.5] },
      );
      const expected: Record<RankingOrder, string[]> = {
        cpuSeconds: ['web-1 Z', 'web-1 a', 'web-1 b', 'db b', 'web-1 é', 'web-1 none'],
        cpu: ['db b', 'web-1 a', 'web-1 b', 'web-1 Z', 'web-1 é', 'web-1 none'],
        cpuPeak: ['web-1 Z', 'db b', 'web-1 a', 'web-1 b', 'web-1 é', 'web-1 none'],
        mem: ['web-1 Z', 'web-1 é', 'db b', 'web-1 b', 'web-1 a', 'web-1 none'],
        memPeak: ['web-1 b', 'web-1 Z', 'web-1 a', 'web-1 é', 'db b', 'web-1 none'],
        rssBytes: ['web-1 a', 'web-1 b', 'web-1 é', 'web-1 Z', 'db b', 'web-1 none'],
        rssBytesPeak: ['web-1 a', 'web-1 b', 'web-1 Z', 'web-1 é', 'db b', 'web-1 none'],
        count: ['web-1 é', 'web-1 a', 'web-1 b', 'db b', 'web-1 Z', 'web-1 none'],
        seconds: ['web-1 Z', 'web-1 a', 'web-1 b', 'web-1 none', 'web-1 é', 'db b'],
      };
      for (const order of rankingOrder.options) {
        expect([order, await named({ order })]).toEqual([order, expected[order]]);
      }
    });

    it('lists so many and those that are named, of a host, a unit and a text, and adds up all that is asked about', async () => {
      await run([0, 1], {
        names: ['Nginx', 'java', 'a%b', 'web', 'cron'],
        cpu: [40, 30, 20, 10, null],
        units: [unitOf('a.service')],
        unit: [0, null, 0, 0, 0],
      });
      await write({ at: tick(2), names: ['web'], cpu: [10], units: [unitOf('a.service')] });
      await write({ host: 'web-2', names: ['nginx'], cpu: [1] });
      expect(await named({ limit: 2 })).toEqual(['web-1 Nginx', 'web-1 java']);
      expect(await named({ host: 'web-2' })).toEqual(['web-2 nginx']);
      expect(await named({ host: 'nobody' })).toEqual([]);
      expect(await named({ match: 'nGiNX' })).toEqual(['web-1 Nginx', 'web-2 nginx']);
      expect(await named({ match: 'web-2' })).toEqual(['web-2 nginx']);
      expect(await named({ match: '%' })).toEqual(['web-1 a%b']);
      expect(await named({ unit: 'a.service' })).toEqual(['web-1 Nginx', 'web-1 a%b', 'web-1 cron']);
      expect(await named({ unit: 'a.service', to: tick(2) })).toEqual([
        'web-1 Nginx',
        'web-1 a%b',
        'web-1 web',
        'web-1 cron',
      ]);
      expect(await named({ unit: 'nobody' })).toEqual([]);
      expect(await named({ limit: 1, processes: ['cron', 'nginx', 'nobody'] })).toEqual([
        'web-1 Nginx',
        'web-2 nginx',
        'web-1 cron',
      ]);
      const some = await ranking({ host: 'web-1', unit: 'a.service', match: 'n', limit: 1, processes: ['java'] });
      expect(some.programs.map(({ process }) => process)).toEqual(['Nginx', 'java']);
      expect(rounded(some.all)).toEqual({ programs: 2, cpuSeconds: 8 });
      expect(rounded((await ranking({ limit: 1 })).all)).toEqual({ programs: 6, cpuSeconds: 21.1 });
    });

    it('has a small history of each: the largest of each step, null where there is none', async () => {
      await run([0, 1, 2, 6, 8], { names: ['a', 'b'], count: [1, 7], cpu: [5, null] });
      await write({ at: tick(1), names: ['a', 'b'], cpu: [90, 1] }, { at: tick(9), names: ['a'], cpu: [99] });
      const spark = { field: 'cpu', stepMicros: 30_000_000, points: 3 } as const;
      const points = async (more: Partial<RankingQuery>) =>
        (await ranking(more)).programs.map(({ process, points: all }) => [process, all]);
      expect(await points({ spark })).toEqual([
        ['a', [90, null, 5]],
        ['b', [1, null, null]],
      ]);
      expect(await points({ spark: { ...spark, field: 'count' }, from: tick(1), limit: 1, processes: ['b'] })).toEqual([
        ['a', [1, 1, 1]],
        ['b', [7, 7, 7]],
      ]);
      expect((await ranking()).programs[0]).not.toHaveProperty('points');
    });

    it('gives names back byte for byte', async () => {
      await write({ names: oddNames, cpu: oddNames.map(() => 1), units: oddNames.map((name) => unitOf(name)) });
      expect((await ranking()).programs.map(({ process }) => process)).toEqual(oddNames.toSorted(byBytes));
      const names = async (more: Partial<RankingQuery>) => (await ranking(more)).programs.map(({ process }) => process);
      expect(await names({ match: 'nobody', processes: oddNames })).toEqual(oddNames.toSorted(byBytes));
      for (const text of hostileTexts) expect(await names({ match: text })).toEqual(holding(text));
    });
  });

  describe('the usage of then', () => {
    const then = (more: Partial<UsageThenQuery> = {}) =>
      fixture.store.usageThen({ host: 'web-1', from: tick(0), to: tick(100), ...more });

    it('is the mean over the ticks of the host, those at which a program did not run as 0', async () => {
      await write(
        { at: tick(-1), cpu: [9999] },
        { at: tick(0), names: ['a', 'b'], count: [2, 1], cpu: [40, null], mem: [8, null], rssBytes: [400, null] },
        { at: tick(1), names: ['a', 'c'], count: [4, 1], cpu: [80, 4], mem: [null, 4], rssBytes: [800, 4] },
        { at: tick(2), names: ['c'], cpu: [8] },
        { at: tick(3), names: ['c'], cpu: [8] },
        { at: tick(4), names: ['a'], count: [9], cpu: [9999] },
        { at: tick(2), host: 'web-2', names: ['a'], cpu: [9999] },
      );
      expect(await then({ to: tick(4) })).toEqual({
        ticks: 4,
        programs: [
          { process: 'a', count: 1.5, cpu: 30, mem: 2, rssBytes: 300 },
          { process: 'b', count: 0.25, cpu: null, mem: null, rssBytes: null },
          { process: 'c', count: 0.75, cpu: 5, mem: 1, rssBytes: 1 },
        ],
      });
    });

    it('tells the unit and the start of the newest sample of that time', async () => {
      const units = [unitOf('a.service'), unitOf('b.service')];
      await write(
        { at: tick(0), names: ['moved', 'left'], started: [second(-9), second(-8)], units, unit: [0, 0] },
        { at: tick(1), names: ['moved', 'left'], started: [second(1), null], units, unit: [1, null] },
        { at: tick(2), names: ['moved'], started: [second(2)] },
      );
      expect((await then({ to: tick(2) })).programs).toMatchObject([
        { process: 'left', count: 1 },
        { process: 'moved', unit: 'b.service', started: iso(1) },
      ]);
      const [left] = (await then({ to: tick(2) })).programs;
      expect(left).not.toHaveProperty('unit');
      expect(left).not.toHaveProperty('started');
      expect((await then({ to: tick(1) })).programs).toMatchObject([
        { process: 'left', unit: 'a.service', started: iso(-8) },
        { process: 'moved', unit: 'a.service', started: iso(-9) },
      ]);
    });

    it('counts the ticks at which nothing that matches ran, and is empty where the host has none', async () => {
      await run([0, 1], { names: ['Nginx', 'java'], cpu: [10, 20] });
      await write({ at: tick(2), names: ['java'], cpu: [20] });
      const some = await then({ match: 'nGINX' });
      expect(rounded(some)).toEqual(
        rounded({ ticks: 3, programs: [{ process: 'Nginx', count: 2 / 3, cpu: 20 / 3, mem: null, rssBytes: null }] }),
      );
      expect(await then({ match: 'web-1' })).toEqual({ ticks: 3, programs: [] });
      expect(await then({ from: tick(3) })).toEqual({ ticks: 0, programs: [] });
      expect(await then({ from: tick(1), to: tick(1) })).toEqual({ ticks: 0, programs: [] });
      expect(await then({ host: 'nobody' })).toEqual({ ticks: 0, programs: [] });
    });

    it('gives names back byte for byte, in the order of their bytes', async () => {
      await write({ names: oddNames, cpu: oddNames.map((_, i) => i) });
      const { programs } = await then();
      expect(programs.map(({ process }) => process)).toEqual(oddNames.toSorted(byBytes));
      expect(programs.map(({ process, cpu }) => [process, cpu])).toEqual(
        oddNames.toSorted(byBytes).map((name) => [name, oddNames.indexOf(name)]),
      );
    });
  });
}
