import { describe, expect, it } from '@jest/globals';
import type { UnitSample } from '#domain';
import { compileRules, ruleFile } from './rules.js';
import { at, forecastAt, hostUsage, Timeline, unitAt } from '../../test/support/timeline.js';

const MIB = 1024 ** 2;
const unit = (percentOfLimit: number | null, more: Partial<UnitSample> = {}) => unitAt(percentOfLimit, more);

/** Ticks of one unit, each given by its sample; returns what each said. */
function play(line: Timeline, from: number, samples: (UnitSample | undefined)[], every = 10): string[] {
  return samples.flatMap((one, i) => line.push(from + i * every, {}, { units: one ? [one] : [] }));
}

describe('memory of a unit', () => {
  it('is judged against its own limit, at the first sample over 80 % and until it is below 75 % for three ticks', () => {
    const line = new Timeline();
    expect(play(line, 10, [unit(80), unit(81.3)])).toEqual([
      '20:00:20Z RED   web-1 checkout.service mem 81.3 % of its 512 MiB > 80 %',
    ]);
    expect(line.open()).toMatchObject([
      { process: null, unit: 'checkout.service', metric: 'mem', limitBytes: 512 * MIB },
    ]);
    expect(play(line, 30, [unit(76), unit(74), unit(74), unit(12)])).toEqual([
      '20:01:00Z GREEN web-1 checkout.service mem 12.0 % of its 512 MiB (was RED for 40 s)',
    ]);
  });

  it('is no series where it has no limit, and its programs are judged as ever', () => {
    const line = new Timeline();
    const units = [unit(null, { memBytes: 7e9 })];
    expect(line.push(10, { java: { mem: 85 } }, { units, unit: [0] })).toEqual([
      '20:00:10Z RED   web-1 java mem 85.0 % > 80 %',
    ]);
  });

  it('ends where the unit is gone for three ticks while its host reports', () => {
    const line = new Timeline();
    play(line, 10, [unit(90)]);
    expect(play(line, 20, [undefined, undefined, undefined])).toEqual([
      '20:00:40Z GREEN web-1 checkout.service mem ended (was RED for 30 s)',
    ]);
  });

  it('has a unit and a program of one name apart', () => {
    const line = new Timeline();
    const units = [unit(90, { unit: 'java' })];
    expect(line.push(10, { java: { mem: 90 } }, { units })).toHaveLength(2);
    expect(line.open().map(({ process, unit: of }) => [process, of])).toEqual([
      ['java', undefined],
      [null, 'java'],
    ]);
  });
});

describe('CPU of a unit', () => {
  const cpu = (share: number, throttled: number | undefined) =>
    unit(10, { cpu: (share / 100) * 50, cpuLimit: 50, throttled });

  it('is RED over 80 % of its quota where it was held back in a quarter of the periods, and not by a burst', () => {
    const line = new Timeline();
    expect(play(line, 10, [cpu(100, 24), cpu(100, undefined)])).toEqual([]);
    expect(play(line, 30, [cpu(95, 25)])).toEqual([
      '20:00:30Z RED   web-1 checkout.service cpu 95.0 % of its quota > 80 %',
    ]);
    // Held back now and then, it stays; not at all, it is fast enough.
    expect(play(line, 40, [cpu(99, 1), cpu(99, 0), cpu(99, 0), cpu(99, 0)])).toEqual([
      '20:01:10Z GREEN web-1 checkout.service cpu 99.0 % of its quota (was RED for 40 s)',
    ]);
  });

  it('is judged by its share alone where a rule sets the limit', () => {
    const rules = [{ name: 'strict', match: { unit: 'checkout*', metric: 'cpu' }, limit: 90 }];
    const line = new Timeline(compileRules(ruleFile.parse({ rules })));
    expect(play(line, 10, [cpu(91, 0)])).toHaveLength(1);
    expect(line.open()[0]).toMatchObject({ rule: 'strict', limit: 90 });
  });
});

