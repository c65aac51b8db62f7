import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type HostMetric, microsToIso } from '#domain';
import { batchOf, type StoreFixture, tick } from './store-fixture.js';

const cpu = (usage_user: number): HostMetric => ({
  measurement: 'cpu',
  tags: { cpu: 'cpu-total' },
  fields: { usage_user, usage_idle: 100 - usage_user },
});
const net = (name: string, bytes_recv: number): HostMetric => ({
  measurement: 'net',
  tags: { interface: name },
  fields: { bytes_recv },
});

/** What every usage store promises of the hosts' own metrics. `open` makes an empty store. */
export function hostMetricsContract(open: () => Promise<StoreFixture>): void {
  let fixture: StoreFixture;
  beforeEach(async () => {
    fixture = await open();
  });
  afterEach(() => fixture.end());

  const query = { host: 'web-1', from: tick(0), stepMicros: 10_000_000 };
  const usage = (more: object = {}) =>
    fixture.store.hostMetrics({ ...query, measurement: 'cpu', field: 'usage_user', ...more });

  describe("the host's own metrics", () => {
    it('come back by device, with the mean of each step', async () => {
      await fixture.store.write([
        batchOf({ at: tick(0), hostMetrics: [cpu(10), net('eth0', 1000), net('wlan "0", a=b\\', 7)] }),
        batchOf({ at: tick(1), hostMetrics: [cpu(20.5), net('eth0', 3000)] }),
        batchOf({ at: tick(1), host: 'other', hostMetrics: [cpu(99)] }),
      ]);
      expect(await usage()).toEqual([
        {
          tags: { cpu: 'cpu-total' },
          points: [
            [microsToIso(tick(0)), 10],
            [microsToIso(tick(1)), 20.5],
          ],
        },
      ]);
      expect(await usage({ stepMicros: 60_000_000 })).toEqual([
        { tags: { cpu: 'cpu-total' }, points: [[microsToIso(tick(0)), 15.25]] },
      ]);
      expect(await usage({ measurement: 'net', field: 'bytes_recv', to: tick(1) })).toEqual([
        { tags: { interface: 'eth0' }, points: [[microsToIso(tick(0)), 1000]] },
        { tags: { interface: 'wlan "0", a=b\\' }, points: [[microsToIso(tick(0)), 7]] },
      ]);
    });

    it('count once where a batch is written twice, also after the store was opened again', async () => {
      const batch = batchOf({ hostMetrics: [cpu(10)] });
      await fixture.store.write([batch, batch]);
      await fixture.store.write([batch]);
      await fixture.store.close();
      fixture.store = await fixture.reopen();
      await fixture.store.write([batch]);
      await fixture.store.write([batchOf({ at: tick(0), hostMetrics: [cpu(30)] })]);
      expect(await usage()).toEqual([{ tags: { cpu: 'cpu-total' }, points: [[microsToIso(tick(0)), 30]] }]);
    });

    it('keep the fields of a tick that a second write does not carry, and replace those that it does', async () => {
      const memory = { measurement: 'mem' as const, tags: {}, fields: { used: 700 } };
      await fixture.store.write([batchOf({ hostMetrics: [cpu(10), net('eth0', 1000), net('eth1', 5)] })]);
      await fixture.store.write([batchOf({ at: tick(1), hostMetrics: [cpu(50)] })]);
      const second = { ...cpu(20), fields: { usage_user: 20, usage_system: 3 } };
      await fixture.store.write([batchOf({ hostMetrics: [second, net('eth0', 2000), memory] })]);
      const first = (measurement: 'cpu' | 'net' | 'mem', field: string) =>
        fixture.store
          .hostMetrics({ ...query, to: tick(1), measurement, field })
          .then((series) =>
            series.map(({ tags, points }) => [Object.values(tags)[0], points.map(([, value]) => value)]),
          );
      expect(await first('cpu', 'usage_user')).toEqual([['cpu-total', [20]]]);
      expect(await first('cpu', 'usage_idle')).toEqual([['cpu-total', [90]]]);
      expect(await first('cpu', 'usage_system')).toEqual([['cpu-total', [3]]]);
      expect(await first('net', 'bytes_recv')).toEqual([
        ['eth0', [2000]],
        ['eth1', [5]],
      ]);
      expect(await first('mem', 'used')).toEqual([[undefined, [700]]]);
    });

    it('count the last of several points of one device in a batch', async () => {
      await fixture.store.write([batchOf({ hostMetrics: [cpu(10), cpu(30)] })]);
      expect(await usage()).toEqual([{ tags: { cpu: 'cpu-total' }, points: [[microsToIso(tick(0)), 30]] }]);
    });

    it('are one series of a device also where the host changes its service', async () => {
      await fixture.store.write([
        batchOf({ at: tick(0), service: 'shop', hostMetrics: [cpu(10)] }),
        batchOf({ at: tick(1), service: 'shop', hostMetrics: [cpu(20)] }),
        batchOf({ at: tick(2), service: 'bank', hostMetrics: [cpu(60)] }),
      ]);
      expect(await usage({ stepMicros: 60_000_000 })).toEqual([
        { tags: { cpu: 'cpu-total' }, points: [[microsToIso(tick(0)), 30]] },
      ]);
    });

    it('are numbers whatever their sum is', async () => {
      await fixture.store.write([0, 1].map((n) => batchOf({ at: tick(n), hostMetrics: [cpu(1.7e308)] })));
      const [series] = await usage({ stepMicros: 60_000_000 });
      expect(series?.points.map(([, value]) => Number.isFinite(value))).toEqual([true]);
    });

    it('are kept of a tick without a single program', async () => {
      await fixture.store.write([batchOf({ names: [], hostMetrics: [cpu(10)] })]);
      expect(await usage()).toHaveLength(1);
    });

    it('add up its programs where that is asked for, whatever else it tells', async () => {
      const columns = { names: ['nginx', 'java'], count: [2, 1], rssBytes: [null, 7] };
      await fixture.store.write([
        batchOf({ at: tick(0), ...columns, cpu: [10, 30], mem: [1, null] }),
        batchOf({ at: tick(1), ...columns, cpu: [20, 60], mem: [null, null] }),
        batchOf({ at: tick(7), ...columns, cpu: [1.5, null], mem: [null, 2] }),
        batchOf({ at: tick(0), host: 'other', ...columns, cpu: [99, 99], mem: [9, 9] }),
      ]);
      const sums = async (field: 'cpu' | 'mem' | 'rssBytes' | 'count', more: object = {}) => {
        const found = await fixture.store.programSums({ ...query, field, ...more });
        return found.map(({ tags, points }) => [tags, points]);
      };
      const at = (n: number) => microsToIso(tick(n));
      expect(await sums('cpu')).toEqual([[{}, [[at(0), 40], [at(1), 80], [at(7), 1.5]]]]); // prettier-ignore
      expect(await sums('cpu', { stepMicros: 60_000_000, extremes: true })).toEqual([[{}, [[at(0), 60], [at(6), 1.5]]]]); // prettier-ignore
      expect(await sums('mem')).toEqual([[{}, [[at(0), 1], [at(7), 2]]]]); // prettier-ignore
      expect(await sums('rssBytes', { to: tick(1) })).toEqual([[{}, [[at(0), 7]]]]);
      expect(await sums('count', { from: tick(1) })).toEqual([[{}, [[at(1), 3], [at(7), 3]]]]); // prettier-ignore
      expect(await sums('cpu', { host: 'nobody' })).toEqual([]);
      expect(await sums('cpu', { from: tick(8) })).toEqual([]);
      expect(await sums('cpu', { from: tick(1), to: tick(1) })).toEqual([]);
    });

    it('are nothing for a host, a device or a field that nobody has heard of', async () => {
      await fixture.store.write([batchOf({ hostMetrics: [cpu(10)] })]);
      expect(await usage({ host: 'nobody' })).toEqual([]);
      expect(await usage({ field: 'usage_nothing' })).toEqual([]);
      expect(await usage({ measurement: 'disk' })).toEqual([]);
      expect(await usage({ from: tick(1) })).toEqual([]);
    });
  });
}
