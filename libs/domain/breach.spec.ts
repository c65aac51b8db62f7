import { describe, expect, it } from '@jest/globals';
import { untilBreach } from './breach.js';

const NOW = Date.UTC(2026, 10, 24);
const breachIn = (fromMs: number, atMs: number, toMs: number) => {
  const iso = (ms: number) => new Date(NOW + ms).toISOString();
  return { from: iso(fromMs), at: iso(atMs), to: iso(toMs) };
};

describe('the time until a breach', () => {
  it.each([
    ['seconds', [20, 45, 80], 'in 45 s (20–80)'],
    ['minutes', [540, 720, 1020], 'in 12 min (9–17)'],
    ['minutes up to the longest horizon of programs', [7200, 9000, 10_800], 'in 150 min (120–180)'],
    ['hours, as of a disk', [9 * 3600, 12.4 * 3600, 20 * 3600], 'in 12 h (9–20)'],
  ])('reads in %s', (_, [from = 0, at = 0, to = 0], text) => {
    expect(untilBreach(breachIn(from * 1000, at * 1000, to * 1000), NOW)).toBe(text);
  });

  it('is not negative where the breach should have come already', () => {
    expect(untilBreach(breachIn(-9000, -5000, 3000), NOW)).toBe('in 0 s (0–3)');
  });
});
