import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Incident, Notification, SampleBatch, UnitSample } from '#domain';
import { at, batchAt, forecastAt, hostAt, type ProgramReading, unitAt } from '../../test/support/timeline.js';
import { AlarmEngine, type AlarmEvent } from './engine.js';
import { defaultRules, type Rules } from './levels.js';
import { NotificationPlan } from './notification-plan.js';
import { compileRules, ruleFile } from './rules.js';

const START = Date.parse(at(0));

interface Sent {
  second: number;
  notification: Notification;
  /** The incidents that were open then, with their values. */
  open: Incident[];
}

/** The engine and the plan together, with a clock that only the test moves. */
class Watchman {
  readonly sent: Sent[] = [];
  private readonly engine: AlarmEngine;
  private readonly plan: NotificationPlan;
  private second = 0;
  private ids = 0;

  constructor(rules: Rules = defaultRules, waitMs = 30_000) {
    const newId = () => `incident-${++this.ids}`;
    this.engine = new AlarmEngine({ rules, newId });
    const options = { waitMs, groupIntervalMs: 300_000, repeatMs: 4 * 3_600_000, newId };
    this.plan = new NotificationPlan({ ...options, judged: this.engine });
    this.take({ kind: 'following', following: true });
  }

  /** Lets time pass to that second; returns what was sent meanwhile. */
  at(second: number): string[] {
    const from = this.sent.length;
    while (this.second < second) {
      this.second += 1;
      this.take({ kind: 'tick' });
      const nowMs = START + this.second * 1000;
      for (const notification of this.plan.tick(nowMs, () => undefined).notifications) {
        const open = this.engine.open().map((incident) => this.engine.withValues(incident));
        this.sent.push({ second: this.second, notification, open });
      }
    }
    return this.sent.slice(from).map(summary);
  }

  take(event: AlarmEvent): void {
    const nowMs = START + this.second * 1000;
    for (const { incident } of this.engine.apply(event, nowMs)) this.plan.change(incident, nowMs);
  }

  /** A batch at that second, then nothing until the next call. */
  push(second: number, programs: Record<string, ProgramReading>, host = 'web-1', intervalMs = 10_000): string[] {
    const said = this.at(second);
    this.take({ kind: 'samples', batch: batchAt(second, programs, { host, intervalMs }) });
    return said;
  }

  /** A unit's samples, one a second. */
  playUnit(from: number, samples: UnitSample[], more: Partial<SampleBatch> = {}): string[] {
    return samples.flatMap((one, i) => {
      const said = this.at(from + i);
      const batch = batchAt(from + i, {}, { intervalMs: 1_000, units: [one], ...more });
      this.take({ kind: 'samples', batch });
      return said;
    });
  }

  /** One program's values, one every ten seconds. */
  play(from: number, values: (number | null)[], process = 'nginx'): string[] {
    return values.flatMap((cpu, i) =>
      this.push(from + i * 10, cpu === null ? { sh: { cpu: 1 } } : { sh: { cpu: 1 }, [process]: { cpu } }),
    );
  }
}

function summary({ second, notification: { kind, host, counts } }: Sent): string {
  return `${second} ${kind} ${host ?? counts.hosts}: ${counts.red} RED ${counts.amber} AMBER ${counts.resolved} over`;
}

const many = (count: number, value: number) => Array.from({ length: count }, () => value);
const rulesOf = (...rules: unknown[]) => compileRules(ruleFile.parse({ rules }));
const atOnce = rulesOf({ name: 'all', for: '0s' });

