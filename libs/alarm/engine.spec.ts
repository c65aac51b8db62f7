import { describe, expect, it } from '@jest/globals';
import { scoreOf } from '#domain';
import { at, batchAt, forecastAt, hostAt, hostUsage, Timeline } from '../../test/support/timeline.js';

describe('RED', () => {
  it('comes at the first sample over the limit, once, and goes after three ticks below the clear level', () => {
    const line = new Timeline();
    expect(line.push(0, { nginx: { cpu: 80 } })).toEqual([]);
    expect(line.push(10, { nginx: { cpu: 93.1 } })).toEqual(['20:00:10Z RED   web-1 nginx cpu 93.1 % > 80 %']);
    expect(line.push(20, { nginx: { cpu: 99 } })).toEqual([]);
    expect(line.push(30, { nginx: { cpu: 12 } })).toEqual([]);
    expect(line.push(40, { nginx: { cpu: 12 } })).toEqual([]);
    expect(line.push(50, { nginx: { cpu: 12 } })).toEqual([
      '20:00:50Z GREEN web-1 nginx cpu 12.0 % (was RED for 40 s)',
    ]);
    expect(line.push(60, { nginx: { cpu: 12 } })).toEqual([]);
    expect(line.open()).toEqual([]);
  });

  it('stays while the value lies between clear level and limit, and then starts to count again', () => {
    const line = new Timeline();
    line.push(10, { nginx: { cpu: 85 } });
    for (const [i, cpu] of [74, 74, 76, 74, 74, 79.9, 75].entries())
      expect(line.push(20 + i * 10, { nginx: { cpu } })).toEqual([]);
    expect(line.push(90, { nginx: { cpu: 74 } })).toEqual([]);
    expect(line.push(100, { nginx: { cpu: 74 } })).toEqual([]);
    expect(line.push(110, { nginx: { cpu: 74 } })).toHaveLength(1);
  });

  it('comes neither from a sample older than three ticks nor from one that was judged before', () => {
    const line = new Timeline();
    line.at(100);
    expect(line.at(100, { kind: 'samples', batch: batchAt(69, { nginx: { cpu: 99 } }) })).toEqual([]);
    expect(line.at(100, { kind: 'samples', batch: batchAt(70, { nginx: { cpu: 99 } }) })).toHaveLength(1);
    expect(line.at(101, { kind: 'samples', batch: batchAt(70, { nginx: { cpu: 1 } }) })).toEqual([]);
    expect(line.open()[0]?.color).toBe('RED');
  });

  it('ends when its program is gone for three ticks while the host reports', () => {
    const line = new Timeline();
    line.push(10, { nginx: { cpu: 93 }, sh: { cpu: 1 } });
    expect(line.push(20, { sh: { cpu: 1 } })).toEqual([]);
    expect(line.push(30, { sh: { cpu: 1 } })).toEqual([]);
    expect(line.push(40, { sh: { cpu: 1 } })).toEqual(['20:00:40Z GREEN web-1 nginx cpu ended (was RED for 30 s)']);
    expect(line.actions.at(-1)?.incident).toMatchObject({ reason: 'ended', closed: at(40), value: null });
  });

  it('takes the largest process for cpu, or the mean where the sender gives no largest', () => {
    const line = new Timeline();
    expect(line.push(10, { work: {} }, { cpu: [400], cpuMax: [50], count: [8] })).toEqual([]);
    expect(line.push(20, { work: {} }, { cpu: [400], cpuMax: undefined, count: [8] })).toEqual([]);
    expect(line.push(30, { work: {} }, { cpu: [800], cpuMax: undefined, count: [8] })).toEqual([
      '20:00:30Z RED   web-1 work cpu 100.0 % > 80 %',
    ]);
  });

  it('takes the sum of memory only while the host is short of memory too', () => {
    const line = new Timeline();
    expect(line.push(10, { pg: { mem: 10, memSum: 95 } }, { hostUsage: hostUsage(1, 60) })).toEqual([]);
    expect(line.push(20, { pg: { mem: 10, memSum: 95 } }, { hostUsage: hostUsage(1, 80.1) })).toEqual([
      '20:00:20Z RED   web-1 (host) mem 80.1 % > 80 % (pg 95.0 %)',
      '20:00:20Z RED   web-1 pg mem 95.0 % > 80 %',
    ]);
    expect(
      line
        .open()
        .map(({ reason }) => reason)
        .sort(),
    ).toEqual(['above-limit', 'sum-above-limit']);
  });

  it('is given for the cpu, the memory and the disks of the host itself', () => {
    const line = new Timeline();
    expect(line.push(10, {}, { hostUsage: hostUsage(81, 5, { '/': 90, '/var': 90.04 }) })).toEqual([
      '20:00:10Z RED   web-1 (host) cpu 81.0 % > 80 %',
      '20:00:10Z RED   web-1 (host) disk /var 90.04 % > 90 %',
    ]);
    for (const second of [20, 30])
      expect(line.push(second, {}, { hostUsage: hostUsage(5, 5, { '/var': 84 }) })).toEqual([]);
    expect(line.push(40, {}, { hostUsage: hostUsage(5, 5, { '/var': 84 }) })).toHaveLength(2);
  });
});

