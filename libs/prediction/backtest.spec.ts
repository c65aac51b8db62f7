import { describe, expect, it } from '@jest/globals';
import { answers, backtest, backtestPlot, backtestTable } from './backtest.js';
import { holtWinters, predictLinear, seasonalNaive } from './baselines.js';
import { loadModel } from './model.js';
import { testModel } from './model.fixture.js';
import { parseSeries } from './series-csv.js';
import { countClaims, score, type JudgedSeries } from './yardstick.js';

const quiet = (n: number) => Array<number>(n).fill(50);
const at = (n: number, ...on: number[]) => Array.from({ length: n }, (_, i) => on.includes(i));
const series = (values: number[], id = 's'): JudgedSeries => ({
  id,
  group: id,
  stepMs: 300_000,
  startMs: 0,
  warmup: 10,
  metric: 'cpu',
  values,
});

describe('the rules of the yardstick', () => {
  it('count a breach after thirty quiet steps as caught by an AMBER one to thirty steps before', () => {
    const values = [...quiet(60), 90];
    expect(countClaims({ values, warmup: 10 }, at(61, 59))).toMatchObject({
      events: 1,
      hits: 1,
      falses: 0,
      leads: [1],
    });
    expect(countClaims({ values, warmup: 10 }, at(61, 30))).toMatchObject({ hits: 1, leads: [30] });
    expect(countClaims({ values, warmup: 10 }, at(61, 29))).toMatchObject({ hits: 0, falses: 1 });
    expect(countClaims({ values, warmup: 10 }, at(61, 60))).toMatchObject({ hits: 0, falses: 0 });
  });

  it('count a claim ended by a crossing that is no fresh breach neither way', () => {
    expect(countClaims({ values: [...quiet(40), 90, ...quiet(10), 90], warmup: 10 }, at(52, 45))).toMatchObject({
      events: 1,
      hits: 0,
      falses: 0,
    });
  });

  it('count AMBER that stays on once every thirty steps, and nothing before the warm-up', () => {
    expect(countClaims({ values: quiet(131), warmup: 10 }, Array<boolean>(131).fill(true)).falses).toBe(4);
    expect(countClaims({ values: quiet(60), warmup: 10 }, at(60, 3)).falses).toBe(0);
  });

  it('weigh a series of more than ten breaches as ten', () => {
    const noisy = Array.from({ length: 20 }, () => [...quiet(30), 90]).flat();
    const all = [series(noisy, 'noisy'), series([...quiet(60), 90], 'rare')];
    const counts = all.map((s, i) => countClaims(s, at(s.values.length, i === 1 ? 59 : -1)));
    expect(score(all, counts)).toMatchObject({ recall: 1 / 11, precision: 1, events: 21 });
  });
});

describe('a backtest', () => {
  it('compares the rules, step by step, and shows how far it is', () => {
    const busy = Array.from({ length: 1500 }, (_, i) =>
      i % 288 > 250 && i % 288 < 260 ? 90 : i % 288 > 220 ? 72 : 30,
    );
    const run = backtest([series(busy, 'a'), series(quiet(400), 'b')], loadModel(testModel()));
    expect([run.next().value, run.next().value]).toEqual([1, 2]);
    const rows = run.next().value as Exclude<ReturnType<typeof run.next>['value'], number>;
    expect(rows.map(({ name }) => name.replace(/, cut \d+$/, ''))).toEqual([
      'Amberwatch',
      'second threshold',
      'predict_linear, one hour',
      'Holt-Winters, daily',
      'seasonal naive, three days',
    ]);
    expect(rows[0]).toMatchObject({ recall: 1, precision: 1 });
    expect(backtestTable(rows).split('\n')).toHaveLength(6);
    expect(backtestPlot(rows)).toMatch(/^<svg .*Amberwatch \(F1 1\.00\).*<\/svg>\n$/s);
  });

  it('has baselines that follow a line and a day', () => {
    const line = answers(predictLinear, series(Array.from({ length: 20 }, (_, i) => i)));
    expect(line.at(-1)).toBeCloseTo(49);
    const day = series(Array.from({ length: 4 * 288 + 270 }, (_, i) => (i % 288 === 280 ? 90 : 20)));
    expect(answers(seasonalNaive, day).at(-1)).toBe(90);
    expect(answers(holtWinters, day).at(-1)).toBeGreaterThan(60);
  });
});

describe('series from a file', () => {
  it('are one a line, or one sample a line averaged over five minutes', () => {
    const [whole] = parseSeries('id,metric,step_s,warmup,tod_s,group,values\na,mem,300,2,600,g,1 2 3\n');
    expect(whole).toEqual({ ...series([1, 2, 3], 'a'), group: 'g', startMs: 600_000, warmup: 2, metric: 'mem' });
    const csv = 'time,host,process,metric,value\n1970-01-01T00:00:00Z,h,p,mem,10\n60,h,p,mem,20\n900,h,p,mem,40\n';
    expect(parseSeries(csv)).toEqual([{ ...series([15, 15, 15, 40], 'h p mem'), warmup: 1, metric: 'mem' }]);
  });

  it('name the line that is wrong', () => {
    expect(() => parseSeries('time,value\n0,1\nyesterday,2\n')).toThrow('Line 3');
    expect(() => parseSeries('a,b\n')).toThrow('time and value');
  });
});
