import { describe, expect, it } from '@jest/globals';
import type { SampleBatch, SeriesKey, UnitSample } from '#domain';
import { SeriesPredictors } from './series-predictors.js';
import { type Tick, toTick } from './tick.js';

const START = Date.UTC(2026, 10, 22);
const MINUTE_MS = 60_000;

function tick(names: string[], atMs: number, value = 20): Tick {
  return { id: 'tick', host: 'web-1', names, memMax: names.map(() => value), timeMs: START + atMs, backlog: 0 };
}

function known(series: SeriesPredictors): string[] {
  return [...series.snapshots()].flatMap(({ key }) => key.process ?? []).sort();
}

describe('the bound on series', () => {
  it('leaves new ones unpredicted and counts their samples, while those that are known go on', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 3 });
    for (let i = 0; i < 5; i++) series.take(tick(['a', 'b', 'c', 'd', 'e'], i * MINUTE_MS));
    expect(known(series)).toEqual(['a', 'b', 'c']);
    expect(series.counts).toEqual({ taken: 15, repeated: 0, late: 0, unpredicted: 10 });
    series.forget(START + 5 * MINUTE_MS);
    expect(known(series)).toEqual(['a', 'b', 'c']);
  });

  it('lets the series that is unseen the longest make room, and no other', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 3 });
    series.take(tick(['a', 'b', 'c'], 0));
    series.take(tick(['a'], MINUTE_MS));
    series.take(tick(['c'], 20 * MINUTE_MS));
    series.forget(START + 20 * MINUTE_MS);
    expect(known(series)).toEqual(['a', 'c']);
    series.take(tick(['new'], 20 * MINUTE_MS));
    expect(known(series)).toEqual(['a', 'c', 'new']);
  });

  it('holds under names that never come twice, and keeps what is seen each time', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 200 });
    for (let i = 0; i < 120; i++) {
      series.take(tick(['java', ...Array.from({ length: 10 }, (_, k) => `job-${i}-${k}`)], i * MINUTE_MS));
      series.forget(START + i * MINUTE_MS);
      expect(series.size).toBeLessThanOrEqual(200);
    }
    expect(known(series)).toContain('java');
    expect(series.size).toBe([...series.snapshots()].length);
  });

  it('takes the claim back of a series that made room', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 1 });
    for (let i = 0; i < 330; i++) series.take(tick(['leak'], i * 10_000, 20 + i / 6));
    expect(series.takeChanges(true)?.forecasts).toHaveLength(1);
    series.takeChanges(false);
    series.forget(START + 120 * MINUTE_MS);
    expect(series.takeChanges(false)).toMatchObject({ cleared: [{ process: 'leak' }] });
  });
});

