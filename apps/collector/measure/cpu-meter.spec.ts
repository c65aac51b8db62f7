import { describe, expect, test } from '@jest/globals';
import { assert, double, integer, property } from 'fast-check';
import { cpuPercent, firstCpuPercent } from './cpu-meter.js';

describe('cpuPercent', () => {
  test('a process that burns one core the whole time is at 100 %', () => {
    expect(cpuPercent(10_000, 10_000, 4)).toBe(100);
  });

  test('two busy threads are 200 %', () => {
    expect(cpuPercent(20_000, 10_000, 4)).toBe(200);
  });

  test('half a core is 50 %, whenever the tick comes', () => {
    for (const elapsed of [1_000, 10_000, 12_345, 3_600_000]) expect(cpuPercent(elapsed / 2, elapsed, 2)).toBe(50);
  });

  test('no time, time that runs backwards and values that are no numbers give no value', () => {
    for (const elapsed of [0, -1, Number.NaN, Infinity]) expect(cpuPercent(10, elapsed, 2)).toBeUndefined();
    for (const used of [Number.NaN, Infinity, -Infinity]) expect(cpuPercent(used, 1000, 2)).toBeUndefined();
  });

  test('whatever the counters say, a value is never negative, infinite or above cores × 100', () => {
    const anything = double({ noDefaultInfinity: false });
    assert(
      property(anything, anything, integer({ min: 1, max: 1024 }), (used, elapsed, cores) => {
        const percent = cpuPercent(used, elapsed, cores);
        if (percent === undefined) return;
        expect(Number.isFinite(percent)).toBe(true);
        expect(percent).toBeGreaterThanOrEqual(0);
        expect(percent).toBeLessThanOrEqual(cores * 100);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('firstCpuPercent', () => {
  test('a process younger than the tick has its average since its start', () => {
    expect(firstCpuPercent(2_000, 4_000, 10_000, 2)).toBe(50);
  });

  test('an older one waits for its second reading', () => {
    expect(firstCpuPercent(9_999_999, 10_001, 10_000, 2)).toBeUndefined();
    expect(firstCpuPercent(10, 10, 0, 2)).toBeUndefined();
  });

  test('one that has just been born is not above one step of the counter', () => {
    expect(firstCpuPercent(10, 0, 1_000, 2)).toBe(100);
    expect(firstCpuPercent(0, 0, 1_000, 2)).toBe(0);
  });
});
