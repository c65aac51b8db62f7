import { expect, it } from '@jest/globals';
import { retryAfterMs } from './retry-after.js';

const nowMs = Date.parse('2026-11-22T20:41:50Z');

it.each([
  ['1', 1000],
  ['300', 300_000],
  ['Sun, 22 Nov 2026 20:42:00 GMT', 10_000],
  ['Sun, 22 Nov 2026 20:41:00 GMT', 0],
  ['-1', 0],
  ['abc', 0],
  ['', 0],
  ['9999999999', 3_600_000],
  [null, 0],
])('Retry-After %j is %i ms', (header, ms) => {
  expect(retryAfterMs(header, nowMs)).toBe(ms);
});
