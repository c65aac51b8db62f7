import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HostClock } from './host-clock.js';

const START = 1_763_846_400_000;
const interval = fc.integer({ min: 1000, max: 120_000 });
/** Time that a request is on its way. */
const way = fc.integer({ min: 0, max: 400 });

const tick = (
  clock: HostClock,
  arrivalMs: number,
  timeMs: number,
  intervalMs: number | null = 10_000,
  backlog = false,
) => clock.judge({ arrivalMs, timeMs, intervalMs, backlog });

describe('a clock', () => {
  it('that is right is never corrected, however long its requests take within reason', () => {
    fc.assert(
      fc.property(interval, fc.array(fc.integer({ min: 0, max: 14_000 }), { maxLength: 30 }), (intervalMs, ways) => {
        const clock = new HostClock();
        for (const [i, ms] of ways.entries()) {
          const timeMs = START + i * intervalMs;
          expect(tick(clock, timeMs + ms, timeMs, intervalMs)).toBe(false);
        }
        expect(clock.offsetMs).toBe(0);
      }),
    );
  });

  it('that is ahead is corrected at its third tick, to within the time that a request takes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5000, max: 120_000 }),
        fc.integer({ min: 2500, max: 600_000 }),
        fc.array(way, { minLength: 3, maxLength: 9 }),
        (intervalMs, ahead, ways) => {
          const clock = new HostClock();
          for (const [i, ms] of ways.entries()) {
            const now = START + i * intervalMs;
            expect(tick(clock, now + ms, now + ahead, intervalMs)).toBe(i === 2);
          }
          expect(Math.abs(clock.offsetMs - ahead)).toBeLessThanOrEqual(400);
        },
      ),
    );
  });

  it('is not taken to be ahead by ticks of the future that arrive at once', () => {
    const clock = new HostClock();
    for (let i = 1; i < 60; i++) tick(clock, START + i, START + i * 5_000);
    expect(clock.offsetMs).toBe(0);
  });

  it('that is behind is corrected at its third tick and not before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5000, max: 120_000 }),
        fc.integer({ min: 0, max: 300_000_000 }),
        fc.array(way, { minLength: 3, maxLength: 9 }),
        (intervalMs, more, ways) => {
          const behind = Math.max(15_000, 2 * intervalMs) + 500 + more;
          const clock = new HostClock();
          for (const [i, ms] of ways.entries()) {
            const now = START + i * intervalMs;
            expect(tick(clock, now + ms, now - behind, intervalMs)).toBe(i === 2);
          }
          expect(Math.abs(clock.offsetMs + behind)).toBeLessThanOrEqual(400);
        },
      ),
    );
  });

  it('is not taken to be behind by a backlog, said or not, whose times advance faster than it arrives', () => {
    fc.assert(
      fc.property(
        interval,
        fc.integer({ min: 4, max: 400 }),
        fc.integer({ min: 2, max: 1000 }),
        fc.boolean(),
        (intervalMs, batches, faster, said) => {
          const clock = new HostClock();
          for (let i = 0; i < batches; i++) {
            const timeMs = START - (batches - i) * intervalMs;
            tick(clock, START + (i * intervalMs) / faster, timeMs, intervalMs, said);
          }
          expect(clock.offsetMs).toBe(0);
        },
      ),
    );
  });

  it('is not taken to be behind by a backlog that is sent newest first, nor by one that is sent as slowly as it grew', () => {
    const clock = new HostClock();
    for (let i = 1; i < 100; i++) tick(clock, START + i * 10, START - i * 10_000);
    for (let i = 0; i < 100; i++) tick(clock, START + i * 10_000, START - 600_000 + i * 10_000, 10_000, true);
    expect(clock.offsetMs).toBe(0);
  });

  it('is not judged by one tick that is sent again and again', () => {
    const clock = new HostClock();
    for (let i = 0; i < 50; i++) tick(clock, START + 60_000 + i * 100, START);
    expect(clock.offsetMs).toBe(0);
  });

  it.each([540_000, -3_600_000])('that was off by %i ms and is set right is believed at once', (offset) => {
    const clock = new HostClock(offset);
    expect(tick(clock, START, START + offset)).toBe(false);
    expect(tick(clock, START + 10_000, START + 9_990)).toBe(true);
    expect(clock.offsetMs).toBe(0);
  });

  it('that was set back by an hour is learnt anew', () => {
    const clock = new HostClock();
    for (let i = 0; i < 5; i++) tick(clock, START + i * 10_000, START + i * 10_000);
    for (let i = 5; i < 8; i++) tick(clock, START + i * 10_000, START - 3_600_000 + i * 10_000);
    expect(clock.offsetMs).toBe(-3_600_000);
  });

  it('keeps its offset while it drifts a little', () => {
    const clock = new HostClock(-40_000);
    for (let i = 0; i < 100; i++) expect(tick(clock, START + i * 10_000, START - 40_000 + i * 9_999)).toBe(false);
  });
});
