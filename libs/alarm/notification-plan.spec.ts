import { describe, expect, it } from '@jest/globals';
import { type Color, type Incident, newSilence, type Notification, type Silence } from '#domain';
import { at, Timeline } from '../../test/support/timeline.js';
import { muteOf } from './mute.js';
import { sampleNotification } from './notification-item.js';
import { NotificationPlan } from './notification-plan.js';

const START = Date.parse(at(0));

function incidentOf(color: Color, more: Partial<Incident> = {}): Incident {
  const time = at(0);
  const step = { time, value: 90, limit: 80, reason: 'above-limit' as const };
  return {
    id: 'incident-1',
    host: 'web-1',
    process: 'nginx',
    metric: 'cpu',
    color,
    value: 90,
    limit: 80,
    opened: time,
    since: time,
    closed: color === 'GREEN' ? time : null,
    reason: 'above-limit',
    history: [{ ...step, color }],
    ...more,
  };
}

/** A plan with a clock that only the test moves. */
class Post {
  readonly sent: { second: number; notification: Notification }[] = [];
  silences: Silence[] = [];
  silentHosts = new Set<string>();
  private second = 0;
  private ids = 0;
  readonly plan = new NotificationPlan({
    waitMs: 30_000,
    groupIntervalMs: 300_000,
    repeatMs: 4 * 3_600_000,
    newId: () => `n-${++this.ids}`,
  });

  at(second: number, incident?: Incident): string[] {
    const from = this.sent.length;
    while (this.second < second) this.tick(++this.second);
    if (incident) this.plan.change(incident, START + second * 1000);
    this.tick(second);
    return this.sent.slice(from).map((one) => `${one.second} ${summary(one.notification)}`);
  }

  private tick(second: number): void {
    const nowMs = START + second * 1000;
    const context = { silences: this.silences, silentHosts: this.silentHosts, serviceOf: () => 'shop' };
    const { notifications } = this.plan.tick(nowMs, (incident) => muteOf(incident, context, nowMs));
    this.sent.push(...notifications.map((notification) => ({ second, notification })));
  }
}

function summary({ kind, host, repeat, counts }: Notification): string {
  return `${kind} ${host ?? counts.hosts}: ${counts.red} RED ${counts.amber} AMBER ${counts.resolved} over${repeat ? ' again' : ''}`;
}

