import { describe, expect, it } from '@jest/globals';
import { calibrated, recalibrate, reliability } from './calibration.js';

/** Claims said with `said`, of which every `nth` comes true. */
const claims = (said: number, n: number, hits: number) =>
  Array.from({ length: n }, (_, i) => ({ probability: said, hit: i < hits }));

describe('recalibration', () => {
  it('brings claims of 60 % that come true in 30 % down, and never turns the order round', () => {
    const { knots, before, after } = recalibrate([
      ...claims(0.6, 200, 60),
      ...claims(0.8, 200, 150),
      ...claims(0.3, 200, 70),
    ]);
    const at = (p: number) => calibrated(knots, p);
    expect(at(0.6)).toBeGreaterThan(0.28);
    expect(at(0.6)).toBeLessThan(0.42);
    expect(at(0.3)).toBeLessThanOrEqual(at(0.6));
    expect(at(0.6)).toBeLessThan(at(0.8));
    expect(after).toBeLessThan(before);
  });

  it('changes little on few outcomes and nothing on none', () => {
    expect(calibrated(recalibrate(claims(0.6, 2, 0)).knots, 0.6)).toBeGreaterThan(0.5);
    expect(calibrated(recalibrate([]).knots, 0.6)).toBe(0.6);
  });

  it('leaves out what is no probability', () => {
    expect(
      recalibrate([
        { probability: NaN, hit: true },
        { probability: 2, hit: true },
      ]).knots,
    ).toEqual([]);
  });

  it('gives the share that came true in each band with its interval', () => {
    expect(reliability(claims(0.65, 100, 60))).toEqual([
      {
        from: 0.6,
        to: 0.7,
        claims: 100,
        claimed: expect.closeTo(0.65),
        cameTrue: 0.6,
        low: expect.closeTo(0.502, 2),
        high: expect.closeTo(0.691, 2),
      },
    ]);
  });
});
