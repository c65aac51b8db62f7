import { describe, expect, it } from '@jest/globals';
import { calibrationReport } from '#domain';
import { type ClaimOutcome, FalseBudget } from '#prediction';
import { ClaimRecord } from './claim-record.js';
import { SeriesPredictors } from './series-predictors.js';
import type { Tick } from './tick.js';

const now = Date.UTC(2026, 10, 22);
const DAY_MS = 86_400_000;

function outcome(change: Partial<ClaimOutcome> = {}): ClaimOutcome {
  const ended = { openedMs: now - 60_000, endedMs: now - 30_000 };
  return { branch: 'coarse', probability: 0.6, hit: true, margin: 1, withheld: false, ...ended, ...change };
}

function watched(budget: FalseBudget, host: string, days: number): void {
  for (let hour = days * 24; hour >= 0; hour--) budget.host(host).pass(now - hour * 3_600_000);
}

describe('the record of claims', () => {
  it('counts each branch by itself, and corrects each by its own claims', () => {
    const record = new ClaimRecord(new FalseBudget(undefined));
    for (let i = 0; i < 100; i++) {
      record.add('web-1', outcome({ hit: true }));
      record.add('web-1', outcome({ branch: 'fine', hit: i < 10 }));
    }
    const { knots, report } = record.count(now);
    expect(calibrationReport.parse(report)).toEqual(report);
    expect(report.claims).toBe(200);
    expect(report.branches.map(({ branch, claims, bands }) => [branch, claims, bands[0]?.cameTrue])).toEqual([
      ['coarse', 100, 1],
      ['fine', 100, 0.1],
    ]);
    expect(knots.coarse[0]?.[1]).toBeGreaterThan(0.9);
    expect(knots.fine[0]?.[1]).toBeLessThan(0.3);
  });

  it('tells what was asked, what came, and what each rate would have cost', () => {
    const budget = new FalseBudget(2);
    watched(budget, 'web-1', 7);
    watched(budget, 'web-2', 7);
    const record = new ClaimRecord(budget);
    for (const margin of [0.5, 1.5, 2.5]) record.add('web-1', outcome({ hit: false, margin }));
    for (const margin of [1, 2, 3]) record.add('web-2', outcome({ margin }));
    record.add('web-2', outcome({ margin: 0.1, withheld: true }));
    record.add('web-2', outcome({ hit: false, endedMs: now - 29 * DAY_MS }));
    const found = record.count(now).report.falseAlarms;
    expect(found).toMatchObject({ aWeek: 2, hosts: 2, falses: 3, hits: 3, withheldFalses: 0, withheldHits: 1 });
    expect(found?.hostWeeks).toBeCloseTo(2, 9);
    expect(found?.cameAWeek).toBeCloseTo(1.5, 9);
    expect(found?.costs).toEqual([
      { aWeek: 0.5, falses: 1, kept: 2, of: 4 },
      { aWeek: 1, falses: 2, kept: 3, of: 4 },
      { aWeek: 2, falses: 3, kept: 4, of: 4 },
      { aWeek: 7, falses: 3, kept: 4, of: 4 },
    ]);
    expect(found?.worst.map(({ host, falses }) => [host, falses])).toEqual([['web-1', 3]]);
  });

  it('lets a false claim that was made raise the offset of its host, and no other', () => {
    const budget = new FalseBudget(2);
    const record = new ClaimRecord(budget);
    const before = budget.host('web-1').offset;
    record.add('web-1', outcome());
    record.add('web-1', outcome({ hit: false, withheld: true }));
    expect(budget.host('web-1').offset).toBe(before);
    record.add('web-1', outcome({ hit: false }));
    expect(budget.host('web-1').offset).toBeGreaterThan(before);
  });
});

describe('samples that come late or twice', () => {
  it('touch neither claims nor budget', () => {
    const budget = new FalseBudget(2);
    const claims = new ClaimRecord(budget);
    const series = new SeriesPredictors({ onOutcome: (host, o) => claims.add(host, o), budget, maxSeries: 10 });
    const tick = (i: number): Tick => {
      const value = i % 60 === 59 ? 95 : 60 + (i % 60) / 3;
      return { id: String(i), host: 'web-1', names: ['java'], memMax: [value], timeMs: now + i * 300_000, backlog: 0 };
    };
    for (let i = 0; i < 400; i++) series.take(tick(i));
    const state = JSON.stringify([budget.snapshot(), claims.outcomes, claims.ended]);
    expect(claims.outcomes.length).toBeGreaterThan(0);
    for (const i of [399, 398, 10, 250, 0, 399]) series.take(tick(i));
    expect(JSON.stringify([budget.snapshot(), claims.outcomes, claims.ended])).toBe(state);
    expect(series.counts).toMatchObject({ late: 4, repeated: 2 });
  });
});
