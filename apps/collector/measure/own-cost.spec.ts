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

function watch(chosen: boolean): CostWatch {
  return new CostWatch({ cpu: 1, rssBytes: 120 * MB }, { defaultMs: 10_000, chosen }, (text) => said.push(text), {
    cpuMs: () => cpuMs,
    rssBytes: () => rssBytes,
    now: () => at,
  });
}

/** So many minutes at that cost, with a tick every interval. */
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
    expect(minutes(watch(false), 10, 0.5, 10_000)).toBe(10_000);
    expect(said).toEqual([]);
  });

  test('above the ceiling the default interval grows step by step, up to a minute, and says so', () => {
    const cost = watch(false);
    expect(minutes(cost, 1, 3, 10_000)).toBe(20_000);
    expect(minutes(cost, 10, 3, 20_000)).toBe(60_000);
    expect(said).toHaveLength(3);
    expect(said[0]).toBe(
      'The collector uses 3.00 % of a core and 80 MB, more than its ceiling of 1 % and 120 MB; it samples every 20 s from now on',
    );
  });

  test('when it is cheap again it comes back to its default', () => {
    const cost = watch(false);
    minutes(cost, 5, 3, 10_000);
    expect(minutes(cost, 30, 0.1, 60_000)).toBe(10_000);
    expect(said.at(-1)).toContain('it samples every 10 s');
  });

  test('an interval that the user set is kept, with one warning', () => {
    expect(minutes(watch(true), 10, 3, 1_000)).toBe(1_000);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('the interval of 1 s is kept');
  });

  test('too much memory counts as well', () => {
    rssBytes = 130 * MB;
    expect(minutes(watch(false), 1, 0.1, 10_000)).toBe(20_000);
  });
});
