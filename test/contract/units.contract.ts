import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { microsToIso, type UnitField, type UnitOrder, type UnitSample } from '#domain';
import { oddNames } from './odd-names.js';
import { batchOf, rounded, type StoreFixture, tick } from './store-fixture.js';

const MIB = 2 ** 20;

/** A service with one process, of which nothing but that is known, unless told otherwise. */
export function unitOf(unit: string, fields: Partial<UnitSample> = {}): UnitSample {
  return {
    unit,
    kind: 'service',
    processes: 1,
    cpu: null,
    cpuLimit: null,
    memBytes: null,
    memLimitBytes: null,
    oomKills: 0,
    ...fields,
  };
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What every usage store promises of units. `open` makes an empty store that keeps samples for two days. */
export function unitsContract(open: () => Promise<StoreFixture>): void {
  let fixture: StoreFixture;
  beforeEach(async () => {
    fixture = await open();
  });
  afterEach(() => fixture.end());

  const from = tick(0);
  const write = (at: number, units: UnitSample[], host = 'web-1') =>
    fixture.store.write([batchOf({ at, host, names: [], units })]);
  const units = (more: object = {}) => fixture.store.units({ from, limit: 100, ...more });
  const named = async (more: object = {}) => (await units(more)).map(({ host, unit }) => `${host} ${unit}`);
  const history = async (field: UnitField, more: object = {}) => {
    const series = await fixture.store.unitHistory({ from, field, stepMicros: 60_000_000, limit: 100, ...more });
    return series.map(({ host, unit, points }) => [`${host} ${unit}`, points.map(([, value]) => value)]);
  };

  describe('units', () => {
    it('are summed up over the window: means, the largest, the newest limits, and all kills', async () => {
      await write(tick(0), [
        unitOf('shop.service', {
          processes: 2,
          cpu: 40,
          cpuLimit: 100,
          throttled: 0,
          memBytes: 100 * MIB,
          memLimitBytes: 400 * MIB,
          pids: 10,
          pidsLimit: 100,
          cpuPressure: 1,
          memPressure: 2,
          ioPressure: 3,
        }),
      ]);
      await write(tick(1), [
        unitOf('shop.service', {
          processes: 4,
          cpu: 80,
          cpuLimit: 200,
          throttled: 50,
          memBytes: 300 * MIB,
          memLimitBytes: 500 * MIB,
          oomKills: 2,
          victim: 'java\\ "x"\n',
          pids: 30,
          pidsLimit: 200,
          cpuPressure: 3,
          memPressure: 4,
          ioPressure: 5,
        }),
      ]);
      await write(tick(2), [unitOf('shop.service', { processes: 3, oomKills: 1 })]);
      const [unit] = await units({ to: tick(2) });
      expect(unit).toEqual({
        host: 'web-1',
        unit: 'shop.service',
        kind: 'service',
        samples: 2,
        processes: 3,
        cpu: 60,
        cpuMax: 80,
        cpuLimit: 200,
        cpuShare: 40,
        cpuShareMax: 40,
        throttled: 25,
        memBytes: 200 * MIB,
        memBytesMax: 300 * MIB,
        memLimitBytes: 500 * MIB,
        memShare: 42.5,
        memShareMax: 60,
        oomKills: 2,
        victim: 'java\\ "x"\n',
        pids: 20,
        pidsLimit: 200,
        cpuPressure: 2,
        memPressure: 3,
        ioPressure: 4,
        lastTime: microsToIso(tick(1)),
      });
      expect(await units()).toMatchObject([
        { samples: 3, oomKills: 3, victim: 'java\\ "x"\n', lastTime: microsToIso(tick(2)) },
      ]);
    });

    it('have no limit where their newest sample has none, and null for what is not known of them', async () => {
      await write(tick(0), [unitOf('a', { cpuLimit: 100, memLimitBytes: MIB, pidsLimit: 5, memBytes: MIB / 2 })]);
      await write(tick(1), [unitOf('a', { memBytes: MIB })]);
      await write(
        tick(0),
        [unitOf('bare', { kind: 'scope', memLimitBytes: 0, memBytes: 5, cpu: 1, cpuLimit: 0 })],
        'b',
      );
      expect(await units({ host: 'web-1' })).toMatchObject([
        { cpuLimit: null, memLimitBytes: null, pidsLimit: null, memShare: 50, cpu: null, cpuShare: null, victim: null },
      ]);
      expect(await units({ host: 'b' })).toMatchObject([
        { kind: 'scope', processes: 1, memLimitBytes: 0, memShare: null, cpuShare: null, throttled: null, pids: null },
      ]);
    });

    it('are those of a host, a unit, a kind, a text of either name, and a window', async () => {
      await write(tick(0), [unitOf('Nginx'), unitOf('a%b', { kind: 'pod' }), unitOf('web')]);
      await write(tick(1), [unitOf('nginx', { kind: 'container' }), unitOf('GRÜN')], 'web-2');
      expect(await named()).toEqual(['web-1 Nginx', 'web-1 a%b', 'web-1 web', 'web-2 GRÜN', 'web-2 nginx']);
      expect(await named({ host: 'web-2' })).toEqual(['web-2 GRÜN', 'web-2 nginx']);
      expect(await named({ unit: 'nginx' })).toEqual(['web-2 nginx']);
      expect(await named({ kind: 'pod' })).toEqual(['web-1 a%b']);
      expect(await named({ match: 'NGINX' })).toEqual(['web-1 Nginx', 'web-2 nginx']);
      expect(await named({ match: 'grün' })).toEqual(['web-2 GRÜN']);
      expect(await named({ match: 'web-2' })).toEqual(['web-2 GRÜN', 'web-2 nginx']);
      expect(await named({ match: '%', order: 'cpu' })).toEqual(['web-1 a%b']);
      expect(await named({ from: tick(1) })).toEqual(['web-2 GRÜN', 'web-2 nginx']);
      expect(await named({ to: tick(1), host: 'web-2' })).toEqual([]);
      expect(await named({ from: tick(3), to: tick(2) })).toEqual([]);
      expect(await named({ host: 'nobody' })).toEqual([]);
    });

    it('come the largest first by any value, those without it last, and page through ties', async () => {
      const all = [
        unitOf('a', { cpu: 5, cpuLimit: 10, memBytes: 10, memLimitBytes: 100, oomKills: 1 }),
        unitOf('b', { cpu: 30, cpuLimit: 300, memBytes: 20, throttled: 3 }),
        unitOf('c', { cpu: 5, memBytes: 20, throttled: 9, oomKills: 4 }),
        unitOf('d', { memBytes: 90, memLimitBytes: 1000 }),
      ];
      await write(tick(0), all);
      await write(tick(0), [unitOf('a', { cpu: 5 })], 'db');
      const expected: Record<UnitOrder, string[]> = {
        cpu: ['web-1 b', 'db a', 'web-1 a', 'web-1 c', 'web-1 d'],
        cpuShare: ['web-1 a', 'web-1 b', 'db a', 'web-1 c', 'web-1 d'],
        memBytes: ['web-1 d', 'web-1 b', 'web-1 c', 'web-1 a', 'db a'],
        memShare: ['web-1 a', 'web-1 d', 'db a', 'web-1 b', 'web-1 c'],
        throttled: ['web-1 c', 'web-1 b', 'db a', 'web-1 a', 'web-1 d'],
        oomKills: ['web-1 c', 'web-1 a', 'db a', 'web-1 b', 'web-1 d'],
      };
      for (const [order, names] of Object.entries(expected) as [UnitOrder, string[]][]) {
        expect([order, await named({ order })]).toEqual([order, names]);
        const seen: string[] = [];
        for (let after: object | undefined; ;) {
          const page = await units({ order, limit: 2, after });
          seen.push(...page.map(({ host, unit }) => `${host} ${unit}`));
          const last = page.at(-1);
          if (!last) break;
          after = { host: last.host, unit: last.unit, value: last[order] };
        }
        expect([order, seen]).toEqual([order, names]);
      }
    });

    it('come back byte for byte whatever they are called, each found by its name alone, in the order of their bytes', async () => {
      await write(
        tick(0),
        oddNames.map((unit, i) => unitOf(unit, { cpu: i, victim: oddNames.at(-i - 1) as string, oomKills: 1 })),
      );
      const sorted = oddNames.toSorted(byBytes);
      expect((await units()).map(({ unit }) => unit)).toEqual(sorted);
      for (const [i, unit] of oddNames.entries()) {
        expect(await units({ unit })).toMatchObject([{ unit, cpu: i, victim: oddNames.at(-i - 1) }]);
      }
      const seen: string[] = [];
      for (let after: { host: string; unit: string } | undefined; ;) {
        const page = await units({ limit: 7, after });
        seen.push(...page.map(({ unit }) => unit));
        const last = page.at(-1);
        if (!last) break;
        after = last;
      }
      expect(seen).toEqual(sorted);
    });

    it('count once where they are written again, and a second write replaces the fields that it carries', async () => {
      const units0 = [unitOf('a', { cpu: 10, memBytes: 5, pids: 3 }), unitOf('b', { cpu: 1 })];
      const batch = batchOf({ names: [], units: units0 });
      await Promise.all([fixture.store.write([batch, batch]), fixture.store.write([batch])]);
      await fixture.store.close();
      fixture.store = await fixture.reopen();
      await fixture.store.write([batch]);
      await write(tick(1), [unitOf('a', { cpu: 50 })]);
      await write(tick(0), [unitOf('a', { cpu: 20, processes: 7, oomKills: 2 }), unitOf('c')]);
      expect(await units({ to: tick(1) })).toMatchObject([
        { unit: 'a', samples: 1, processes: 7, cpu: 20, memBytes: 5, pids: 3, oomKills: 2 },
        { unit: 'b', samples: 1, cpu: 1 },
        { unit: 'c', samples: 1, cpu: null },
      ]);
    });

    it('have a history of each field: means of steps, and of kills their sum', async () => {
      for (const n of [0, 1, 6]) {
        const fields = { cpu: n, cpuLimit: 200, memBytes: n * 10, memLimitBytes: 1000, throttled: n, oomKills: n + 1 };
        await write(tick(n), [unitOf('a', { ...fields, processes: n + 1, pids: n, cpuPressure: n }), unitOf('b')]);
      }
      expect(await history('cpu')).toEqual([['web-1 a', [0.5, 6]]]);
      expect(await history('cpuShare')).toEqual([['web-1 a', [0.25, 3]]]);
      expect(await history('memBytes')).toEqual([['web-1 a', [5, 60]]]);
      expect(rounded(await history('memShare'))).toEqual([['web-1 a', [0.5, 6]]]);
      expect(await history('throttled')).toEqual([['web-1 a', [0.5, 6]]]);
      expect(await history('processes', { unit: 'a' })).toEqual([['web-1 a', [1.5, 7]]]);
      expect(await history('pids')).toEqual([['web-1 a', [0.5, 6]]]);
      expect(await history('cpuPressure', { to: tick(1) })).toEqual([['web-1 a', [0]]]);
      expect(await history('memPressure')).toEqual([]);
      expect(await history('oomKills')).toEqual([
        ['web-1 a', [3, 7]],
        ['web-1 b', [0, 0]],
      ]);
      expect(await history('oomKills', { after: { host: 'web-1', unit: 'a' }, limit: 1 })).toEqual([
        ['web-1 b', [0, 0]],
      ]);
      expect(await history('oomKills', { kind: 'pod' })).toEqual([]);
      expect(await history('oomKills', { from: tick(3), to: tick(2) })).toEqual([]);
    });

    it('are one series also where the host changes its service, and one unit where its kind changes', async () => {
      await fixture.store.write([
        batchOf({ at: tick(0), service: 'shop', units: [unitOf('a', { cpu: 10 })] }),
        batchOf({ at: tick(1), service: 'bank', units: [unitOf('a', { cpu: 20, kind: 'container', cpuLimit: 50 })] }),
      ]);
      expect(await units()).toMatchObject([{ unit: 'a', kind: 'container', samples: 2, cpu: 15, cpuLimit: 50 }]);
      expect(await history('cpu')).toEqual([['web-1 a', [15]]]);
    });

    it('leave no sample of a program behind, count for nothing else, and expire', async () => {
      const old = (Date.now() - 49 * 3_600_000) * 1000;
      const result = await fixture.store.write([
        batchOf({ at: old, names: ['x'], units: [unitOf('old', { cpu: 1 })] }),
        batchOf({ names: ['x', 'y'], cpu: [1, 2], units: [unitOf('a'), unitOf('b')] }),
      ]);
      expect(result).toEqual({ stored: 2, expired: 1, refused: 0 });
      expect(await units({ from: 0 })).toHaveLength(2);
      expect((await fixture.store.programs({ from: 0, limit: 10 })).map(({ process }) => process)).toEqual(['x', 'y']);
      await fixture.store.expire(from);
      expect(await units()).toHaveLength(2);
    });

    it('are 5,000 in one batch', async () => {
      const many = Array.from({ length: 5000 }, (_, i) => unitOf(`pod-${i}`, { kind: 'pod', cpu: i, memBytes: i }));
      await write(tick(0), many);
      expect(await units({ order: 'cpu', limit: 1 })).toMatchObject([{ unit: 'pod-4999', cpu: 4999 }]);
      expect(await units({ limit: 10_000 })).toHaveLength(5000);
    }, 60_000);
  });

  describe('the unit of a program', () => {
    const programs = async (more: object = {}) =>
      (await fixture.store.programs({ from, limit: 100, ...more })).map(({ process, unit }) => [process, unit]);

    it('is that of its newest sample, none where that is in none or in several, and finds the program', async () => {
      const both = [unitOf('shop "a"\\.service'), unitOf('db,1 \n')];
      await fixture.store.write([
        batchOf({
          at: tick(0),
          names: ['java', 'sh', 'cron', 'db'],
          cpu: [1, 2, 3, 4],
          units: both,
          unit: [0, 0, 0, null],
        }),
        batchOf({ at: tick(1), names: ['java', 'sh', 'db'], cpu: [1, 2, 4], units: both, unit: [1, null, 1] }),
      ]);
      const [shop, db] = both.map(({ unit }) => unit);
      const expected = [
        ['cron', shop],
        ['db', db],
        ['java', db],
        ['sh', undefined],
      ];
      expect(await programs()).toEqual(expected);
      expect(new Map((await programs({ order: 'cpuTotal' })) as [string, string][])).toEqual(new Map(expected as []));
      expect(await programs({ unit: db, order: 'cpuTotal' })).toEqual([
        ['db', db],
        ['java', db],
      ]);
      expect(await programs({ unit: db, limit: 1, after: { host: 'web-1', process: 'db' } })).toEqual([['java', db]]);
      expect(await programs({ unit: shop })).toEqual([['cron', shop]]);
      expect(await programs({ unit: shop, to: tick(1) })).toHaveLength(3);
      expect(await programs({ unit: 'nobody' })).toEqual([]);
    });

    it('stays where a second write of the sample does not say it', async () => {
      await fixture.store.write([batchOf({ cpu: [1], units: [unitOf('a'), unitOf('b')], unit: [0] })]);
      await fixture.store.write([batchOf({ cpu: [2] })]);
      expect(await programs()).toEqual([['nginx', 'a']]);
      await fixture.store.write([batchOf({ units: [unitOf('a'), unitOf('b')], unit: [1] })]);
      expect(await programs()).toEqual([['nginx', 'b']]);
    });

    it('is any name, byte for byte', async () => {
      await fixture.store.write([
        batchOf({
          names: oddNames.map((_, i) => `program-${String(i).padStart(3, '0')}`),
          count: oddNames.map(() => 1),
          units: oddNames.map((unit) => unitOf(unit)),
          unit: oddNames.map((_, i) => i),
        }),
      ]);
      expect((await programs()).map(([, unit]) => unit)).toEqual(oddNames);
    });
  });
}
