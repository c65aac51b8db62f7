import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { budgetCosts } from './budget-cost.js';
import { FalseBudget } from './false-budget.js';

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** Claims that could be made, a stationary stream: their times, margins in log-odds, and whether they would be hits. */
interface Candidate {
  timeMs: number;
  margin: number;
  hit: boolean;
}

function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** So many a week on average; of those that are false, the rate falls e times for each log-odds of margin. */
function stream(seed: number, weeks: number, aWeek: number): Candidate[] {
  const next = random(seed);
  const all: Candidate[] = [];
  for (let timeMs = 0; ;) {
    timeMs += (-Math.log(1 - next()) * WEEK_MS) / aWeek;
    if (timeMs > weeks * WEEK_MS) return all;
    all.push({ timeMs, margin: -Math.log(1 - next()) - 4, hit: next() < 0.3 });
  }
}

/** Runs a host over the stream, with a tick an hour; what was made. */
function play(budget: FalseBudget, candidates: Candidate[], weeks: number, host = 'web-1') {
  const own = budget.host(host);
  const made: Candidate[] = [];
  const waiting = candidates.values();
  let next = waiting.next().value;
  for (let timeMs = 0; timeMs <= weeks * WEEK_MS; timeMs += HOUR_MS) {
    own.pass(timeMs);
    for (; next && next.timeMs <= timeMs; next = waiting.next().value) {
      if (next.margin < own.offset) continue;
      made.push(next);
      if (!next.hit) own.countFalse();
    }
  }
  return made;
}

const rates = fc.constantFrom(0.5, 2, 7);

describe('a budget for false claims', () => {
  it('holds the rate that is asked for within a third, whatever the host would claim without it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), rates, fc.integer({ min: 40, max: 1000 }), (seed, aWeek, busy) => {
        const weeks = 120 / aWeek + 20;
        const candidates = stream(seed, weeks, busy);
        const made = play(new FalseBudget(aWeek), candidates, weeks);
        const burnt = made.filter(({ timeMs, hit }) => !hit && timeMs > WEEK_MS).length / (weeks - 1);
        expect(burnt).toBeLessThan((aWeek * 4) / 3);
        // Fewer only where the host has no more claims to give, at the lowest offset that there is.
        const lowest = new FalseBudget(aWeek).start - 7;
        const most = candidates.filter(({ margin, hit }) => !hit && margin >= lowest).length / weeks;
        expect(most <= 3 * aWeek || burnt > (aWeek * 2) / 3).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it('never warns less over the same stream with a larger budget', () => {
    const pair = fc.tuple(fc.double({ min: 0.1, max: 20, noNaN: true }), fc.double({ min: 0.1, max: 20, noNaN: true }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), pair, (seed, [a, b]) => {
        const candidates = stream(seed, 8, 400).map((one) => ({ ...one, hit: false }));
        const made = (aWeek: number) => play(new FalseBudget(aWeek), candidates, 8).length;
        expect(made(Math.max(a, b))).toBeGreaterThanOrEqual(made(Math.min(a, b)));
      }),
      { numRuns: 60 },
    );
  });

  it('claims as trained where none is asked for, and still knows how long a host was watched', () => {
    const budget = new FalseBudget(undefined);
    const made = play(budget, stream(1, 4, 100), 4);
    expect(made.every(({ margin }) => margin >= 0)).toBe(true);
    expect(budget.host('web-1')).toMatchObject({ offset: 0, watchedMs: 4 * WEEK_MS });
  });

  it('starts a new host from what the others have taught', () => {
    const budget = new FalseBudget(2);
    const before = budget.host('new').offset;
    for (let host = 0; host < 20; host++) play(budget, stream(host + 1, 1, 2000), 1, `web-${host}`);
    expect(budget.host('new').offset).toBeGreaterThan(before + 0.3);
  });

  it('takes no time from ticks that are late or repeated, nor from silence', () => {
    const budget = new FalseBudget(2);
    const host = budget.host('web-1');
    for (const timeMs of [0, HOUR_MS, 2 * HOUR_MS]) host.pass(timeMs);
    const state = budget.snapshot();
    for (const timeMs of [2 * HOUR_MS, 0, HOUR_MS]) host.pass(timeMs);
    expect(budget.snapshot()).toEqual(state);
    host.pass(30 * HOUR_MS);
    expect(host.watchedMs).toBe(2 * HOUR_MS);
  });

  it('goes on after a snapshot as if nothing had been', () => {
    const candidates = stream(7, 12, 300);
    const [first, second] = [candidates.filter((c) => c.timeMs <= 6 * WEEK_MS), candidates];
    const budget = new FalseBudget(2);
    play(budget, first, 6);
    const again = new FalseBudget(2);
    again.restore(JSON.parse(JSON.stringify(budget.snapshot())));
    expect(again.snapshot()).toEqual(budget.snapshot());
    const rest = second.filter((c) => c.timeMs > 6 * WEEK_MS);
    for (const one of [budget, again]) {
      for (const { timeMs } of rest) {
        one.host('web-1').pass(timeMs);
        one.host('web-1').countFalse();
      }
    }
    expect(again.snapshot()).toEqual(budget.snapshot());
  });

  it('forgets hosts that are gone', () => {
    const budget = new FalseBudget(2);
    budget.host('gone').pass(0);
    budget.host('here').pass(WEEK_MS);
    budget.forget(HOUR_MS);
    expect([...budget.hosts].map(({ host }) => host)).toEqual(['here']);
  });
});

describe('what a budget would have cost', () => {
  const claim = (margin: number, hit: boolean) => ({ margin, hit });

  it('keeps the claims with the largest margins that fit the rate', () => {
    const outcomes = [claim(3, true), claim(2.5, false), claim(2, true), claim(1, false), claim(0.5, true)];
    expect(budgetCosts(outcomes, 1, [0.5, 1, 2])).toEqual([
      { aWeek: 0.5, falses: 0, kept: 1, of: 3 },
      { aWeek: 1, falses: 1, kept: 2, of: 3 },
      { aWeek: 2, falses: 2, kept: 3, of: 3 },
    ]);
  });

  it('never keeps less at a larger rate, and all where the rate is not reached', () => {
    const outcome = fc.record({ margin: fc.double({ min: -5, max: 5, noNaN: true }), hit: fc.boolean() });
    fc.assert(
      fc.property(fc.array(outcome), fc.double({ min: 0.1, max: 50, noNaN: true }), (outcomes, weeks) => {
        const [low, high, all] = budgetCosts(outcomes, weeks, [1, 2, outcomes.length / weeks + 1]);
        expect(high?.kept).toBeGreaterThanOrEqual(low?.kept ?? 0);
        expect(all?.kept).toBe(all?.of);
      }),
    );
  });
});