describe('an OOM kill', () => {
  it('is RED at once, names the victim, and clears as usual', () => {
    const line = new Timeline();
    expect(play(line, 10, [unit(20, { oomKills: 1, victim: 'java' })])).toEqual([
      '20:00:10Z RED   web-1 checkout.service mem OOM: the kernel killed java (20.0 % of its 512 MiB)',
    ]);
    expect(line.open()[0]).toMatchObject({ reason: 'oom-killed', victim: 'java', limitBytes: 512 * MIB });
    expect(play(line, 20, [unit(20), unit(21), unit(22)])).toEqual([
      '20:00:40Z GREEN web-1 checkout.service mem 22.0 % of its 512 MiB (was RED for 30 s)',
    ]);
  });

  it('is RED in a unit without a limit too, and where nobody knows the victim', () => {
    const line = new Timeline();
    expect(play(line, 10, [unit(null, { oomKills: 2 })])).toEqual([
      '20:00:10Z RED   web-1 checkout.service mem OOM: the kernel killed a process',
    ]);
    expect(play(line, 20, [unit(null), unit(null), unit(null)])).toEqual([
      '20:00:40Z GREEN web-1 checkout.service mem no further OOM kill (was RED for 30 s)',
    ]);
  });

  it('is RED where the whole unit is gone with it, and then ends', () => {
    const line = new Timeline();
    play(line, 10, [unit(60)]);
    expect(play(line, 20, [unit(0, { processes: 0, oomKills: 1, victim: 'java' })])).toHaveLength(1);
    expect(play(line, 30, [undefined, undefined, undefined])).toEqual([
      '20:00:50Z GREEN web-1 checkout.service mem ended (was RED for 30 s)',
    ]);
  });

  it('is said though its unit is RED already, as the same incident and once in ten minutes', () => {
    const line = new Timeline();
    play(line, 10, [unit(85)]);
    const killed = unit(99, { oomKills: 1, victim: 'java' });
    expect(play(line, 20, [killed, killed, killed])).toEqual([
      '20:00:20Z RED   web-1 checkout.service mem OOM: the kernel killed java (99.0 % of its 512 MiB)',
    ]);
    const [incident] = line.open();
    expect(incident).toMatchObject({ since: at(10), reason: 'oom-killed' });
    expect(incident?.history.map(({ color, reason }) => [color, reason])).toEqual([
      ['RED', 'above-limit'],
      ['RED', 'oom-killed'],
    ]);
    expect(
      play(
        line,
        50,
        Array.from({ length: 60 }, () => unit(85)),
      ),
    ).toEqual([]);
    expect(play(line, 650, [killed])).toHaveLength(1);
  });

  it('is flapping where the unit is killed again and again', () => {
    const line = new Timeline();
    const killed = unit(30, { oomKills: 1, victim: 'java' });
    const calm = [unit(30), unit(30), unit(30)];
    const said = play(line, 10, [killed, ...calm, killed, ...calm, killed, ...calm, killed, ...calm]);
    expect(said.map((text) => text.slice(10, 15))).toEqual(['RED  ', 'GREEN', 'RED  ', 'GREEN', 'RED  ']);
    expect(said.at(-1)).toContain('flapping');
  });

  it('is not judged where a rule says so', () => {
    const rules = [{ name: 'builds', match: { of: 'unit', unit: 'build-*' }, off: true }];
    const line = new Timeline(compileRules(ruleFile.parse({ rules })));
    expect(play(line, 10, [unit(99, { unit: 'build-7.scope', oomKills: 1 })])).toEqual([]);
    expect(play(line, 20, [unit(99, { oomKills: 1 })])).toHaveLength(1);
  });
});

describe('who fills a unit', () => {
  /** A unit in which java grows by 2 MiB a tick, beside a larger postgres that the kernel would kill. */
  const leak = (tick: number, percentOfLimit = 30 + tick / 2) => {
    const largest = [
      { process: 'postgres', pid: 1, rssBytes: 120 * MIB, oomScore: 900 },
      { process: 'java', pid: 2, rssBytes: (60 + 2 * tick) * MIB, oomScore: 300 },
    ];
    return unit(percentOfLimit, { largest });
  };
  const ofUnit = { process: null, unit: 'checkout.service', metric: 'mem' } as const;

  it('is said with a warning, a breach and a kill, beside the process that the kernel would take', () => {
    const line = new Timeline();
    play(
      line,
      10,
      Array.from({ length: 40 }, (_, tick) => leak(tick)),
    );
    expect(line.at(401, { kind: 'forecasts', forecasts: [forecastAt(400, { ...ofUnit, value: 49.5 })] })).toEqual([
      '20:06:41Z AMBER web-1 checkout.service mem 49.5 % of its 512 MiB → 80 % in 12 min (9–17), 90 % likely: ' +
        'java grew 12 MiB/min since 20:00; the kernel would kill postgres',
    ]);
    expect(line.open()[0]).toMatchObject({ grower: 'java', victim: 'postgres', limitBytes: 512 * MIB });
    expect(play(line, 410, [leak(40, 81)])).toEqual([
      '20:06:50Z RED   web-1 checkout.service mem 81.0 % of its 512 MiB > 80 % (predicted 10 s before) ' +
        '(java grew 12 MiB/min since 20:00; the kernel would kill postgres)',
    ]);
    expect(play(line, 420, [unit(20, { oomKills: 1, victim: 'postgres' })])).toEqual([
      '20:07:00Z RED   web-1 checkout.service mem OOM: the kernel killed postgres (20.0 % of its 512 MiB, ' +
        'java grew 12 MiB/min since 20:00)',
    ]);
  });

  it('is known from the programs that run in the unit alone', () => {
    const line = new Timeline();
    for (let tick = 0; tick < 40; tick++) {
      const rssBytes = [200 * MIB, (60 + 2 * tick) * MIB, 900 * tick * MIB];
      const columns = { units: [unit(50)], unit: [0, 0, null], rssBytes };
      line.push(10 + tick * 10, { postgres: {}, worker: {}, other: {} }, columns);
    }
    line.push(410, {}, { units: [unit(85)] });
    expect(line.open()[0]).toMatchObject({ grower: 'worker', growth: { bytesPerMinute: 12 * MIB, since: at(10) } });
  });

  it('says nothing of growth where none is', () => {
    const line = new Timeline();
    play(
      line,
      10,
      Array.from({ length: 40 }, () => leak(0)),
    );
    play(line, 410, [leak(0, 85)]);
    expect(line.open()[0]).toMatchObject({ victim: 'postgres' });
    expect(line.open()[0]).not.toHaveProperty('grower');
  });
});

