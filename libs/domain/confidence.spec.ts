import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { confidenceOfMedian, confidenceOfShare } from './confidence.js';

describe('the confidence in a share', () => {
  it.each([
    [8, 10, 0.4902, 0.9433],
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [1, 2, 0.0945, 0.9055],
    [300, 400, 0.7053, 0.7899],
  ])('of %i in %i is from %d to %d, as Wilson has it', (hits, n, low, high) => {
    const found = confidenceOfShare(hits, n);
    expect([found.low, found.high].map((one) => Number(one?.toFixed(4)))).toEqual([low, high]);
  });

  it('is not known without a case, and too few below twenty', () => {
    expect(confidenceOfShare(0, 0)).toEqual({ n: 0, low: null, high: null, tooFew: true });
    expect([19, 20].map((n) => confidenceOfShare(1, n).tooFew)).toEqual([true, false]);
  });

  it('holds the share, within 0 and 1, and narrows with more cases', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (a, b) => {
        const [hits, n] = [Math.min(a, b), Math.max(a, b, 1)];
        const { low, high } = confidenceOfShare(hits, n);
        const more = confidenceOfShare(hits * 10, n * 10);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(hits / n);
        expect(high).toBeGreaterThanOrEqual(hits / n);
        expect((more.high ?? 0) - (more.low ?? 0)).toBeLessThan((high ?? 0) - (low ?? 0));
      }),
    );
  });
});

describe('the confidence in a median', () => {
  const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

  it.each([
    [5, null, null],
    [6, 1, 6],
    [10, 2, 9],
    [20, 6, 15],
    [100, 40, 61],
    [1000, 469, 532],
    [1001, 469, 533],
  ])('of %i values is from the one at rank %d to that at rank %d', (n, low, high) => {
    expect(confidenceOfMedian(upTo(n))).toEqual({ n, low, high, tooFew: n < 20 });
  });
});