describe('AMBER', () => {
  const ready = () => {
    const line = new Timeline();
    line.at(5, { kind: 'hosts', hosts: [hostAt(5)] });
    return line;
  };

  it('comes from a forecast and turns RED as the same incident', () => {
    const line = ready();
    expect(line.at(10, { kind: 'forecasts', forecasts: [forecastAt(10)] })).toEqual([
      '20:00:10Z AMBER web-1 java mem 71.4 % → 80 % in 12 min (9–17), 90 % likely: rises steadily',
    ]);
    expect(line.push(20, { java: { mem: 85 } })).toEqual([
      '20:00:20Z RED   web-1 java mem 85.0 % > 80 % (predicted 10 s before)',
    ]);
    const [incident, ...others] = line.open();
    expect(others).toEqual([]);
    expect(incident?.history.map(({ color, reason }) => [color, reason])).toEqual([
      ['AMBER', 'breach-predicted'],
      ['RED', 'above-limit'],
    ]);
    expect(incident?.history[0]?.breach).toMatchObject({ at: at(10 + 12 * 60), reason: 'rises steadily' });
    expect(incident?.breach).toBeUndefined();
  });

  it('goes after the forecast has been clear for its hold time', () => {
    const line = ready();
    line.at(10, { kind: 'forecasts', forecasts: [forecastAt(10)] });
    expect(line.at(20, { kind: 'forecasts', forecasts: [] })).toEqual([]);
    line.push(50, { java: { mem: 60 } });
    expect(line.at(60, { kind: 'forecasts', forecasts: [forecastAt(60)] })).toEqual([]);
    line.push(65, { java: { mem: 60 } });
    line.at(70, { kind: 'forecasts', forecasts: [] });
    for (const second of [85, 105, 125]) expect(line.push(second, { java: { mem: 60 } })).toEqual([]);
    expect(line.at(130)).toEqual(['20:02:10Z GREEN web-1 java mem no breach predicted (was AMBER for 2 min)']);
  });

  it('stays while nobody predicts, because a missing forecast means nothing then', () => {
    const line = ready();
    line.at(10, { kind: 'forecasts', forecasts: [forecastAt(10)] });
    line.at(11, { kind: 'prediction', alive: false });
    line.at(12, { kind: 'forecasts', forecasts: [] });
    for (let second = 20; second <= 200; second += 10) expect(line.push(second, { java: { mem: 70 } })).toEqual([]);
  });

  it('follows RED where a breach is still predicted', () => {
    const line = ready();
    line.push(10, { java: { mem: 85 } });
    line.at(11, { kind: 'forecasts', forecasts: [forecastAt(10)] });
    line.push(20, { java: { mem: 70 } });
    line.push(30, { java: { mem: 70 } });
    expect(line.push(40, { java: { mem: 70 } })).toEqual([
      '20:00:40Z AMBER web-1 java mem 70.0 % → 80 % in 12 min (9–17), 90 % likely: rises steadily',
    ]);
  });

  it('comes neither from a stale forecast, nor from one of a program that ended, nor beyond the horizon', () => {
    const line = ready();
    line.push(100, { java: { mem: 85 } });
    for (const second of [110, 120, 130]) line.push(second, { sh: { mem: 1 } });
    expect(line.at(131, { kind: 'forecasts', forecasts: [forecastAt(100)] })).toEqual([]);
    expect(line.at(131, { kind: 'forecasts', forecasts: [forecastAt(90, { process: 'ruby' })] })).toEqual([]);
    expect(line.at(131, { kind: 'forecasts', forecasts: [forecastAt(130, { inMin: 200 })] })).toEqual([]);
    expect(line.open()).toEqual([]);
  });

  it('records a newer estimate without a word', () => {
    const line = ready();
    line.at(10, { kind: 'forecasts', forecasts: [forecastAt(10)] });
    expect(line.at(20, { kind: 'forecasts', forecasts: [forecastAt(20, { inMin: 5 })] })).toEqual([]);
    expect(line.actions.at(-1)).toMatchObject({ kind: 'update', incident: { breach: { at: at(20 + 300) } } });
    line.at(21, { kind: 'forecasts', forecasts: [forecastAt(21, { inMin: 5 })] });
    expect(line.actions).toHaveLength(2);
  });
});

