import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { barChart, sparkline } from './chart.js';

const drawn = (...values: (number | undefined)[]) => ({
  points: values.flatMap((value, i) => (value === undefined ? [] : [[i * 1000, value] as const])),
  fromMs: 0,
  toMs: values.length * 1000,
});
const percent = (value: number) => `${value.toFixed(0)} %`;

describe('a sparkline', () => {
  it('rises from 0 to the largest value, with a space where nothing is known', () => {
    expect(sparkline(drawn(0, 1, 2, 3, undefined, 5, 6, 8), 8)).toBe('▁▁▂▃ ▅▆█');
  });

  it('keeps the largest value where several share a column, so that a peak is not lost', () => {
    expect(sparkline(drawn(1, 1, 8, 1, 1, 1, 1, 1), 4)).toBe('▁█▁▁');
  });

  it('is flat where all is 0, and has its width whatever it is made of', () => {
    expect(sparkline(drawn(0, 0, 0), 3)).toBe('▁▁▁');
    const point = fc.tuple(fc.integer({ min: -5000, max: 50_000 }), fc.double({ min: 0, max: 1e12, noNaN: true }));
    fc.assert(
      fc.property(fc.array(point), fc.integer({ min: 1, max: 200 }), (points, width) => {
        const line = sparkline({ points, fromMs: 0, toMs: 40_000 }, width);
        expect(line).toHaveLength(width);
        expect(line).toMatch(/^[ ▁▂▃▄▅▆▇█]+$/);
      }),
    );
  });
});

describe('a bar chart', () => {
  it('shows its scale and the limit', () => {
    expect(
      barChart(drawn(20, 40, 60, 80, 100, undefined, 0, 50), { width: 15, height: 5, limit: 80 }, percent),
    ).toEqual(['100 % ┤┈┈┈┈█┈┈┈', '      ┤   ██', '      ┤  ███  ▄', '      ┤ ████  █', '  0 % ┤█████ ▁█']);
  });
});
