import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PredictionError } from './errors.js';
import { STATE_BYTES, STEP_MS } from './series-state.js';
import { loadModel } from './model.js';
import { testModel } from './model.fixture.js';
import type { ClaimOutcome, Prediction } from './prediction.js';
import { PredictorBank } from './predictor-bank.js';
import { shippedModel } from './shipped-model.js';

const START = Date.UTC(2026, 10, 22);
const bank = new PredictorBank(loadModel(testModel()));
const everyStep = (metric: 'cpu' | 'mem' = 'cpu') => bank.create({ metric, intervalMs: STEP_MS });

function feed(predictor: { update(t: number, v: number): Prediction }, values: number[], from = START, step = STEP_MS) {
  return values.map((value, i) => predictor.update(from + i * step, value));
}

function numbersIn(prediction: Prediction): number[] {
  const { probability, breach, slopePerMinute, risingSinceMs } = prediction;
  return [probability, breach?.atMs, breach?.fromMs, breach?.toMs, slopePerMinute, risingSinceMs].filter(
    (n): n is number => n !== undefined,
  );
}

describe('claims on five-minute steps', () => {
  it('opens none before ten steps where it was never above the limit, and then holds one for its thirty steps', () => {
    const amber = feed(everyStep(), [...Array(39).fill(70), ...Array(60).fill(65)]).map((p) => p.amber);
    expect(amber.slice(0, 9)).not.toContain(true);
    expect(amber.slice(9, 39)).not.toContain(false);
  });

  it('shows none that has become improbable, as after a restart, but counts it at its end', () => {
    const predictor = everyStep();
    const amber = feed(predictor, [...Array(20).fill(70), ...Array(18).fill(20)]).map((p) => p.amber);
    expect(amber.slice(9, 20)).not.toContain(false);
    expect(amber.slice(20)).not.toContain(true);
    expect(predictor.record).toEqual({ hits: 0, falses: 0 });
    feed(predictor, Array(2).fill(20), START + 38 * STEP_MS);
    expect(predictor.record).toEqual({ hits: 0, falses: 1 });
  });

  it('opens none before thirty quiet steps after a breach', () => {
    const amber = feed(everyStep(), [90, ...Array(40).fill(70)]).map((p) => p.amber);
    expect(amber.indexOf(true)).toBe(30);
  });

  it('raises the bar after a false claim, and lets it down again with time', () => {
    const predictor = bank.create({ metric: 'cpu', intervalMs: STEP_MS });
    const tight = new PredictorBank(
      loadModel(testModel({ gate: { threshold: 0.6, raise: 1, decay: 0.99, ease: 0.5, max: 9 } })),
    ).create({ metric: 'cpu', intervalMs: STEP_MS });
    expect(feed(tight, Array(61).fill(70)).at(-1)?.amber).toBe(false);
    expect(feed(predictor, Array(61).fill(70)).at(-1)?.amber).toBe(true);
    expect(tight.record).toEqual({ hits: 0, falses: 1 });
    const later = feed(tight, Array(300).fill(70), START + 61 * STEP_MS);
    expect(later.some((p) => p.amber)).toBe(true);
  });

  it('tells the outcome of a claim that came true', () => {
    const outcomes: ClaimOutcome[] = [];
    const predictor = bank.create({ metric: 'cpu', intervalMs: STEP_MS, onOutcome: (o) => outcomes.push(o) });
    const said = feed(predictor, [...Array(35).fill(70), 90]);
    expect(said.at(-1)).toMatchObject({ amber: false, reason: 'above-limit' });
    expect(outcomes).toEqual([
      {
        branch: 'coarse',
        probability: expect.closeTo(0.731, 3),
        hit: true,
        // Log-odds of 1 against those of the threshold of 30 %.
        margin: expect.closeTo(1 - Math.log(0.3 / 0.7), 3),
        withheld: false,
        openedMs: START + 10 * STEP_MS,
        endedMs: START + 36 * STEP_MS,
      },
    ]);
    expect(predictor.record).toEqual({ hits: 1, falses: 0 });
  });

  it('moves what is claimed by the recalibration of the installation, not when', () => {
    const predictor = bank.create({
      metric: 'cpu',
      intervalMs: STEP_MS,
      calibration: [
        [0.5, 0.2],
        [0.9, 0.4],
      ],
    });
    const said = feed(predictor, Array(30).fill(70)).at(-1);
    expect(said?.amber).toBe(true);
    expect(said?.probability).toBeGreaterThan(0.2);
    expect(said?.probability).toBeLessThan(0.4);
  });

  it('opens fewer claims with a positive offset and more with a negative one, whatever is claimed', () => {
    const said = (offset: number) =>
      feed(bank.create({ metric: 'cpu', intervalMs: STEP_MS, offset: () => offset }), Array(31).fill(70)).at(-1);
    expect(said(0)).toMatchObject({ amber: true });
    expect(said(-1)).toEqual(said(0));
    expect(said(4)).toMatchObject({ amber: false });
    expect(said(4)?.probability).toBeCloseTo(said(0)?.probability ?? 0, 9);
  });

  it('follows a claim that the offset withholds, and tells what became of it without counting it', () => {
    const outcomes: ClaimOutcome[] = [];
    let offset = 4;
    const predictor = bank.create({
      metric: 'cpu',
      intervalMs: STEP_MS,
      offset: () => offset,
      onOutcome: (o) => outcomes.push(o),
    });
    const said = feed(predictor, [...Array(65).fill(70), 90, ...Array(60).fill(20)]);
    expect(said.some((p) => p.amber)).toBe(false);
    expect(outcomes.map(({ hit, withheld }) => ({ hit, withheld }))).toEqual([
      { hit: false, withheld: true },
      { hit: true, withheld: true },
    ]);
    expect(predictor.record).toEqual({ hits: 0, falses: 0 });
    feed(predictor, Array(10).fill(70), START + 126 * STEP_MS);
    offset = 0;
    // Made at last: it holds for thirty steps from now on, and only its own end is told.
    const made = feed(predictor, Array(31).fill(70), START + 136 * STEP_MS).map((p) => p.amber);
    expect(made.slice(0, 30)).not.toContain(false);
    expect(outcomes.slice(2)).toEqual([expect.objectContaining({ hit: false, withheld: false })]);
  });

  it('predicts the breach of the limit that is given, and speaks of the values as they came', () => {
    const whole = new PredictorBank(shippedModel());
    const values = Array.from({ length: 90 }, (_, i) => 35 + i / 2 + (i % 3));
    const at = (limit: number, scale: number) =>
      feed(
        whole.create({ metric: 'mem', branches: 'fine', horizonMs: 300_000, limit }),
        values.map((v) => v * scale),
        START,
        10_000,
      );
    const [plain, half] = [at(80, 1), at(40, 0.5)];
    const risen = plain.findIndex((p) => p.amber && p.reason === 'leak');
    expect(risen).toBeGreaterThan(0);
    expect(half[risen]?.slopePerMinute).toBeCloseTo((plain[risen]?.slopePerMinute ?? NaN) / 2, 9);
    expect(half[risen]?.text).toContain(`rising ${half[risen]?.slopePerMinute?.toFixed(1)} %/min`);
    expect(half.map((p) => p.breach)).toEqual(plain.map((p) => p.breach));
    expect(feed(whole.create({ metric: 'mem', limit: 40 }), [40, 40.02]).map((p) => p.reason)).toEqual([
      'learning',
      'above-limit',
    ]);
  });

  it('averages samples of ten seconds over five minutes', () => {
    const predictor = bank.create({ metric: 'cpu' });
    const samples = Array.from({ length: 31 * 30 + 1 }, (_, i) => (i % 2 === 0 ? 75 : 60));
    const said = feed(predictor, samples, START, 10_000);
    expect(said.slice(0, 10 * 30).some((p) => p.amber)).toBe(false);
    expect(said.at(-1)).toMatchObject({ amber: true, branch: 'coarse' });
  });

  it('counts a claim as come true when a single sample crosses the limit, and is quiet for thirty steps after it', () => {
    const outcomes: ClaimOutcome[] = [];
    const predictor = bank.create({ metric: 'cpu', onOutcome: (o) => outcomes.push(o) });
    feed(predictor, Array(31 * 30 + 1).fill(70), START, 10_000);
    const redMs = START + (31 * 30 + 1) * 10_000;
    expect(predictor.update(redMs, 95)).toMatchObject({ amber: false, reason: 'above-limit' });
    expect(outcomes).toMatchObject([{ hit: true, endedMs: redMs }]);
    const after = feed(predictor, Array(28 * 30).fill(70), redMs + 10_000, 10_000);
    expect(after.some((p) => p.amber)).toBe(false);
  });
});

