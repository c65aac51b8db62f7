import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Incident, microsToIso, type Notification } from '#domain';
import { type Route, routeList } from '#alarm';
import { Log } from '#runtime';
import { compose, incidentOf, NOW } from '../../../test/support/messages.js';
import type { Message } from '../messages/message.js';
import { Dispatcher } from './dispatcher.js';
import { Notifier } from './notifier.js';
import { Outbox } from './outbox.js';

class Channel extends Notifier {
  readonly taken: Notification[] = [];

  constructor(readonly name: string) {
    super();
  }

  async send({ notification }: Message): Promise<void> {
    this.taken.push(notification);
  }
}

const idOf = (n: number) => `6f1c2d3e-0000-4000-8000-${String(n).padStart(12, '0')}`;
const since = microsToIso(NOW * 1000);

describe('routes of a dispatcher', () => {
  let folder: string;
  const open: Dispatcher[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'amberwatch-routes-'));
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  function start(channels: Channel[], routes: unknown[]) {
    let nowMs = NOW;
    const outbox = new Outbox(join(folder, 'outbox.jsonl'));
    outbox.open();
    let current: Route[] = routeList.parse(routes);
    const waits = { waitMs: 0, repeatMs: 1e9 };
    const parts = {
      notifiers: channels,
      outbox,
      compose,
      services: new Map([['web-1', 'shop']]),
      log: new Log('alarm', 'error'),
    };
    const dispatcher = new Dispatcher({ ...parts, ...waits, routes: () => current, now: () => nowMs });
    open.push(dispatcher);
    return {
      dispatcher,
      reroute: (others: unknown[]) => (current = routeList.parse(others)),
      change: (incident: Incident) => dispatcher.change({ ...incident, since }),
      /** Long enough for every wait. */
      settle: async () => {
        for (let i = 0; i < 400; i++) {
          nowMs += 1_000;
          dispatcher.tick();
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    };
  }
  const said = ({ taken }: Channel) =>
    taken.map(({ items }) => items.map(({ incident }) => `${incident.process} ${incident.color}`).join(', '));
  const red = incidentOf({ id: idOf(1) });
  const other = incidentOf({ id: idOf(2), process: 'nginx' });
  const end = (incident: Incident): Incident => ({ ...incident, color: 'GREEN', closed: since, value: 12 });

  it('divide what happens on one host among the channels', async () => {
    const [slack, mail] = [new Channel('slack'), new Channel('mail')];
    const run = start(
      [slack, mail],
      [{ match: { process: 'java', service: 'shop' }, to: ['mail'] }, { to: ['slack'] }],
    );
    run.change(red);
    run.change(other);
    await run.settle();
    expect([said(slack), said(mail)]).toEqual([['nginx RED'], ['java RED']]);
    expect(mail.taken[0]?.counts).toEqual({ red: 1, amber: 0, resolved: 0, hosts: 1 });
  });

  it('tell the end to whoever heard of the beginning, also when they say otherwise by then and after a restart', async () => {
    const [slack, mail] = [new Channel('slack'), new Channel('mail')];
    const first = start([slack, mail], [{ to: ['mail'] }]);
    first.change(red);
    await first.settle();
    await first.dispatcher.stop();
    const second = start([slack, mail], [{ to: ['slack'] }]);
    second.dispatcher.restore([red], []);
    second.change(end(red));
    await second.settle();
    expect([said(slack), said(mail)]).toEqual([[], ['java RED', 'java GREEN']]);
  });

  it('count all of a storm for each channel, and list the worst of it', async () => {
    const [slack, mail] = [new Channel('slack'), new Channel('mail')];
    const run = start([slack, mail], [{ match: { host: 'db-*' }, to: ['mail'] }, { to: ['slack'] }]);
    for (let i = 0; i < 300; i++) run.change(incidentOf({ id: idOf(i), host: `${i % 3 === 0 ? 'db' : 'web'}-${i}` }));
    await run.settle();
    const counted = ({ taken }: Channel) => taken.reduce((sum, { counts }) => sum + counts.red, 0);
    expect([counted(slack), counted(mail)]).toEqual([200, 100]);
    expect(Math.max(...[...slack.taken, ...mail.taken].map(({ items }) => items.length))).toBe(50);
  });

  it('that name nobody tell nobody', async () => {
    const slack = new Channel('slack');
    const run = start([slack], [{ match: { process: 'java' }, to: [] }]);
    run.change(red);
    await run.settle();
    run.change(end(red));
    await run.settle();
    expect(slack.taken).toEqual([]);
  });
});
