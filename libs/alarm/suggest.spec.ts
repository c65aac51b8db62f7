import { describe, expect, it } from '@jest/globals';
import type { SampleBatch } from '#domain';
import { batchAt, type ProgramReading } from '../../test/support/timeline.js';
import { BatchKeeper, replayKept } from './kept-batches.js';
import { defaultRules } from './levels.js';
import { Replay } from './replay.js';
import { compileRules, ruleFile } from './rules.js';
import { type Suggestion, suggestRules } from './suggest.js';

const TICK_S = 10;
const HOUR = 360;

/** An hour in which each program does what its function says at a second. */
function keptHour(programs: Record<string, (second: number) => ProgramReading | undefined>) {
  const replay = new Replay({ rules: defaultRules });
  const keeper = new BatchKeeper();
  for (let i = 1; i <= HOUR; i++) {
    const readings = Object.entries(programs).map(([name, at]) => [name, at(i * TICK_S)] as const);
    const batch: SampleBatch = batchAt(
      i * TICK_S,
      Object.fromEntries(readings.filter(([, one]) => one)) as Record<string, ProgramReading>,
    );
    replay.take(batch);
    keeper.keep(batch, replay.watchedOn(batch.host));
  }
  const toMs = Date.parse(keeper.batches.at(-1)?.time ?? '');
  return { whole: replay.end(toMs), kept: { batches: keeper.batches, forecasts: new Map(), toMs } };
}

function suggested(kept: ReturnType<typeof keptHour>['kept'], rules: object[] = []): Suggestion[] {
  const base = ruleFile.parse({ rules });
  return suggestRules(kept, base)
    .map((find) => find())
    .filter((one) => one !== undefined);
}

/** Busy for `busy` seconds of every `period`. */
const bursts = (busy: number, period: number) => (second: number) => ({ cpu: second % period < busy ? 97 : 5 });

describe('proposed rules', () => {
  it('make people wait longer for what is short again and again', () => {
    const { kept } = keptHour({ cc1plus: bursts(150, 900), nginx: () => ({ cpu: 3 }) });
    const [one, ...others] = suggested(kept);
    expect(others).toEqual([]);
    expect(one?.rule).toEqual({
      name: 'cc1plus cpu',
      match: { of: 'process', process: 'cc1plus', metric: 'cpu' },
      for: '5m',
    });
    expect(one?.acted).toBe(0);
    expect(one?.before.told).toBeGreaterThanOrEqual(2);
    expect(one?.after).toMatchObject({ told: 0, notifications: 0, missed: 0 });
    expect(one?.after.incidents).toBe(one?.before.incidents);
  });

  it('never miss a breach on which somebody had to act', () => {
    const stuck = (second: number) => (second > 2400 ? { cpu: 99 } : bursts(150, 800)(second));
    const [one] = suggested(keptHour({ cc1plus: stuck }).kept);
    expect(one?.acted).toBeGreaterThan(0);
    expect(one?.rule.for).toBeDefined();
    expect(one?.after.missed).toBe(0);
    expect(one?.rule.limit).toBeUndefined();
  });

  it('are none where all alerts are few, or about something', () => {
    expect(suggested(keptHour({ java: (second) => ({ mem: second > 1800 ? 95 : 20 }) }).kept)).toEqual([]);
    expect(suggested(keptHour({ nginx: bursts(20, 3000) }).kept)).toEqual([]);
  });

  it('take programs that put their arguments into their names as one', () => {
    const npm = (which: number) => (second: number) =>
      Math.floor(second / 700) % 4 === which && second % 700 < 200 ? { cpu: 99 } : undefined;
    const { kept } = keptHour({
      'npm exec tsc': npm(0),
      'npm exec jest': npm(1),
      'npm test': npm(2),
      idle: () => ({ cpu: 1 }),
    });
    expect(suggested(kept).map(({ rule }) => rule.match.process)).toEqual(['npm *']);
  });

  it('leave alone what a rule of the user judges', () => {
    const { kept } = keptHour({ cc1plus: bursts(150, 900) });
    expect(suggested(kept, [{ name: 'mine', match: { process: 'cc1*' } }])).toEqual([]);
  });

  it('are of the form that a file of rules has', () => {
    const rules = suggested(keptHour({ 'a*b': bursts(150, 900) }).kept).map(({ rule }) => rule);
    expect(rules[0]?.match.process).toBe('a\\*b');
    expect(() => compileRules(ruleFile.parse({ rules }))).not.toThrow();
  });

  it('rest on the programs that were kept, which decide as all of them do', () => {
    const { whole, kept } = keptHour({ cc1plus: bursts(150, 900), nginx: () => ({ cpu: 3 }), java: bursts(400, 1800) });
    expect(kept.batches.every(({ names }) => !names.includes('nginx'))).toBe(true);
    const again = replayKept(kept, defaultRules);
    expect(again.lines).toEqual(whole.lines);
    expect(again.notifications).toEqual(whole.notifications);
    expect(again.sustained).toEqual(whole.sustained);
  });
});