describe('trouble', () => {
  it('answers values and times that are no numbers without learning from them', () => {
    const predictor = everyStep();
    feed(predictor, [50, 51]);
    const before = predictor.snapshot();
    for (const value of [NaN, Infinity, -Infinity])
      expect(predictor.update(START + 9 * STEP_MS, value)).toMatchObject({ amber: false, reason: 'invalid-sample' });
    expect(predictor.update(NaN, 50).reason).toBe('invalid-sample');
    expect(predictor.snapshot()).toEqual(before);
  });

  it('keeps a claim open while late and broken samples arrive', () => {
    const predictor = everyStep();
    feed(predictor, Array(30).fill(70));
    expect(predictor.update(START + 28 * STEP_MS, 70).amber).toBe(true);
    expect(predictor.update(START + 40 * STEP_MS, NaN).amber).toBe(true);
  });

  it('takes a short gap as it was before, and starts the recent past over after a long one', () => {
    const short = everyStep();
    feed(short, Array(20).fill(70));
    expect(feed(short, [70], START + 31 * STEP_MS).at(-1)?.amber).toBe(true);
    const long = everyStep();
    feed(long, Array(40).fill(70));
    const after = feed(long, Array(30).fill(70), START + 200 * STEP_MS).map((p) => p.amber);
    expect(after.slice(0, 9)).not.toContain(true);
    expect(after[9]).toBe(true);
  });

  it('survives a gap of years', () => {
    const predictor = everyStep();
    feed(predictor, Array(40).fill(70));
    const said = feed(predictor, Array(31).fill(70), START + 400_000 * STEP_MS);
    expect(said.flatMap(numbersIn).every(Number.isFinite)).toBe(true);
  });

  it.each([0, 1, 100_000, 700_000, 3_600_000, 86_400_000])(
    'learns nothing from a sample that is %i ms late',
    (lateMs) => {
      const predictor = everyStep();
      const open = feed(predictor, Array(30).fill(70)).at(-1);
      const before = predictor.snapshot();
      expect(predictor.update(START + 29 * STEP_MS - lateMs, 99)).toEqual(open);
      expect(predictor.snapshot()).toEqual(before);
      const learning = everyStep();
      feed(learning, [50, 51]);
      expect(learning.update(START + STEP_MS - lateMs, 99).reason).toBe('late-sample');
    },
  );

  it.each([-86_400_000, -3_600_000, -700_000, 5_000, 4_000_000])(
    'goes on as before when the clock is set by %i ms',
    (byMs) => {
      const values = Array.from({ length: 90 }, (_, i) => (i < 35 ? 70 : i === 35 ? 90 : 40 + (i % 25)));
      const moved = everyStep();
      const still = everyStep();
      for (const predictor of [moved, still]) feed(predictor, values.slice(0, 50));
      moved.moveClock(byMs);
      const [ours, theirs] = [moved, still].map((predictor, i) =>
        feed(predictor, values.slice(50), START + 50 * STEP_MS + (i === 0 ? byMs : 0)),
      );
      expect(ours?.map((p) => p.amber)).toEqual(theirs?.map((p) => p.amber));
      expect(moved.record).toEqual(still.record);
    },
  );

  it('keeps an open claim when the clock is set back, and moves its breach along', () => {
    const predictor = everyStep();
    const before = feed(predictor, Array(31).fill(70)).at(-1);
    predictor.moveClock(-3_600_000);
    const after = predictor.update(START + 31 * STEP_MS - 3_600_000, 70);
    expect(after).toMatchObject({ amber: true });
    expect((before?.breach?.atMs ?? 0) - (after.breach?.atMs ?? 0)).toBe(3_600_000 - STEP_MS);
  });

  it('goes from one spacing of samples to another', () => {
    const predictor = bank.create({ metric: 'mem' });
    feed(predictor, Array(60).fill(50), START, 10_000);
    feed(predictor, Array(60).fill(50), START + 600_000, 60_000);
    const said = feed(predictor, Array(60).fill(70), START + 5_000_000, STEP_MS);
    expect(said.at(-1)?.amber).toBe(true);
  });

  it('says above-limit for as long as a series stays at 100, and nothing of a constant one', () => {
    const full = feed(everyStep(), Array(500).fill(100));
    expect(full.every((p) => !p.amber && p.reason === 'above-limit')).toBe(true);
    const flat = feed(everyStep(), Array(500).fill(12.5));
    expect(flat.every((p) => !p.amber)).toBe(true);
  });

  it('lets no NaN out, whatever comes in', () => {
    const shipped = new PredictorBank(shippedModel());
    const weird = fc.oneof(
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.constantFrom(0, 80, 80.01, 100, -1, 1e300, NaN, Infinity, -0),
    );
    const pause = fc.constantFrom(0, -1, 1, 5, 10_000, 60_000, 300_000, 4_000_000, -700_000, 1e11, NaN);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(pause, weird), { maxLength: 150 }),
        fc.constantFrom(10_000, 300_000),
        (events, ms) => {
          const predictor = shipped.create({ metric: 'cpu', intervalMs: ms });
          let now = START;
          for (const [by, value] of events) {
            now += Number.isNaN(by) ? 0 : by;
            const said = predictor.update(Number.isNaN(by) ? NaN : now, value);
            if (!numbersIn(said).every(Number.isFinite)) return false;
            if (said.probability < 0 || said.probability > 1) return false;
          }
          predictor.release();
          return true;
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('snapshots', () => {
  it('go on as if nothing had happened', () => {
    const values = Array.from({ length: 700 }, (_, i) => 55 + 20 * Math.sin(i / 17) + (i % 7));
    const whole = new PredictorBank(shippedModel());
    const one = whole.create({ metric: 'cpu', intervalMs: STEP_MS });
    feed(one, values.slice(0, 400));
    const two = whole.restore(one.snapshot(), { metric: 'cpu', intervalMs: STEP_MS });
    const from = START + 400 * STEP_MS;
    expect(feed(two, values.slice(400), from)).toEqual(feed(one, values.slice(400), from));
  });

  it('stay under 1.2 kB a series', () => {
    expect(STATE_BYTES).toBeLessThan(1200);
    expect(everyStep().snapshot().length).toBeLessThan(1200);
  });

  it('of another version, cut, changed or foreign are refused by name', () => {
    const bytes = everyStep().snapshot();
    const changed = (at: number) => Uint8Array.from(bytes, (b, i) => (i === at ? b ^ 1 : b));
    const code = (snapshot: Uint8Array) => {
      try {
        bank.restore(snapshot, { metric: 'cpu' });
      } catch (error) {
        return (error as PredictionError).code;
      }
      return 'taken';
    };
    expect(code(bytes)).toBe('taken');
    expect(code(changed(4))).toBe('SNAPSHOT_VERSION');
    expect(code(changed(0))).toBe('SNAPSHOT_DAMAGED');
    expect(code(changed(300))).toBe('SNAPSHOT_DAMAGED');
    expect(code(bytes.slice(0, bytes.length / 2))).toBe('SNAPSHOT_DAMAGED');
    expect(code(bytes.slice(0, 3))).toBe('SNAPSHOT_DAMAGED');
  });
});
