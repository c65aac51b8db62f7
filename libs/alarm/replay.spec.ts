import { describe, expect, it } from '@jest/globals';
import { type SampleBatch, scoreOf } from '#domain';
import { at, batchAt, hostUsage, type ProgramReading } from '../../test/support/timeline.js';
import { defaultRules } from './levels.js';
import { figuresOf, Replay, type Replayed } from './replay.js';
import { ReplayForecasts, type ReplayPredictor } from './replay-forecasts.js';
import { compileRules, ruleFile } from './rules.js';

const TICK_S = 10;

function replayed(batches: SampleBatch[], rules = defaultRules, forecasts?: ReplayForecasts): Replayed {
  const replay = new Replay({ rules, forecasts: forecasts?.at });
  for (const batch of batches) replay.take(batch);
  return replay.end(Date.parse(batches.at(-1)?.time ?? at(0)));
}

const ticks = (number: number, reading: (i: number) => Record<string, ProgramReading>) =>
  Array.from({ length: number }, (_, i) => batchAt((i + 1) * TICK_S, reading(i)));

describe('a replay', () => {
  it('shows what a file of rules would have raised', () => {
    const batches = ticks(6, (i) => ({
      nginx: { cpu: [10, 95, 95, 10, 10, 10][i] },
      batch: { cpu: i === 0 ? 10 : 99 },
    }));
    expect(replayed(batches).lines).toEqual([
      '2026-11-22T20:00:20Z RED   web-1 nginx cpu 95.0 % > 80 %',
      '2026-11-22T20:00:20Z RED   web-1 batch cpu 99.0 % > 80 %',
      '2026-11-22T20:01:00Z GREEN web-1 nginx cpu 10.0 % (was RED for 40 s)',
    ]);
    const rules = compileRules(ruleFile.parse({ rules: [{ name: 'batch', match: { process: 'batch' }, off: true }] }));
    expect(replayed(batches, rules).incidents.map(({ process }) => process)).toEqual(['nginx']);
  });

  it('judges the host itself, its disks and the sums of memory', () => {
    const { incidents } = replayed([
      batchAt(10, { php: { mem: 5, memSum: 85, count: 40 } }, { hostUsage: hostUsage(97, 92, { '/var': 93 }) }),
    ]);
    expect(incidents.map(({ process, metric, reason }) => [process, metric, reason])).toEqual([
      [null, 'cpu', 'above-limit'],
      [null, 'mem', 'above-limit'],
      [null, 'disk', 'above-limit'],
      ['php', 'mem', 'sum-above-limit'],
    ]);
  });

  it('sees a host fall silent while others report, and counts its silence as something to act on', () => {
    const other = Array.from({ length: 60 }, (_, i) => batchAt((i + 1) * TICK_S, {}, { host: 'web-2' }));
    const result = replayed([batchAt(10, {}), ...other].sort((a, b) => Date.parse(a.time) - Date.parse(b.time)));
    expect(result.incidents.map(({ host, metric }) => [host, metric])).toEqual([['web-1', 'data']]);
    expect(figuresOf(result)).toMatchObject({ incidents: 1, acted: 1, told: 1, notifications: 1, missed: 0 });
  });

  it('counts a breach of five minutes as one to act on, and a shorter one as none', () => {
    const lasting = (seconds: number) =>
      figuresOf(replayed(ticks(60, (i) => ({ java: { mem: i < 10 || i * TICK_S > 100 + seconds ? 10 : 95 } }))));
    expect(lasting(290)).toMatchObject({ incidents: 1, acted: 0 });
    expect(lasting(300)).toMatchObject({ incidents: 1, acted: 1, missed: 0 });
  });

  it('counts a breach that nobody was told of while it lasted as missed', () => {
    const batches = ticks(60, (i) => ({ java: { mem: i < 10 ? 10 : 95 } }));
    const rules = compileRules(ruleFile.parse({ rules: [{ name: 'java', match: { process: 'java' }, off: true }] }));
    expect(figuresOf(replayed(batches))).toMatchObject({ acted: 1, missed: 0 });
    expect(figuresOf(replayed(batches, rules))).toMatchObject({ incidents: 0, acted: 0, missed: 1 });
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
    const batches = ticks(5, (i) => ({ java: { cpu: [40, 60, 70, 79, 85][i] } }));
    const { incidents, lines } = replayed(batches, defaultRules, new ReplayForecasts(rising));
    expect(lines.map((line) => line.slice(21, 26))).toEqual(['AMBER', 'RED  ']);
    expect(scoreOf(incidents)).toMatchObject({ hits: 1, precision: 1, recall: 1, medianLeadMs: 30_000 });
  });
});