describe('no data', () => {
  it('comes after three intervals, keeps the colours, and goes with the first sample', () => {
    const line = new Timeline();
    line.push(10, { nginx: { cpu: 93 } });
    expect(line.at(39)).toEqual([]);
    expect(line.at(40)).toEqual(['20:00:40Z RED   web-1 (host) no data for 30 s']);
    expect(line.at(400)).toEqual([]);
    expect(line.open().map(({ metric, color }) => [metric, color])).toEqual([
      ['cpu', 'RED'],
      ['data', 'RED'],
    ]);
    expect(line.push(401, { nginx: { cpu: 93 } })).toEqual([
      '20:06:41Z GREEN web-1 (host) data again (was no data for 7 min)',
    ]);
  });

  it('is AMBER at least, and keeps an AMBER alert whose forecast is withdrawn', () => {
    const line = new Timeline();
    line.push(10, { java: { mem: 70 } });
    line.at(10, { kind: 'forecasts', forecasts: [forecastAt(10, { inMin: 90 })] });
    expect(line.at(40)).toEqual(['20:00:40Z AMBER web-1 (host) no data for 30 s']);
    line.at(50, { kind: 'forecasts', forecasts: [] });
    expect(line.at(900)).toEqual([]);
    expect(line.open()).toHaveLength(2);
  });

  it('takes three of the host’s own intervals where those are longer', () => {
    const line = new Timeline();
    line.push(10, {}, { intervalMs: 60_000 });
    expect(line.at(189)).toEqual([]);
    expect(line.at(190)).toHaveLength(1);
  });

  it('is not said while no sample of anybody can arrive, nor of a paused host', () => {
    const line = new Timeline();
    line.push(10, {});
    line.at(20, { kind: 'following', following: false });
    line.at(300);
    line.at(300, { kind: 'following', following: true });
    expect(line.at(329)).toEqual([]);
    expect(line.at(330)).toHaveLength(1);
    expect(line.at(331, { kind: 'hosts', hosts: [hostAt(10, { status: 'paused' })] })).toEqual([
      '20:05:31Z GREEN web-1 (host) paused (was no data for 5 min)',
    ]);
    expect(line.at(900)).toEqual([]);
  });

  it('is said of a host that was silent before the alarm started', () => {
    const line = new Timeline();
    line.at(1000, { kind: 'hosts', hosts: [hostAt(100)] });
    expect(line.at(1001)).toEqual(['20:16:41Z AMBER web-1 (host) no data for 15 min']);
  });
});

describe('a restart', () => {
  it('neither repeats nor forgets what is open', () => {
    const before = new Timeline();
    before.push(10, { nginx: { cpu: 93 }, sh: { cpu: 99 } });
    before.at(11, { kind: 'hosts', hosts: [hostAt(10)] });
    before.at(11, { kind: 'forecasts', forecasts: [forecastAt(10)] });
    const after = new Timeline(undefined, 'later-id');
    after.at(15, { kind: 'restored', incidents: before.open() });
    after.at(15, { kind: 'hosts', hosts: [hostAt(10)] });
    after.at(15, { kind: 'forecasts', forecasts: [forecastAt(10)] });
    expect(after.push(20, { nginx: { cpu: 93 }, java: { mem: 70 } })).toEqual([]);
    expect(after.push(30, { nginx: { cpu: 93 }, java: { mem: 81 } })).toHaveLength(1);
    // Gone for three ticks, as where there had been no restart.
    expect(after.push(40, { nginx: { cpu: 93 }, java: { mem: 81 } })).toEqual([
      '20:00:40Z GREEN web-1 sh cpu ended (was RED for 30 s)',
    ]);
    expect(
      after
        .open()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['incident-1', 'incident-3']);
  });
});

