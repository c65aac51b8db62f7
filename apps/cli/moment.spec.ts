import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseMoment, readMoment } from './moment.js';

/** A Tuesday. */
const now = Date.parse('2026-11-24T17:40:05.250Z');
const iso = (text: string, nowMs = now) => {
  const ms = parseMoment(text, nowMs);
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe('a moment as people write it', () => {
  it.each([
    ['now', '2026-11-24T17:40:05.250Z'],
    ['2026-11-22T03:12:00Z', '2026-11-22T03:12:00.000Z'],
    ['2026-11-22T03:12:00.123456Z', '2026-11-22T03:12:00.123Z'],
    ['2026-11-22 03:12', '2026-11-22T03:12:00.000Z'],
    ['2026-11-22 03:12 UTC', '2026-11-22T03:12:00.000Z'],
    ['2026-11-22T03:12+01:00', '2026-11-22T02:12:00.000Z'],
    ['2026-11-22', '2026-11-22T00:00:00.000Z'],
    ['1795380110', '2026-11-22T20:41:50.000Z'],
    ['@1795380110.25', '2026-11-22T20:41:50.250Z'],
    ['03:12', '2026-11-24T03:12:00.000Z'],
    ['3:12', '2026-11-24T03:12:00.000Z'],
    ['23:12', '2026-11-23T23:12:00.000Z'],
    ['today 03:12:30', '2026-11-24T03:12:30.000Z'],
    ['03:12 yesterday', '2026-11-23T03:12:00.000Z'],
    ['  Yesterday  at 03:12 ', '2026-11-23T03:12:00.000Z'],
    ['yesterday', '2026-11-23T17:40:05.250Z'],
    ['monday 03:12', '2026-11-23T03:12:00.000Z'],
    ['last tue 03:12', '2026-11-24T03:12:00.000Z'],
    ['tuesday 18:00', '2026-11-17T18:00:00.000Z'],
    ['10 min ago', '2026-11-24T17:30:05.250Z'],
    ['10m ago', '2026-11-24T17:30:05.250Z'],
    ['-10m', '2026-11-24T17:30:05.250Z'],
    ['1h30m ago', '2026-11-24T16:10:05.250Z'],
    ['1 day and 2 hours ago', '2026-11-23T15:40:05.250Z'],
    ['1.5 hours ago', '2026-11-24T16:10:05.250Z'],
    ['2 weeks ago', '2026-11-10T17:40:05.250Z'],
  ])('%j is %s', (text, expected) => expect(iso(text)).toBe(expected));

  it.each([
    '',
    ' ',
    'ago',
    '10 ago',
    '10m',
    'soon',
    '25:00',
    '12:60',
    '03:12 03:13',
    '2026-02-31',
    '2026-11-22 24:00',
    '1 mango ago',
    'yesterday monday',
    '2026-11-22T03:12 yesterday',
    '99',
    '__proto__',
    '10m10 ago',
    '999999 weeks ago',
    '1960-01-01',
  ])('%j is none', (text) => expect(iso(text)).toBeUndefined());

  it('comes back from what a time of any second prints, and a time of the day never lies ahead', () => {
    const seconds = fc.integer({ min: 86_400, max: 4_102_444_800 }).map((second) => second * 1000);
    fc.assert(
      fc.property(seconds, seconds, (ms, nowMs) => {
        const text = new Date(ms).toISOString();
        expect(parseMoment(text, nowMs)).toBe(ms);
        expect(parseMoment(text.slice(0, 19).replace('T', ' '), nowMs)).toBe(ms);
        const last = parseMoment(text.slice(11, 19), nowMs) as number;
        expect(nowMs - last).toBeGreaterThanOrEqual(0);
        expect(nowMs - last).toBeLessThan(86_400_000);
      }),
    );
  });

  it('is refused with the text where it is none, whatever was typed', () => {
    fc.assert(fc.property(fc.string(), (text) => iso(text) === undefined || iso(text)?.endsWith('Z')));
    expect(() => readMoment('--at', 'soon', now)).toThrow(
      '--at must be a time such as "03:12 yesterday", "10 min ago" or 2026-11-22T03:12Z (UTC), not "soon".',
    );
  });
});
