import { describe, expect, it } from '@jest/globals';
import { at } from '../../test/support/timeline.js';
import { defaultRules } from './levels.js';
import { replayHost, type ReplayPredictor } from './replay.js';
import { compileRules, ruleFile } from './rules.js';
import { scoreOf } from '#domain';

const quiet = (): ReplayPredictor => ({ update: () => ({ amber: false, probability: 0, text: 'flat' }) });
const timeOf = (second: number) => Date.parse(at(second));
const series = (process: string, values: number[]) => ({
  process,
  field: 'cpuMax' as const,
  points: values.map((value, i) => ({ timeMs: timeOf((i + 1) * 10), value })),
});

describe('a replay', () => {
  const stored = [series('nginx', [10, 95, 95, 10, 10, 10]), series('batch', [10, 99, 99, 99, 99, 99])];

  it('shows what a file of rules would have raised over the stored history', () => {
    const shipped = replayHost('web-1', null, stored, 10_000, defaultRules, quiet);
    expect(shipped.lines).toEqual([
      '2026-11-22T20:00:20Z RED   web-1 nginx cpu 95.0 % > 80 %',
      '2026-11-22T20:00:20Z RED   web-1 batch cpu 99.0 % > 80 %',
      '2026-11-22T20:01:00Z GREEN web-1 nginx cpu 10.0 % (was RED for 40 s)',
    ]);
    const rules = compileRules(ruleFile.parse({ rules: [{ name: 'batch', match: { process: 'batch' }, off: true }] }));
    const tuned = replayHost('web-1', null, stored, 10_000, rules, quiet);
    expect(tuned.incidents.map(({ process }) => process)).toEqual(['nginx']);
  });

  it('scores what the predictor says on the way', () => {
    const rising = (): ReplayPredictor => ({
      update: (timeMs, value) =>
        value > 50 && value < 80
          ? {
              amber: true,
              probability: 0.9,
              text: 'rises',
              breach: { atMs: timeMs + 60_000, fromMs: timeMs, toMs: timeMs + 600_000 },
            }
          : { amber: false, probability: 0, text: 'flat' },
    });
    const { incidents, lines } = replayHost(
      'web-1',
      null,
      [series('java', [40, 60, 70, 79, 85])],
      10_000,
      defaultRules,
      rising,
    );
    expect(lines.map((line) => line.slice(21, 26))).toEqual(['AMBER', 'RED  ']);
    expect(scoreOf(incidents)).toMatchObject({ hits: 1, precision: 1, recall: 1, medianLeadMs: 30_000 });
  });
});