describe('a RED that was recorded, but told to nobody, before the alarm was killed', () => {
  it('still holds where the step of the history that its sample lies in is judged again', () => {
    const before = new Timeline();
    before.push(10.5, { nginx: { cpu: 93 } });
    const after = new Timeline(undefined, 'later-id');
    after.at(12, { kind: 'restored', incidents: before.open() });
    after.at(12, { kind: 'hosts', hosts: [hostAt(10)] });
    after.at(12, { kind: 'gap' });
    after.at(12, { kind: 'history', batch: batchAt(10, { nginx: { cpu: 93 } }), stepMs: 10_000 });
    after.at(12, { kind: 'caught-up', host: 'web-1' });
    after.at(12, { kind: 'caught-up' });
    const [incident] = after.open();
    expect(incident && after.stillHolds(incident)).toBe(true);
  });
});

describe('flapping', () => {
  it('is no matter for a value around the limit: one RED in an hour', () => {
    const line = new Timeline();
    for (let second = 10; second <= 3600; second += 10)
      line.push(second, { nginx: { cpu: second % 20 ? 79.9 : 80.1 } });
    expect(line.lines).toHaveLength(1);
  });

  it('marks the incident at the fifth change in ten minutes, is quiet then, and ends after ten calm minutes', () => {
    const line = new Timeline();
    for (let second = 10; second <= 3600; second += 10) line.push(second, { nginx: { cpu: second % 60 ? 20 : 95 } });
    expect(line.lines.map((text) => text.slice(10, 15))).toEqual(['RED  ', 'GREEN', 'RED  ', 'GREEN', 'RED  ']);
    expect(line.lines.at(-1)).toContain('(flapping: quiet until calm for 10 min)');
    expect(line.open()).toMatchObject([{ id: 'incident-1', flapping: true }]);
    for (let second = 3610; second <= 4200; second += 10) expect(line.push(second, { nginx: { cpu: 20 } })).toEqual([]);
    expect(line.push(4210, { nginx: { cpu: 20 } })).toHaveLength(1);
    expect(line.open()).toEqual([]);
    expect(line.actions.at(-1)?.incident.flapping).toBeUndefined();
  });

  it('holds for a program that starts and ends again and again, and over a restart of the alarm', () => {
    const before = new Timeline();
    for (let second = 10; second <= 400; second += 10)
      before.push(second, second % 50 ? { sh: { cpu: 1 } } : { sh: { cpu: 1 }, job: { cpu: 95 } });
    expect(before.lines).toHaveLength(5);
    const after = new Timeline();
    after.at(405, { kind: 'restored', incidents: before.open() });
    for (let second = 410; second <= 990; second += 10) expect(after.push(second, { sh: { cpu: 1 } })).toEqual([]);
    for (let second = 1000; second <= 1040; second += 10) after.push(second, { sh: { cpu: 1 } });
    expect(after.open()).toEqual([]);
  });
});

