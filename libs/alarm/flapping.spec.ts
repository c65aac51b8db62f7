import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { at, forecastAt, hostAt, Timeline } from '../../test/support/timeline.js';

/** A leak that is predicted, breaks the limit and is cleared, again and again; in ticks of 10 s. */
interface Leak {
  warned: number;
  red: number;
  quiet: number;
}

function play(leaks: Leak[]): Timeline {
  const line = new Timeline();
  let second = 0;
  line.at(0, { kind: 'hosts', hosts: [hostAt(0)] });
  const push = (mem: number) => line.push((second += 10), { java: { mem } });
  for (const { warned, red, quiet } of leaks) {
    for (let tick = 0; tick < warned; tick++) {
      push(70);
      const breachAt = at(second + (warned - tick) * 10);
      const range = { breachAt, breachFrom: breachAt, breachTo: at(second + 3600) };
      line.at(second, { kind: 'forecasts', forecasts: [forecastAt(second, range)] });
    }
    for (let tick = 0; tick < red; tick++) push(85);
    line.at(second, { kind: 'forecasts', forecasts: [] });
    for (let tick = 0; tick < quiet; tick++) push(20);
  }
  return line;
}

const colors = (line: Timeline) => line.lines.map((text) => text.slice(10, 15).trim());

describe('a leak that comes back and is rightly predicted each time', () => {
  it('is never muted, up to four times in ten minutes', () => {
    const leak = fc
      .record({
        warned: fc.integer({ min: 1, max: 60 }),
        red: fc.integer({ min: 1, max: 70 }),
        quiet: fc.integer({ min: 4, max: 60 }),
      })
      .map((one) => ({ ...one, quiet: Math.max(one.quiet, 15 - one.warned - one.red) }));
    fc.assert(
      fc.property(fc.array(leak, { minLength: 1, maxLength: 12 }), (leaks) => {
        const line = play(leaks);
        expect(colors(line)).toEqual(leaks.flatMap(() => ['AMBER', 'RED', 'GREEN']));
        expect(line.actions.every(({ incident }) => incident.flapping === undefined)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a breach that nobody predicted', () => {
  it('is said three times where it comes back within twenty minutes, and once when it has been calm', () => {
    const line = new Timeline();
    for (let second = 10; second <= 46 * 60; second += 10)
      line.push(second, { cc1: { cpu: second % 300 === 0 ? 95 : 20 } });
    for (let second = 46 * 60 + 10; second <= 60 * 60; second += 10) line.push(second, { cc1: { cpu: 20 } });
    expect(colors(line)).toEqual(['RED', 'GREEN', 'RED', 'GREEN', 'RED', 'GREEN']);
    expect(line.lines[4]).toContain('(flapping: quiet until calm for 10 min)');
    expect(new Set(line.actions.map(({ incident }) => incident.id)).size).toBe(1);
  });

  it('is not flapping where it is RED for long, or comes back after more than ten minutes', () => {
    const line = new Timeline();
    for (let second = 10; second < 4 * 3600; second += 10)
      line.push(second, { cc1: { cpu: second % 1200 < 700 ? 95 : 20 } });
    expect(line.actions.some(({ incident }) => incident.flapping)).toBe(false);
    expect(colors(line)).toHaveLength(24);
  });
});
