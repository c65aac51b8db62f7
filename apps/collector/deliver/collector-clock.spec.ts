import { beforeEach, describe, expect, test } from '@jest/globals';
import { assert, integer, property, record } from 'fast-check';
import { CollectorClock } from './collector-clock.js';
import { SteadyTime } from './steady-time.js';

const MINUTE = 60_000;
const START = 1_000_000_000_000;
/** What time it really is, in Unix milliseconds: the server's. */
let truth: number;
/** How far the host's clock is ahead of it. */
let aheadMs: number;
let said: string[];
let clock: CollectorClock;

function begin(ahead: number): void {
  truth = START;
  aheadMs = ahead;
  said = [];
  clock = new CollectorClock(
    (text) => said.push(text),
    () => truth + aheadMs,
    { now: () => truth - START },
  );
}
beforeEach(() => begin(0));

const answer = (errorMs = 0) => clock.learn({ timeMs: truth, agoMs: 0, errorMs });

describe('CollectorClock', () => {
  test('is the clock of the host as long as the server says nothing', () => {
    truth += 5_000;
    aheadMs += 3_600_000;
    expect(clock.now()).toBe(truth + aheadMs);
    expect(clock.confirmedMs()).toBeUndefined();
  });

  test.each([
    [20 * MINUTE, '20 min ahead of'],
    [-40_000, '40 s behind'],
    [-3_600_000, '60 min behind'],
    [3 * 86_400_000, '3 d ahead of'],
  ])('a clock that is %i ms ahead is corrected by what the server says, and that is said once', (ahead, text) => {
    begin(ahead);
    answer();
    expect(clock.now()).toBe(truth);
    truth += 10_000;
    answer();
    expect(clock.confirmedMs()).toBe(truth);
    expect(said).toEqual([`This host's clock is ${text} the server's; times are corrected`]);
  });

  test('small differences, and those that the way to the server may have made, change nothing', () => {
    begin(1_900);
    answer();
    begin(15_000);
    answer(20_000);
    expect(clock.offsetMs).toBe(0);
    expect(said).toEqual([]);
  });

  test('half of the way there and back is taken off', () => {
    begin(MINUTE);
    clock.learn({ timeMs: truth - 1_500, agoMs: 1_500, errorMs: 1_500 });
    expect(clock.now()).toBe(truth);
  });

  test.each([3_000, -3_000, 86_400_000])('setting the clock by %i ms does not move its times', (step) => {
    answer();
    truth += 10_000;
    expect(clock.now()).toBe(truth);
    aheadMs += step;
    truth += 10_000;
    expect(clock.now()).toBe(truth);
    expect(said.at(-1)).toContain(`was set ${step > 0 ? 'forward' : 'back'} by`);
  });

  test('once the clock is right again that is said, and nothing is corrected any more', () => {
    begin(20 * MINUTE);
    answer();
    // Slowly, as NTP does it, so that no step is seen.
    for (; aheadMs > 0; aheadMs -= 500) {
      truth += 1_000;
      clock.now();
      answer();
    }
    clock.now();
    answer();
    expect(clock.offsetMs).toBe(0);
    expect(clock.now()).toBe(truth);
    expect(said.at(-1)).toContain('agrees with');
    expect(said.length).toBeLessThan(30);
  });

  test('knows the right time of what was stamped before it knew better', () => {
    begin(3 * 86_400_000);
    const early = clock.stamp();
    const sampledAt = truth;
    truth += 40_000;
    answer();
    expect(clock.at(early.monotonicMs)).toBe(sampledAt);
  });

  test('a correction back in time by less than a minute never lets a later moment come first', () => {
    const cases = record({ ahead: integer({ min: -MINUTE, max: MINUTE }), drift: integer({ min: 0, max: MINUTE }) });
    assert(
      property(cases, ({ ahead, drift }) => {
        begin(ahead);
        answer();
        let last = clock.now();
        for (let tick = 0; tick < 200; tick++) {
          truth += 1_000;
          // Too slow for a step: 900 ms a second.
          if (tick * 900 < drift) aheadMs += 900;
          const now = clock.now();
          if (now <= last) throw new Error(`${now} follows ${last}`);
          last = now;
          if (tick % 30 === 29) answer();
        }
        if (Math.abs(clock.now() - truth) > 2_000) throw new Error('it never became right');
      }),
    );
  });
});

test('steady time counts the time that the machine slept', () => {
  let awake = 1_000;
  let booted = 500_000;
  const steady = new SteadyTime(
    () => awake,
    () => booted,
  );
  const pass = (ms: number, slept = 0) => {
    awake += ms;
    booted += ms + slept;
  };
  const from = steady.now();
  pass(10_000);
  expect(steady.now() - from).toBe(10_000);
  pass(10_000, 3_600_000);
  expect(steady.now() - from).toBe(3_620_000);
  pass(1_000, 900);
  expect(steady.now() - from).toBe(3_621_000);
});