describe('a prediction', () => {
  const warned = (forecast = forecastAt(10)) => {
    const line = new Timeline();
    line.at(5, { kind: 'hosts', hosts: [hostAt(5, { intervalMs: 600_000 })] });
    line.at(10, { kind: 'forecasts', forecasts: [forecast] });
    return line;
  };
  const slow = { intervalMs: 600_000 };
  const history = (line: Timeline) =>
    line.actions.at(-1)?.incident.history.map(({ color, outcome, leadMs }) => [color, outcome, leadMs]);

  it('is a hit with its lead time where the breach comes no later than predicted', () => {
    const line = warned();
    expect(line.push(610, { java: { mem: 85 } }, slow)).toEqual([
      '20:10:10Z RED   web-1 java mem 85.0 % > 80 % (predicted 10 min before)',
    ]);
    expect(history(line)).toEqual([
      ['AMBER', 'hit', 600_000],
      ['RED', undefined, 600_000],
    ]);
  });

  it('is early where the breach comes after the interval that was named', () => {
    const line = warned(forecastAt(10, { inMin: 2 }));
    line.at(100, { kind: 'forecasts', forecasts: [forecastAt(100, { inMin: 5 })] });
    line.push(300, { java: { mem: 85 } }, slow);
    expect(history(line)).toEqual([
      ['AMBER', 'early', 290_000],
      ['RED', undefined, 290_000],
    ]);
  });

  it('is false where it is withdrawn, and early where the breach comes all the same', () => {
    const line = warned();
    line.push(20, { java: { mem: 71 } }, slow);
    line.at(30, { kind: 'forecasts', forecasts: [] });
    line.push(80, { java: { mem: 71 } }, slow);
    expect(line.at(90)).toHaveLength(1);
    expect(history(line)?.[0]).toEqual(['AMBER', 'false', undefined]);
    line.push(140, { java: { mem: 85 } }, slow);
    expect(history(line)).toEqual([
      ['AMBER', 'early', 130_000],
      ['GREEN', undefined, undefined],
      ['RED', undefined, 130_000],
    ]);
  });

  it('counts for precision, recall and median lead time', () => {
    const incidents = [
      warned(),
      warned(forecastAt(10, { process: 'b' })),
      warned(forecastAt(10, { process: 'c' })),
    ].map((line, i) => {
      line.push(20, { java: { mem: i === 0 ? 85 : 1 }, b: { mem: 1 }, c: { mem: i === 2 ? 90 : 1 } }, slow);
      line.at(30, { kind: 'forecasts', forecasts: [] });
      line.at(90);
      return line.actions.at(-1)?.incident;
    });
    const missed = new Timeline();
    missed.push(10, { nginx: { cpu: 99 } });
    expect(scoreOf([...incidents, ...missed.open()].filter((one) => one !== undefined))).toEqual({
      hits: 2,
      early: 0,
      false: 1,
      missed: 1,
      precision: 2 / 3,
      recall: 2 / 3,
      medianLeadMs: 10_000,
      confidence: {
        precision: { n: 3, low: expect.closeTo(0.208, 3), high: expect.closeTo(0.939, 3), tooFew: true },
        recall: { n: 3, low: expect.closeTo(0.208, 3), high: expect.closeTo(0.939, 3), tooFew: true },
        leadMs: { n: 2, low: null, high: null, tooFew: true },
      },
    });
    expect(scoreOf([])).toMatchObject({ precision: null, recall: null, medianLeadMs: null });
  });
});

describe('blame', () => {
  it('names the three programs that use most of a host, with their share of all its cores', () => {
    const line = new Timeline();
    const programs = { a: { cpu: 100, count: 2 }, b: { cpu: 20 }, c: { cpu: 160 }, d: { cpu: 40 }, e: { cpu: 0 } };
    const [said] = line.push(10, programs, { hostUsage: hostUsage(95, 10) });
    expect(said).toBe('20:00:10Z RED   web-1 (host) cpu 95.0 % > 80 % (c 40.0 %, a 25.0 %, d 10.0 %)');
    expect(line.actions[0]?.incident.culprits?.[1]).toEqual({ process: 'a', count: 2, share: 25 });
  });

  it('gives the count and the largest process of a program', () => {
    const line = new Timeline();
    line.push(10, { pg: { mem: 30, memSum: 95, count: 7 } }, { hostUsage: hostUsage(1, 79) });
    line.push(20, { pg: { mem: 31, memSum: 95, count: 7 } }, { hostUsage: hostUsage(1, 81) });
    expect(line.open()[0]).toMatchObject({ process: 'pg', value: 95, count: 7, largest: 31 });
  });
});

describe('a host that the server no longer lists', () => {
  it('is forgotten at once, and its alerts end', () => {
    const line = new Timeline();
    line.at(5, { kind: 'hosts', hosts: [hostAt(5)] });
    line.push(10, { nginx: { cpu: 93 } });
    expect(line.at(20, { kind: 'hosts', hosts: [] })).toEqual([
      '20:00:20Z GREEN web-1 nginx cpu forgotten (was RED for 10 s)',
    ]);
    expect(line.at(900)).toEqual([]);
    expect(line.open()).toEqual([]);
  });

  it('is kept where it was never listed', () => {
    const line = new Timeline();
    line.push(10, { nginx: { cpu: 93 } });
    expect(line.at(20, { kind: 'hosts', hosts: [] })).toEqual([]);
  });

  it('is RED again where it came back between two looks at the list', () => {
    const line = new Timeline();
    line.at(5, { kind: 'hosts', hosts: [hostAt(5)] });
    line.push(10, { nginx: { cpu: 93 } });
    line.push(20, { nginx: { cpu: 94 } });
    expect(line.at(21, { kind: 'hosts', hosts: [hostAt(20, { firstSeen: at(20) })] })).toHaveLength(1);
    expect(line.push(30, { nginx: { cpu: 95 } })).toEqual(['20:00:30Z RED   web-1 nginx cpu 95.0 % > 80 %']);
    expect(line.open()).toMatchObject([{ id: 'incident-2' }]);
  });
});