describe('swap, inodes and forecasts of hosts', () => {
  const usage = (mem: number, swap: number, inodesPercent = 10) => ({
    hostUsage: { ...hostUsage(1, mem), swap, disks: [{ path: '/', usedPercent: 10, inodesPercent }] } as never,
  });

  it('swap is RED only while the memory is over its limit too', () => {
    const line = new Timeline();
    expect(line.push(10, {}, usage(79, 99))).toEqual([]);
    expect(line.push(20, {}, usage(81, 80))).toEqual(['20:00:20Z RED   web-1 (host) mem 81.0 % > 80 %']);
    expect(line.push(30, {}, usage(81, 81))).toEqual(['20:00:30Z RED   web-1 (host) swap 81.0 % > 80 %']);
    for (const second of [40, 50]) expect(line.push(second, {}, usage(60, 99))).toEqual([]);
    expect(line.push(60, {}, usage(60, 99))).toHaveLength(2);
  });

  it('inodes are judged as disks are', () => {
    const line = new Timeline();
    expect(line.push(10, {}, usage(5, 0, 90))).toEqual([]);
    expect(line.push(20, {}, usage(5, 0, 91))).toEqual(['20:00:20Z RED   web-1 (host) inodes / 91.0 % > 90 %']);
  });

  it('a full disk is AMBER up to a day before, and memory up to 150 minutes before', () => {
    const line = new Timeline();
    line.push(10, {}, usage(50, 0));
    const own = { process: null, inMin: 20 * 60 };
    const forecasts = [
      forecastAt(10, { ...own, metric: 'disk', device: '/', limit: 90 }),
      forecastAt(10, { ...own, metric: 'inodes', device: '/', limit: 90 }),
      forecastAt(10, { ...own, metric: 'mem' }),
    ];
    const said = line.at(11, { kind: 'forecasts', forecasts });
    expect(said.map((text) => text.slice(16, 36))).toEqual(['web-1 (host) disk / ', 'web-1 (host) inodes ']);
    expect(line.open()[0]).toMatchObject({ device: '/' });
    expect(line.push(20, {}, { hostUsage: hostUsage(1, 50, { '/': 91 }) })).toHaveLength(1);
    expect(line.open().find(({ metric }) => metric === 'disk')?.history[0]?.outcome).toBe('hit');
  });

  it('a swap that fills is no warning while the host has memory left', () => {
    const line = new Timeline();
    const swap = (second: number) => ({
      kind: 'forecasts' as const,
      forecasts: [forecastAt(second, { process: null, metric: 'swap' })],
    });
    line.push(10, {}, usage(70, 60));
    expect(line.at(11, swap(10))).toEqual([]);
    line.push(20, {}, usage(78, 60));
    expect(line.at(21, swap(20))).toHaveLength(1);
  });

  it('of several limits of one series the forecast of its own counts, else that of the next one above', () => {
    const rules = [{ name: 'early', match: { process: 'java' }, limit: 60 }];
    const line = new Timeline(compileRules(ruleFile.parse({ rules })));
    line.push(10, { java: { mem: 50 }, node: { mem: 50 } });
    const forecasts = [
      forecastAt(10, { limit: 95, inMin: 90 }),
      forecastAt(10, { limit: 60, inMin: 5 }),
      forecastAt(10, { limit: 80, inMin: 30 }),
      forecastAt(10, { process: 'node', limit: 60, inMin: 5 }),
    ];
    const said = line.at(11, { kind: 'forecasts', forecasts });
    expect(said).toEqual([expect.stringMatching(/java mem 71\.4 % → 60 % in 5 min/)]);
    expect(line.at(12, { kind: 'forecasts', forecasts: [forecasts[0] as never, forecasts[2] as never] })).toEqual([]);
    expect(line.open()[0]?.breach?.at).toBe(at(10 + 30 * 60));
  });
});
