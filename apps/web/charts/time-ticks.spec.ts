import { describe, expect, it } from '@jest/globals';
import { timeTicks } from './time-ticks.js';

const at = (...parts: [number, number, number, number, number?, number?]) => new Date(...parts).getTime();

describe('timeTicks', () => {
  it('writes local time of 24 hours, and the day at the first tick and where one begins', () => {
    const ticks = [at(2026, 10, 29, 21, 0), at(2026, 10, 30, 0, 0), at(2026, 10, 30, 3, 0)];
    expect(timeTicks(ticks, 3 * 3_600_000)).toEqual(['21:00\n11-29', '00:00\n11-30', '03:00']);
  });

  it('writes seconds where ticks are closer than a minute', () => {
    expect(timeTicks([at(2026, 10, 30, 3, 12, 30)], 30_000)).toEqual(['03:12:30\n11-30']);
  });
});