describe('a host whose clock is set back', () => {
  it('is judged by its new times after three ticks', () => {
    const line = new Timeline();
    const push = (second: number, cpu: number, time: number) =>
      line.push(second, { nginx: { cpu } }, { time: at(time) });
    push(10, 93, 550);
    expect([20, 30, 40].flatMap((second) => push(second, 5, second))).toEqual([]);
    expect(line.open()).toHaveLength(1);
    expect(push(50, 5, 50)).toEqual([]);
    expect(push(60, 5, 60)).toHaveLength(1);
    expect(line.open()).toEqual([]);
    expect(push(70, 93, 70)).toHaveLength(1);
  });

  it('is not taken for late batches that come all at once', () => {
    const line = new Timeline();
    line.push(600, { nginx: { cpu: 93 } });
    for (const second of [575, 580, 585, 590])
      line.at(600, { kind: 'samples', batch: batchAt(second, { nginx: { cpu: 1 } }, { intervalMs: 10_000 }) });
    expect(line.open()).toHaveLength(1);
    line.push(610, { nginx: { cpu: 1 } });
    line.push(620, { nginx: { cpu: 1 } });
    expect(line.open()).toHaveLength(1);
    expect(line.push(630, { nginx: { cpu: 1 } })).toHaveLength(1);
  });
});

describe('a host that does not say its interval', () => {
  it('is judged by the one that the server has learnt', () => {
    const line = new Timeline();
    line.at(5, { kind: 'hosts', hosts: [hostAt(5, { intervalMs: 60_000 })] });
    line.push(10, { nginx: { cpu: 5 } }, { intervalMs: undefined });
    expect(line.at(189)).toEqual([]);
    expect(line.at(190)).toEqual(['20:03:10Z AMBER web-1 (host) no data for 3 min']);
  });
});

describe('a host whose newest samples came before the alarm started', () => {
  const backlogAt = (line: Timeline, from: number) => {
    for (const [i, cpu] of [93, 5, 5, 5].entries()) {
      const batch = batchAt(from + i * 10, { nginx: { cpu } });
      line.at(206 + i, { kind: 'samples', batch });
    }
  };

  it('is judged in order of time once its sender has sent what it still holds', () => {
    const line = new Timeline();
    line.at(205, { kind: 'hosts', hosts: [hostAt(200, { firstSeen: at(0), backlog: 4 })] });
    backlogAt(line, 100);
    expect(line.lines).toEqual([]);
    expect(line.actions.map(({ kind, incident }) => [kind, incident.opened, incident.closed])).toEqual([
      ['update', at(100), at(130)],
    ]);
  });

  it('is judged so too where the alarm knew it from before a gap', () => {
    const line = new Timeline();
    line.push(10, { nginx: { cpu: 5 } });
    line.at(205, { kind: 'hosts', hosts: [hostAt(200, { firstSeen: at(0), backlog: 4 })] });
    line.at(205, { kind: 'gap' });
    // The newest is read from the history, before what its sender still holds.
    line.at(205, { kind: 'history', batch: batchAt(200, { nginx: { cpu: 5 } }), stepMs: 10_000 });
    line.at(205, { kind: 'caught-up', host: 'web-1' });
    line.at(205, { kind: 'caught-up' });
    backlogAt(line, 100);
    const ofPrograms = line.actions.filter(({ incident }) => incident.metric !== 'data');
    expect(ofPrograms.map(({ kind, incident }) => [kind, incident.opened, incident.closed])).toEqual([
      ['update', at(100), at(130)],
    ]);
  });

  it('loses nothing of what came before it where its sender holds no more', () => {
    const line = new Timeline();
    line.at(205, { kind: 'hosts', hosts: [hostAt(200)] });
    expect(line.push(206, { nginx: { cpu: 93 } })).toHaveLength(1);
    backlogAt(line, 100);
    expect(line.open()).toHaveLength(1);
    expect(line.actions).toHaveLength(1);
  });
});

describe('blame of a host whose cores nobody knows', () => {
  it('is left out for its cpu', () => {
    const line = new Timeline();
    const usage = { ...hostUsage(95, 10), cores: undefined } as never;
    const [said] = line.push(10, { a: { cpu: 100 } }, { hostUsage: usage });
    expect(said).toBe('20:00:10Z RED   web-1 (host) cpu 95.0 % > 80 %');
    expect(line.actions[0]?.incident.culprits).toBeUndefined();
  });
});
