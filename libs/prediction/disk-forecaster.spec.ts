import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DiskForecaster, type DiskPrediction } from './disk-forecaster.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = Date.UTC(2026, 10, 20);
const make = () => new DiskForecaster({ limit: 90, horizonMs: 24 * HOUR_MS });

/** Hours, from the start, at which a breach was expected. */
function amberHours(course: (hour: number) => number, hours: number): number[] {
  const disk = make();
  const amber = new Set<number>();
  for (let m = 0; m < hours * 60; m++) {
    if (disk.update(START + m * MINUTE_MS, course(m / 60)).amber) amber.add(Math.floor(m / 60));
  }
  return [...amber];
}

describe('the forecaster of a disk', () => {
  it.each([0.5, 1, 3, 8])('expects a fill of %d %% an hour before two thirds of its way are gone', (rate) => {
    const breach = 24 + 50 / rate;
    const [first = Infinity] = amberHours((h) => 40 + rate * Math.max(0, h - 24), breach - 0.5);
    expect(first).toBeGreaterThan(24);
    expect((first - 24) / (breach - 24)).toBeLessThanOrEqual(breach - 24 > 24 ? 0.9 : 0.67);
    expect(breach - first).toBeLessThanOrEqual(24);
  });

  it.each<[string, (hour: number) => number]>([
    ['a flat disk close to its limit', () => 89],
    ['logs that are rotated', (h) => 60 + ((h % 6) / 6) * 20],
    ['a build folder emptied each hour', (h) => 70 + (h % 1) * 15],
    ['files deleted for good', (h) => (h < 40 ? 85 : 60)],
    ['a copy that stays', (h) => 60 + Math.min(1, Math.max(0, h - 30) / 0.1) * 20],
    ['a nightly backup', (h) => 60 + (h % 24 > 2 && h % 24 < 4 ? 15 : 0)],
  ])('expects nothing of %s, once it is known for a day', (_, course) => {
    expect(amberHours(course, 96).filter((hour) => hour >= 24)).toEqual([]);
  });

  it('goes on from a snapshot at any time as if nothing had been', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.double({ min: 0.2, max: 4, noNaN: true }), (at, rate) => {
        const whole = make();
        let restarted = make();
        for (let m = 0; m < 3000; m += 5) {
          if (m >= at && m < at + 5) {
            const again = make();
            again.restore(restarted.snapshot());
            restarted = again;
          }
          const value = 40 + (rate * m) / 60 + (m % 7) / 10;
          expect(restarted.update(START + m * MINUTE_MS, value)).toEqual(whole.update(START + m * MINUTE_MS, value));
        }
        expect(restarted.snapshot()).toEqual(whole.snapshot());
      }),
      { numRuns: 5 },
    );
  });

  it('says the same where its clock is moved with its samples, and refuses damaged snapshots', () => {
    const [one, other] = [make(), make()];
    const dayMs = 144 * 10 * MINUTE_MS;
    for (let m = 0; m < 1440; m++) for (const disk of [one, other]) disk.update(START + m * MINUTE_MS, 40 + m / 60);
    other.moveClock(-dayMs);
    for (let m = 1440; m < 2400; m++) {
      const moved = other.update(START + m * MINUTE_MS - dayMs, 40 + m / 60);
      const { breach, amber } = one.update(START + m * MINUTE_MS, 40 + m / 60);
      expect(moved.amber).toBe(amber);
      expect(moved.breach?.atMs).toBe(breach && breach.atMs - dayMs);
    }
    const bytes = one.snapshot();
    bytes[100]! ^= 1;
    expect(() => make().restore(bytes)).toThrow('checksum');
    expect(() => make().restore(bytes.subarray(1))).toThrow('not a snapshot');
  });

  it('takes no nonsense: values that are none, and times that are not newer', () => {
    const disk = make();
    disk.update(START, 50);
    const before = disk.snapshot();
    for (const [time, value] of [
      [START, 60],
      [START - 1, 60],
      [START + 1, NaN],
      [NaN, 60],
      [Infinity, 60],
    ] as const)
      expect(disk.update(time, value).amber).toBe(false);
    expect(disk.snapshot()).toEqual(before);
  });

  it('expects the same where it looked ahead only in the last hours', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 4, noNaN: true }), fc.integer({ min: 30, max: 44 }), (rate, since) => {
        const [whole, other] = [make(), make()];
        const expected: DiskPrediction[] = [];
        const found: DiskPrediction[] = [];
        for (let m = 0; m < 48 * 60; m += 10) {
          const [time, value] = [START + m * MINUTE_MS, 30 + rate * Math.max(0, m / 60 - since) + (m % 7) / 10];
          expected.push(whole.update(time, value));
          if (m < 44 * 60) other.remember(time, value);
          else found.push(other.update(time, value));
        }
        expect(found.slice(-12)).toEqual(expected.slice(-12));
      }),
      { numRuns: 20 },
    );
  });
});