describe('a notification', () => {
  it('is not sent for one sample of 95 %, nor is its end, not even where RED need not hold', () => {
    for (const rules of [defaultRules, atOnce]) {
      const watchman = new Watchman(rules);
      expect(watchman.play(10, [95, ...many(60, 5)])).toEqual([]);
    }
  });

  it('of a program that ended is not sent', () => {
    expect(new Watchman(atOnce).play(10, [95, ...Array.from({ length: 60 }, () => null)])).toEqual([]);
  });

  it('comes a minute after a RED that holds, with the value of then, and once more at its end', () => {
    const watchman = new Watchman();
    expect(watchman.play(10, [81, ...many(9, 97), ...many(60, 5)])).toEqual([
      '70 host web-1: 1 RED 0 AMBER 0 over',
      '370 host web-1: 0 RED 0 AMBER 1 over',
    ]);
    expect(watchman.sent[0]?.notification.items[0]?.incident).toMatchObject({ value: 81, current: 97, peak: 97 });
  });

  it('waits as its rule says, and no longer than the usual wait from the value that it pages at', () => {
    const rules = rulesOf({ name: 'slow', for: '5m', page_at: 98 });
    expect(new Watchman(rules).play(10, many(40, 97))).toEqual(['310 host web-1: 1 RED 0 AMBER 0 over']);
    expect(new Watchman(rules).play(10, many(40, 98))).toEqual(['40 host web-1: 1 RED 0 AMBER 0 over']);
    expect(new Watchman(rules).play(10, [...many(20, 97), 98])).toEqual([]);
    expect(new Watchman(rules).play(10, [...many(20, 97), 98, 97])).toEqual(['211 host web-1: 1 RED 0 AMBER 0 over']);
    expect(new Watchman(rules).play(10, [99, ...many(40, 5)])).toEqual([]);
  });

  it('of a warning comes after the usual wait, if it still is predicted', () => {
    const predicted = (withdrawn: boolean) => {
      const watchman = new Watchman();
      watchman.take({ kind: 'hosts', hosts: [hostAt(0)] });
      watchman.push(10, { java: { mem: 70 } });
      watchman.take({ kind: 'forecasts', forecasts: [forecastAt(10)] });
      watchman.push(20, { java: { mem: 70 } });
      if (withdrawn) watchman.take({ kind: 'forecasts', forecasts: [] });
      return [30, 40, 50, 60, 70, 80, 90].flatMap((second) => watchman.push(second, { java: { mem: 70 } }));
    };
    expect(predicted(false)).toEqual(['40 host web-1: 0 RED 1 AMBER 0 over']);
    expect(predicted(true)).toEqual([]);
  });

  it('has its own wait: a newer alert of the host never goes out on the time of an older one', () => {
    const watchman = new Watchman();
    const seconds = Array.from({ length: 30 }, (_, i) => 10 + i * 10);
    const said = seconds.flatMap((second) =>
      watchman.push(second, {
        first: { cpu: 95 },
        soon: { cpu: second >= 30 ? 95 : 5 },
        later: { cpu: second >= 80 ? 95 : 5 },
      }),
    );
    expect(said).toEqual(['90 host web-1: 2 RED 0 AMBER 0 over', '140 host web-1: 1 RED 0 AMBER 0 over']);
  });

  it('of what flaps is sent once, marked, and once when it is over', () => {
    const watchman = new Watchman();
    const spikes = Array.from({ length: 180 }, (_, i) => (i % 6 === 0 ? 95 : 5));
    watchman.play(10, [...spikes, ...many(110, 5)]);
    const items = watchman.sent.flatMap(({ notification }) => notification.items);
    expect(items.map(({ state, incident }) => [state, incident.flapping])).toEqual([
      ['firing', true],
      ['resolved', undefined],
    ]);
  });

  it('tells for any values only what still is so, after its own wait, and its end where its start was told', () => {
    const value = fc.option(fc.constantFrom(5, 5, 5, 76, 95, 95, 95, 95, 95), { freq: 8 });
    const stretch = fc.tuple(value, fc.integer({ min: 1, max: 12 })).map(([one, times]) => Array(times).fill(one));
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 20 }), (stretches) => {
        const watchman = new Watchman();
        watchman.play(10, [...stretches.flat(), ...many(110, 5)]);
        const told = new Set<string>();
        for (const { second, notification, open } of watchman.sent) {
          for (const { state, incident } of notification.items) {
            const { id, since, flapping } = incident;
            const now = open.find((one) => one.id === id);
            const holds = now !== undefined && (flapping || now.belowSince === undefined);
            const waited = START + second * 1000 - Date.parse(since) >= 60_000;
            // A breach is told once, and only a breach that was told has its end told.
            expect([state, told.has(id), state === 'resolved' || (holds && waited)]).toEqual([
              state,
              state === 'resolved',
              true,
            ]);
            if (state === 'firing') told.add(id);
            else told.delete(id);
          }
        }
        expect([...told]).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('an OOM kill', () => {
  const killed = unitAt(20, { oomKills: 1, victim: 'java' });

  it('is told at once, because it may be over before any wait is, and so is its end', () => {
    const watchman = new Watchman();
    watchman.playUnit(10, [killed, ...many(320, 20).map((share) => unitAt(share))]);
    expect(watchman.sent.map(summary)).toEqual([
      '11 host web-1: 1 RED 0 AMBER 0 over',
      '311 host web-1: 0 RED 0 AMBER 1 over',
    ]);
  });

  it('is told though its unit was told to be RED before, and waits for no other alert of its host', () => {
    const watchman = new Watchman();
    watchman.playUnit(
      10,
      many(70, 85).map((share) => unitAt(share)),
    );
    expect(watchman.sent.map(summary)).toEqual(['70 host web-1: 1 RED 0 AMBER 0 over']);
    watchman.playUnit(80, [killed], { names: ['nginx'], count: [1], cpuMax: [99], cpu: [99], mem: [1], memMax: [1] });
    expect(watchman.at(81)).toEqual(['81 host web-1: 1 RED 0 AMBER 0 over']);
    expect(watchman.sent.at(-1)?.notification.items[0]?.text).toContain('OOM: the kernel killed java');
  });
});

describe('hosts that are lost', () => {
  const hosts = Array.from({ length: 40 }, (_, i) => ({ host: `host-${i}`, every: [10, 30, 60][i % 3] ?? 10 }));
  /** All of them report, but for those that are down from `down` to `up`. */
  const run = (watchman: Watchman, until: number, isDown: (host: number, second: number) => boolean) => {
    const said: string[] = [];
    for (let second = 1; second <= until; second++) {
      for (const [i, { host, every }] of hosts.entries()) {
        if (second % every === i % every && !isDown(i, second))
          said.push(...watchman.push(second, { sh: { cpu: 1 } }, host, every * 1000));
      }
      said.push(...watchman.at(second));
    }
    return said;
  };

  it('together are one message, and their return is one, whatever their intervals are', () => {
    const said = run(new Watchman(), 1500, (_, second) => second > 300 && second < 900);
    expect(said.map((one) => one.replace(/^\d+ /, ''))).toEqual([
      'digest 40: 0 RED 40 AMBER 0 over',
      'digest 40: 0 RED 0 AMBER 40 over',
    ]);
    const [lost, back] = said.map((one) => Number(one.split(' ')[0]));
    expect(lost).toBeLessThanOrEqual(300 + 180 + 30);
    expect(back).toBeLessThanOrEqual(900 + 60 + 30);
  });

  it('alone are told after the usual wait, while others report', () => {
    const said = run(new Watchman(), 1200, (i, second) => i === 0 && second > 300 && second < 900);
    expect(said).toEqual(['360 host host-0: 0 RED 1 AMBER 0 over', '930 host host-0: 0 RED 0 AMBER 1 over']);
  });

  it('for a moment only are not told', () => {
    expect(run(new Watchman(), 900, (i, second) => i % 3 === 0 && second > 300 && second < 330)).toEqual([]);
  });
});
