import { describe, expect, it } from '@jest/globals';
import { SeriesPredictors } from './series-predictors.js';
import type { Tick } from './tick.js';

const START = Date.UTC(2026, 10, 22);
const MINUTE_MS = 60_000;

function tick(names: string[], atMs: number, value = 20): Tick {
  return { id: 'tick', host: 'web-1', names, memMax: names.map(() => value), timeMs: START + atMs, backlog: 0 };
}

function known(series: SeriesPredictors): string[] {
  return [...series.snapshots()].map(({ key }) => key.process).sort();
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
