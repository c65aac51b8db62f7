import { describe, expect, it } from '@jest/globals';
import { loadModel } from './model.js';
import { stump, testModel } from './model.fixture.js';
import type { ClaimOutcome } from './prediction.js';
import { PredictorBank } from './predictor-bank.js';

const START = Date.UTC(2026, 10, 24);
/** Claims while the newest step is above 60. */
const bank = new PredictorBank(loadModel(testModel({}, { probability: stump(0, 60, -4, 1) })));

function fine(stepMs: number, values: number[], more: { horizonMs?: number; offset?: () => number } = {}) {
  const outcomes: ClaimOutcome[] = [];
  const predictor = bank.create({
    metric: 'mem',
    intervalMs: stepMs,
    branches: 'fine',
    onOutcome: (o) => outcomes.push(o),
    ...more,
  });
  const said = values.map((value, i) => predictor.update(START + i * stepMs, value));
  return { predictor, said, outcomes, amber: said.map((p) => p.amber) };
}

describe('claims on samples', () => {
  it.each([1_000, 20_000, 60_000])('look thirty steps ahead, at steps of %i ms', (stepMs) => {
    const { amber, outcomes } = fine(stepMs, Array(60).fill(70), { horizonMs: 30 * stepMs });
    expect(amber.indexOf(true)).toBe(7);
    expect(amber.lastIndexOf(true)).toBe(59);
    expect(outcomes).toMatchObject([
      { branch: 'fine', hit: false, openedMs: START + 7 * stepMs, endedMs: START + 37 * stepMs },
    ]);
  });

  it('open only after thirty quiet steps once the limit was broken', () => {
    expect(fine(10_000, [90, ...Array(40).fill(70)]).amber.indexOf(true)).toBe(30);
  });

  it('are no longer shown after a restart, but end at their horizon, and as false', () => {
    const { amber, outcomes } = fine(10_000, [...Array(12).fill(70), ...Array(190).fill(10)]);
    expect(amber.slice(7, 12)).not.toContain(false);
    expect(amber.slice(12)).not.toContain(true);
    expect(outcomes).toMatchObject([{ hit: false, endedMs: START + 187 * 10_000 }]);
  });

  it('come true with a sample above the limit', () => {
    const { outcomes, predictor } = fine(10_000, [...Array(12).fill(70), 81]);
    expect(outcomes).toMatchObject([{ hit: true, withheld: false, endedMs: START + 12 * 10_000 }]);
    expect(predictor.record).toEqual({ hits: 1, falses: 0 });
  });

  it('read means where samples are finer than a 180th of the horizon', () => {
    const { amber, outcomes } = fine(1_000, [...Array.from({ length: 100 }, (_, i) => (i % 2 ? 75 : 55)), 81, 70]);
    // The eighth mean of ten seconds is known with the first sample after it.
    expect(amber.indexOf(true)).toBe(80);
    expect(outcomes).toMatchObject([{ hit: true, endedMs: START + 100_000 }]);
  });

  it('are kept by a snapshot', () => {
    const { predictor, said } = fine(10_000, Array(12).fill(70));
    const again = bank.restore(predictor.snapshot(), { metric: 'mem', branches: 'fine' });
    expect(again.update(START, 70)).toEqual(said.at(-1));
    expect(again.update(START + 120_000, 70)).toMatchObject({ amber: true, branch: 'fine' });
  });
});
