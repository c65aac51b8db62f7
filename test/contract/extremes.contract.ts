import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type HostMetric, microsToIso, type UnitField, type UsageField } from '#domain';
import type { HistoryQuery, HostMetricsQuery, UnitHistoryQuery } from '#store';
import { batchOf, rounded, type StoreFixture, tick } from './store-fixture.js';
import { unitOf } from './units.contract.js';

const MINUTE = 60_000_000;

const sent = (name: string, bytes_sent: number): HostMetric => ({
  measurement: 'net',
  tags: { interface: name },
  fields: { bytes_sent },
});

/** What every usage store promises of the spikes in a history, and of how fast a counter grows. `open` makes an empty store. */
export function extremesContract(open: () => Promise<StoreFixture>): void {
  let fixture: StoreFixture;
  beforeEach(async () => {
    fixture = await open();
  });
  afterEach(() => fixture.end());

  const from = tick(0);
  const iso = (n: number) => microsToIso(tick(n));

  describe('the extremes of a history', () => {
    const history = (field: UsageField, more: Partial<HistoryQuery> = {}) =>
      fixture.store.history({ from, field, stepMicros: MINUTE, limit: 10, extremes: true, ...more });

    it('are the smallest and the largest sample of each point, and are told only where they are asked for', async () => {
      await fixture.store.write([
        batchOf({ at: tick(0), names: ['a', 'b'], cpu: [1, null], cpuMax: [1, null], rssBytes: [7, 3] }),
        batchOf({ at: tick(1), names: ['a', 'b'], cpu: [9, 4], cpuMax: [8, 4], rssBytes: [5, 3] }),
        batchOf({ at: tick(12), names: ['a'], cpu: [2], cpuMax: [2] }),
        batchOf({ at: tick(13), names: ['a'], cpu: [1000] }),
      ]);
      const a = { host: 'web-1', process: 'a' };
      const b = { host: 'web-1', process: 'b' };
      expect(await history('cpu', { to: tick(13) })).toEqual([
        {
          ...a,
          points: [
            [iso(0), 5],
            [iso(12), 2],
          ],
          extremes: [
            [1, 9],
            [2, 2],
          ],
        },
        { ...b, points: [[iso(0), 4]], extremes: [[4, 4]] },
      ]);
      expect((await history('cpuMax', { to: tick(6) }))[0]).toEqual({
        ...a,
        points: [[iso(0), 8]],
        extremes: [[1, 8]],
      });
      expect((await history('rssBytes'))[0]).toEqual({ ...a, points: [[iso(0), 6]], extremes: [[5, 7]] });
      expect((await history('cpu', { extremes: false }))[0]).not.toHaveProperty('extremes');
      expect((await history('cpu', { extremes: undefined }))[0]).not.toHaveProperty('extremes');
      expect(await history('cpu', { from: tick(20) })).toEqual([]);
    });

    it('are kept apart by series, page by page', async () => {
      const hosts = ['web-1', 'web-2'];
      await fixture.store.write(hosts.map((host, i) => batchOf({ host, names: ['a', 'b'], cpu: [i, i + 10] })));
      await fixture.store.write(hosts.map((host) => batchOf({ at: tick(1), host, names: ['b'], cpu: [5] })));
      const page = async (after?: HistoryQuery['after']) =>
        (await history('cpu', { limit: 2, after })).map(({ host, process, extremes }) => [host, process, extremes]);
      expect(await page()).toEqual([
        ['web-1', 'a', [[0, 0]]],
        ['web-1', 'b', [[5, 10]]],
      ]);
      expect(await page({ host: 'web-1', process: 'b' })).toEqual([
        ['web-2', 'a', [[1, 1]]],
        ['web-2', 'b', [[5, 11]]],
      ]);
    });

    it('of a unit are those of its samples, also of kills and of the share of a limit', async () => {
      const at = (n: number, cpu: number | null, oomKills: number, cpuLimit: number | null) =>
        batchOf({ at: tick(n), names: [], units: [unitOf('a.service', { cpu, oomKills, cpuLimit })] });
      await fixture.store.write([at(0, 10, 0, 100), at(1, 30, 2, 50), at(2, null, 1, null), at(6, 5, 0, null)]);
      const unit = async (field: UnitField, more: Partial<UnitHistoryQuery> = {}) => {
        const query = { from, field, stepMicros: MINUTE, limit: 9, extremes: true, ...more };
        const [series] = await fixture.store.unitHistory(query);
        return [series?.points.map(([, value]) => value), series?.extremes];
      };
      expect(await unit('cpu')).toEqual([
        [20, 5],
        [
          [10, 30],
          [5, 5],
        ],
      ]);
      expect(await unit('cpuShare')).toEqual([[35], [[10, 60]]]);
      expect(await unit('oomKills', { to: tick(3) })).toEqual([[3], [[0, 2]]]);
      expect(await unit('cpu', { extremes: false, to: tick(1) })).toEqual([[10], undefined]);
    });
  });

  describe("the host's own metrics", () => {
    const metrics = (more: Partial<HostMetricsQuery> = {}) =>
      fixture.store.hostMetrics({
        host: 'web-1',
        measurement: 'net',
        field: 'bytes_sent',
        from,
        stepMicros: MINUTE,
        ...more,
      });
    const write = (values: [n: number, bytes: number][], name = 'eth0', host = 'web-1') =>
      fixture.store.write(values.map(([n, bytes]) => batchOf({ at: tick(n), host, hostMetrics: [sent(name, bytes)] })));

    it('have extremes where they are asked for', async () => {
      await write([
        [0, 5],
        [1, 7],
        [6, 1],
      ]);
      const points = [
        [iso(0), 6],
        [iso(6), 1],
      ];
      const extremes = [
        [5, 7],
        [1, 1],
      ];
      expect(await metrics({ extremes: true })).toEqual([{ tags: { interface: 'eth0' }, points, extremes }]);
      expect(await metrics()).toEqual([{ tags: { interface: 'eth0' }, points }]);
    });

    it('grow by so much a second from sample to sample, and where one fell it is left out', async () => {
      await write([
        [-1, 0],
        [0, 1000],
        [1, 1500],
        [2, 1500],
        [3, 300],
        [4, 1300],
        [7, 4300],
        [8, 9_999_999],
      ]);
      const tags = { interface: 'eth0' };
      expect(rounded(await metrics({ rate: true, extremes: true, to: tick(8) }))).toEqual([
        {
          tags,
          points: [
            [iso(0), 50],
            [iso(6), 100],
          ],
          extremes: [
            [0, 100],
            [100, 100],
          ],
        },
      ]);
      expect(rounded(await metrics({ rate: true, to: tick(5), stepMicros: 10_000_000 }))).toEqual([
        {
          tags,
          points: [
            [iso(1), 50],
            [iso(2), 0],
            [iso(4), 100],
          ],
        },
      ]);
    });

    it('grow for each device of each host, over a gap as well, and not at all from a single sample', async () => {
      await write([
        [0, 0],
        [3, 600],
      ]);
      await write(
        [
          [0, 1e12],
          [1, 1e12 + 10],
        ],
        'wlan "0", a=b\\',
      );
      await write([[0, 5]], 'lonely');
      await write(
        [
          [0, 0],
          [1, 7000],
        ],
        'eth0',
        'web-2',
      );
      expect(rounded(await metrics({ rate: true }))).toEqual([
        { tags: { interface: 'eth0' }, points: [[iso(0), 20]] },
        { tags: { interface: 'wlan "0", a=b\\' }, points: [[iso(0), 1]] },
      ]);
      expect(await metrics({ rate: true, from: tick(3) })).toEqual([]);
    });
  });
}
