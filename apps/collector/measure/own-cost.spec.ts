import { beforeEach, describe, expect, test } from '@jest/globals';
import { CostWatch } from './own-cost.js';

const MB = 1024 ** 2;
let cpuMs: number;
let rssBytes: number;
let at: number;
let said: string[];

beforeEach(() => {
  cpuMs = 0;
  rssBytes = 80 * MB;
  at = 0;
  said = [];
});

function watch(rule: 'kept' | 'stretchable', ms = 10_000): CostWatch {
  return new CostWatch({ cpu: 1, rssBytes: 120 * MB }, { ms, rule }, (text) => said.push(text), {
    cpuMs: () => cpuMs,
    rssBytes: () => rssBytes,
    now: () => at,
  });
}

/** Lets `count` minutes pass at that cost, with a tick every interval. */
function minutes(cost: CostWatch, count: number, percent: number, from: number): number {
  let interval = from;
  for (const end = at + count * 60_000; at < end;) {
    at += interval;
    cpuMs += (interval * percent) / 100;
    interval = cost.judge(interval);
  }
  return interval;
}

describe('CostWatch', () => {
  test('below the ceiling nothing changes', () => {
    expect(minutes(watch('stretchable'), 10, 0.5, 10_000)).toBe(10_000);
    expect(said).toEqual([]);
  });

  test('above the ceiling the default interval grows step by step, up to a minute, and says so', () => {
    const cost = watch('stretchable');
    expect(minutes(cost, 1, 3, 10_000)).toBe(20_000);
    expect(minutes(cost, 10, 3, 20_000)).toBe(60_000);
    // The fourth says that a minute is kept.
    expect(said).toHaveLength(4);
    expect(said[0]).toBe(
      'The collector uses 3.00 % of a core and 80 MB, more than its ceiling of 1 % and 120 MB; it samples every 20 s from now on, though it was told 10 s',
    );
  });

  test('when it is cheap again it comes back to its default', () => {
    const cost = watch('stretchable');
    minutes(cost, 5, 3, 10_000);
    expect(minutes(cost, 30, 0.1, 60_000)).toBe(10_000);
    expect(said.at(-1)).toContain('it samples every 10 s');
  });

  test('an interval that the user set is kept, with one warning', () => {
    expect(minutes(watch('kept', 1_000), 10, 3, 1_000)).toBe(1_000);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('the interval of 1 s is kept');
  });

  test.each([2_000, 30_000, 60_000, 300_000])(
    'what was ordered at run time, %i ms, is stretched while it costs too much, and comes back to what was ordered',
    (orderedMs) => {
      const cost = watch('kept');
      cost.order(orderedMs);
      expect(minutes(cost, 30, 0.1, orderedMs)).toBe(orderedMs);
      expect(said).toEqual([]);
      const stretched = minutes(cost, 60, 3, orderedMs);
      expect(stretched).toBe(Math.max(60_000, orderedMs));
      expect(minutes(cost, 200, 0.1, stretched)).toBe(orderedMs);
      // What is a minute or more already is not stretched, so there is no way back to speak of.
      expect(said.at(-1)).toContain(orderedMs < 60_000 ? 'as it was told' : 'is kept');
    },
  );

  test('too much memory counts as well', () => {
    rssBytes = 130 * MB;
    expect(minutes(watch('stretchable'), 1, 0.1, 10_000)).toBe(20_000);
  });
});