describe('a notification', () => {
  it('goes out 30 s after a warning and a minute after RED, once for each worse colour and once for the end', () => {
    const post = new Post();
    post.at(1, incidentOf('AMBER'));
    expect(post.at(30)).toEqual([]);
    expect(post.at(31)).toEqual(['31 host web-1: 0 RED 1 AMBER 0 over']);
    post.at(100, incidentOf('RED'));
    expect(post.at(200)).toEqual(['160 host web-1: 1 RED 0 AMBER 0 over']);
    expect(post.at(210, incidentOf('AMBER'))).toEqual([]);
    expect(post.at(250, incidentOf('RED'))).toEqual([]);
    post.at(300, incidentOf('GREEN'));
    expect(post.at(2000)).toEqual(['460 host web-1: 0 RED 0 AMBER 1 over']);
  });

  it('is not sent for a blip', () => {
    const post = new Post();
    post.at(1, incidentOf('RED'));
    post.at(29, incidentOf('GREEN'));
    expect(post.at(3600)).toEqual([]);
  });

  it('joins all changes of a host, and those of many hosts to one digest', () => {
    const post = new Post();
    for (const id of ['a', 'b', 'c']) post.at(1, incidentOf('RED', { id }));
    for (let host = 0; host < 7; host++) post.at(2, incidentOf('AMBER', { id: `h${host}`, host: `host-${host}` }));
    expect(post.at(70)).toEqual(['32 digest 7: 0 RED 7 AMBER 0 over', '61 host web-1: 3 RED 0 AMBER 0 over']);
  });

  it('is one digest in under 30 s for 10,000 alerts in one tick, which lists the worst', () => {
    const post = new Post();
    for (let i = 0; i < 10_000; i++) {
      const incident = incidentOf(i % 100 ? 'AMBER' : 'RED', { id: `i${i}`, host: `host-${i % 1000}` });
      post.plan.change(incident, START + 1000);
    }
    expect(post.at(120)).toEqual(['11 digest 1000: 100 RED 9900 AMBER 0 over']);
    expect(post.sent[0]?.notification.items).toHaveLength(50);
    expect(post.sent[0]?.notification.items.every(({ incident }) => incident.color === 'RED')).toBe(true);
  });

  it('is one digest also where judging the storm takes seconds, and no reason to tell the next news at once', () => {
    const post = new Post();
    post.at(0, incidentOf('AMBER', { id: 'before', host: 'before' }));
    for (let second = 1; second <= 6; second++) {
      for (let i = 0; i < 200; i++) {
        const name = `i${second}-${i}`;
        post.plan.change(incidentOf('AMBER', { id: name, host: name }), START + second * 1000);
      }
      post.at(second);
    }
    expect(post.at(20)).toEqual(['11 digest 1201: 0 RED 1201 AMBER 0 over']);
    post.at(21, incidentOf('AMBER', { id: 'after', host: 'after' }));
    expect(post.at(120)).toEqual(['51 host after: 0 RED 1 AMBER 0 over']);
  });

  it('is repeated every four hours while it stays open, and not where somebody has acknowledged it', () => {
    const post = new Post();
    post.at(1, incidentOf('RED'));
    expect(post.at(70)).toEqual(['61 host web-1: 1 RED 0 AMBER 0 over']);
    const [again, ...more] = post.at(80 + 4 * 3600);
    expect(again).toMatch(/^144(6|7)\d host web-1: 1 RED 0 AMBER 0 over again$/);
    expect(more).toEqual([]);
    post.silences = [silenceOf({ kind: 'acknowledgement', incident: 'incident-1', color: 'RED', match: {} })];
    expect(post.at(40 + 9 * 3600)).toEqual([]);
    post.at(33_000, incidentOf('GREEN'));
    expect(post.at(34_000)).toHaveLength(1);
  });

  it('is not sent while it is silenced, but when the silence ends and it still is so', () => {
    const post = new Post();
    post.silences = [silenceOf({ match: { host: 'web-*', service: 'shop', process: 'ng?nx' }, until: at(600) })];
    post.at(1, incidentOf('RED'));
    post.at(2, incidentOf('RED', { id: 'other', process: 'java' }));
    post.at(3, incidentOf('RED', { id: 'third', process: 'nginx2' }));
    expect(post.at(500)).toEqual(['63 host web-1: 2 RED 0 AMBER 0 over']);
    expect(post.at(700)).toEqual(['600 host web-1: 1 RED 0 AMBER 0 over']);
  });

  it('of a process waits while its host is silent, and that one says so', () => {
    const post = new Post();
    post.silentHosts.add('web-1');
    post.at(1, incidentOf('RED'));
    post.at(2, incidentOf('RED', { id: 'data', process: null, metric: 'data' }));
    expect(post.at(100)).toEqual(['32 host web-1: 1 RED 0 AMBER 0 over']);
    post.silentHosts.clear();
    expect(post.at(200)).toHaveLength(1);
  });

  it('of a worse colour is sent although the lesser one was acknowledged', () => {
    const post = new Post();
    post.silences = [silenceOf({ kind: 'acknowledgement', incident: 'incident-1', color: 'AMBER', match: {} })];
    post.at(1, incidentOf('AMBER'));
    expect(post.at(100)).toEqual([]);
    post.at(101, incidentOf('RED'));
    expect(post.at(200)).toHaveLength(1);
  });

  it('is neither repeated nor forgotten over a restart', () => {
    const after = new Post();
    const open = [incidentOf('RED', { id: 'told' }), incidentOf('RED', { id: 'untold' })];
    const told = ['told', 'over'].map((id) => ({ id, host: 'web-1', color: 'RED' as const }));
    after.plan.restore(told, open, START, ({ id }) => incidentOf('GREEN', { id }));
    expect(after.at(60)).toEqual(['60 host web-1: 1 RED 0 AMBER 1 over']);
    expect(after.at(3600)).toEqual([]);
  });

  it('comes at most twice in an hour from a value that flaps around its limit', () => {
    const post = new Post();
    const line = new Timeline();
    for (let second = 10; second <= 3600; second += 10) {
      line.push(second, { nginx: { cpu: second % 20 ? 79.9 : 80.1 } });
      for (const { incident } of line.actions.splice(0)) post.at(second, incident);
    }
    post.at(4000);
    expect(post.sent.length).toBeLessThanOrEqual(2);
    expect(post.sent).toHaveLength(1);
  });

  it('has a sample that shows what one looks like', () => {
    expect(sampleNotification('n', START).items[0]?.text).toBe('example-host example cpu 93.1 % > 80 %');
  });
});

describe('a silence', () => {
  it('has to name something', () => {
    expect(newSilence.safeParse({ match: {}, by: 'anna', why: 'deploy', until: at(1) }).success).toBe(false);
  });
});

function silenceOf(more: Partial<Silence>): Silence {
  return {
    id: 's',
    kind: 'silence',
    match: {},
    by: 'anna',
    why: 'deploy',
    from: at(0),
    until: at(900_000),
    created: at(0),
    ...more,
  };
}
