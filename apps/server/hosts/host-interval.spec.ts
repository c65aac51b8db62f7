import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { silentAfterMs } from '#domain';
import { HostInterval } from './host-interval.js';

const learn = (times: number[], known: number | null = null) => {
  const interval = new HostInterval(known);
  for (const time of times) interval.add(time);
  return interval.ms;
};
const every = (ms: number, ticks: number, from = 0) => Array.from({ length: ticks }, (_, i) => from + i * ms);

describe('the interval of a host', () => {
  it('is its own, whatever it is, after four ticks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 86_400_000 }), fc.integer({ min: 4, max: 20 }), (ms, ticks) => {
        expect(learn(every(ms, ticks))).toBe(ms);
      }),
    );
  });

  it('is not known from one tick, nor from two that may be a burst; then silence is three minutes', () => {
    expect(learn([0])).toBeNull();
    expect(learn([0, 1000])).toBeNull();
    expect(silentAfterMs(null)).toBe(180_000);
  });

  it('is known from the second tick of a host that is slower than that', () => {
    expect(learn([0, 300_000])).toBe(300_000);
  });

  it('stays what it was through an outage, a burst of repeated ticks and a late one', () => {
    expect(learn([...every(60_000, 6), ...every(60_000, 3, 3_600_000)])).toBe(60_000);
    expect(learn([...every(60_000, 6), ...every(60_000, 6), 300_001, 300_002])).toBe(60_000);
    expect(learn([0, 60_000, 125_000, 180_000, 240_000, 299_000])).toBe(60_000);
  });

  it('follows a host that becomes slower', () => {
    expect(learn([...every(10_000, 6), ...every(60_000, 4, 60_000)])).toBe(60_000);
  });

  it('is never longer than a batch may say, however far apart its ticks lie', () => {
    const year = 365 * 86_400_000;
    expect(learn([0, year])).toBeNull();
    expect(learn([0, year, 2 * year, 3 * year, 4 * year])).toBeNull();
    expect(learn([0, 60_000, 120_000, 180_000, year])).toBe(60_000);
  });

  it('is what was learnt before a restart until there is enough to go by', () => {
    expect(learn([0, 1000], 60_000)).toBe(60_000);
    expect(learn(every(10_000, 4), 60_000)).toBe(10_000);
  });
});