describe('units and hosts', () => {
  const unit = (memBytes: number | null, memLimitBytes: number | null, more: Partial<UnitSample> = {}): UnitSample => ({
    unit: 'checkout.service',
    kind: 'service',
    processes: 1,
    cpu: 20,
    cpuLimit: null,
    memBytes,
    memLimitBytes,
    oomKills: 0,
    ...more,
  });
  const batch = (i: number, more: Partial<SampleBatch>): SampleBatch => ({
    id: `batch-${i}`,
    host: 'web-1',
    time: new Date(START + i * 10_000).toISOString(),
    intervalMs: 10_000,
    names: ['java'],
    count: [1],
    memMax: [10],
    ...more,
  });

  it('predicts a unit by its share of its own limit, and not one without a limit', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 100 });
    for (let i = 0; i < 330; i++) {
      const units = [unit((20 + i / 6) * 1e6, 100e6), unit(5e9, null, { unit: 'free.service' })];
      series.take(toTick(batch(i, { units })));
    }
    expect(series.sizes).toEqual({ process: 1, unit: 1, host: 0 });
    expect(series.takeChanges(false)?.forecasts).toMatchObject([
      { host: 'web-1', process: null, unit: 'checkout.service', metric: 'mem', limit: 80 },
    ]);
  });

  it('predicts the CPU of a unit by its share of its own quota', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 100 });
    for (let i = 0; i < 330; i++) {
      series.take(toTick(batch(i, { units: [unit(null, null, { cpu: 10 + i / 12, cpuLimit: 50 })] })));
    }
    expect(series.takeChanges(false)?.forecasts).toMatchObject([{ unit: 'checkout.service', metric: 'cpu' }]);
  });

  it('predicts CPU, memory and swap of the host itself, and swap only where there is some', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 100 });
    for (let i = 0; i < 330; i++) {
      const hostUsage = { cpu: 12, mem: 20 + i / 6, memTotalBytes: 1e9 };
      series.take(toTick(batch(i, { hostUsage: { ...hostUsage, swap: 20 + i / 6 } })));
      series.take(toTick(batch(i, { host: 'web-2', hostUsage: { ...hostUsage, swap: null } })));
    }
    expect(series.sizes.host).toBe(5);
    const forecasts = series.takeChanges(false)?.forecasts ?? [];
    expect(forecasts.map(({ host, process, metric }) => `${host} ${process} ${metric}`).toSorted()).toEqual([
      'web-1 null mem',
      'web-1 null swap',
      'web-2 null mem',
    ]);
  });

  it('predicts a disk that fills in a line half a day before, and its inodes', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 100 });
    for (let i = 0; i < 30 * 60; i++) {
      const disks = [{ path: '/data', usedPercent: 40 + i / 45, inodesPercent: 40 + i / 45 }];
      const time = new Date(START + i * MINUTE_MS).toISOString();
      series.take(toTick(batch(i, { time, hostUsage: { cpu: 12, mem: 20, memTotalBytes: 1e9, disks } })));
    }
    const forecasts = series.takeChanges(true)?.forecasts ?? [];
    expect(forecasts).toMatchObject([
      { host: 'web-1', process: null, device: '/data', metric: 'disk', limit: 90 },
      { host: 'web-1', process: null, device: '/data', metric: 'inodes', limit: 90 },
    ]);
    const hours = (Date.parse(forecasts[0]?.breachAt ?? '') - (START + 30 * 3_600_000)) / 3_600_000;
    expect(hours).toBeGreaterThan(7);
    expect(hours).toBeLessThan(8);
    expect(forecasts[0]?.reason).toMatch(/^rising 1\.3 %\/h since 11-2\d \d\d:\d\d$/);
  });

  it('keeps programs, units and disks of one name apart', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 100 });
    const keys: SeriesKey[] = [
      { host: 'a', process: '/', metric: 'mem' },
      { host: 'a', process: null, unit: '/', metric: 'mem' },
      { host: 'a', process: null, device: '/', metric: 'swap' },
      { host: 'a', process: null, metric: 'mem' },
    ];
    for (const key of keys) series.update(key, START, 10);
    expect([...series.snapshots()].map(({ key }) => key)).toEqual(keys);
  });
});

describe('limits that rules ask for', () => {
  const key: SeriesKey = { host: 'web-1', process: 'java', metric: 'mem' };
  const leak = (series: SeriesPredictors, from: number, to: number) => {
    for (let i = from; i < to; i++) series.update(key, START + i * 10_000, 20 + i / 12);
  };

  it('are predicted beside the usual one, and cleared where nobody asks any more', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 3 });
    series.ask([{ metric: 'mem', limit: 60, process: 'ja*', host: 'web-?' }]);
    leak(series, 0, 420);
    expect(series.size).toBe(2);
    const { forecasts = [] } = series.takeChanges(false) ?? {};
    expect(forecasts).toContainEqual(expect.objectContaining({ process: 'java', limit: 60 }));
    series.ask([]);
    expect(series.size).toBe(1);
    expect(series.takeChanges(false)?.cleared).toEqual([{ ...key, limit: 60 }]);
  });

  it('are for what the globs match alone, within the bound on series', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 3 });
    const limits = [1, 2, 3].map((n) => ({ metric: 'mem' as const, limit: 50 + n }));
    leak(series, 0, 1);
    series.ask([
      { metric: 'cpu', limit: 60 },
      { metric: 'mem', limit: 60, process: 'nginx' },
      { metric: 'mem', limit: 60, unit: '*' },
    ]);
    expect(series.size).toBe(1);
    series.ask([...limits, { metric: 'mem', limit: 80, horizonMs: 60_000 }]);
    expect([...series.snapshots()].map(({ target }) => target.limit)).toEqual([80, 51, 52]);
  });

  it('begin with what is known of a disk, and of short horizons like memory', () => {
    const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 3 });
    const disk: SeriesKey = { host: 'web-1', process: null, device: '/', metric: 'disk' };
    const fill = (from: number, to: number) => {
      for (let i = from; i < to; i++) series.update(disk, START + i * MINUTE_MS, 40 + i / 70);
    };
    fill(0, 1700);
    series.takeChanges(false);
    series.ask([
      { metric: 'disk', limit: 70 },
      { metric: 'disk', limit: 90, horizonMs: 600_000 },
    ]);
    fill(1700, 1725);
    expect(series.takeChanges(false)?.forecasts).toContainEqual(expect.objectContaining({ device: '/', limit: 70 }));
    expect(series.sizes.host).toBe(3);
  });
});
