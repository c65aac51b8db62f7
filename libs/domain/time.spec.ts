import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { duration, formatDuration, isoSeconds, isoTime, isoToMicros, microsToIso, parseDurationMs } from './time.js';

describe('times on the wire', () => {
  it.each([
    ['2026-11-22T20:41:50Z', 1_795_380_110_000_000],
    ['2026-11-22T20:41:50.25Z', 1_795_380_110_250_000],
    ['2026-11-22T20:41:50.000001Z', 1_795_380_110_000_001],
  ])('%s is %i microseconds', (iso, micros) => {
    expect(isoTime.parse(iso)).toBe(iso);
    expect(isoToMicros(iso)).toBe(micros);
  });

  it('come back exactly from any number of microseconds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_102_444_800_000_000 }),
        (micros) => isoToMicros(microsToIso(micros)) === micros,
      ),
    );
  });

  it.each([
    '2026-11-22',
    '2026-11-22T20:41:50',
    '2026-11-22T20:41:50+01:00',
    '2026-13-01T00:00:00Z',
    '2026-11-22T25:00:00Z',
    '2026-11-22T24:00:00Z',
    '2026-02-31T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00.5Z',
    'now',
  ])('refuse %s', (text) => {
    expect(isoTime.safeParse(text).success).toBe(false);
  });

  it('are told one reason for a refusal', () => {
    for (const [text, reason] of [
      ['yesterday', /^must be an ISO 8601 time/],
      ['2026-02-31T00:00:00Z', /^is no date of the calendar$/],
    ] as const) {
      expect(isoTime.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([
        expect.stringMatching(reason),
      ]);
    }
  });

  it('take the 29th of February of a leap year', () => {
    expect(isoTime.safeParse('2028-02-29T23:59:59.999999Z').success).toBe(true);
  });

  it('are shown to the second on the console', () => {
    expect(isoSeconds(1_795_380_110_999)).toBe('2026-11-22T20:41:50Z');
  });
});

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['48h', 172_800_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
  ])('%s is %i ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', '5', 'm', '-5m', '5 m', '5M', '1e3s', '5m5s', '٣s'])('refuse %j', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });

  it('say their bounds', () => {
    expect(duration(1000, 60_000).safeParse('2m').error?.issues[0]?.message).toBe('must be between 1 s and 60 s');
  });

  it.each([
    [400, '400 ms'],
    [30_000, '30 s'],
    [180_000, '3 min'],
    [7_200_000, '2 h'],
    [97_200_000, '27 h'],
    [180_000_000, '2 d 2 h'],
  ])('%i ms is shown as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
