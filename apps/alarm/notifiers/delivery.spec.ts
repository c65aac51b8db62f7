import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Incident, Notification } from '#domain';
import { AlarmEngine, defaultRules, sampleNotification } from '#alarm';
import { Log } from '#runtime';
import type { Message } from '../messages/message.js';
import { compose } from '../../../test/support/messages.js';
import { at, batchAt } from '../../../test/support/timeline.js';
import { ChannelQueue, GIVE_UP_AFTER_MS } from './channel-queue.js';
import { Dispatcher } from './dispatcher.js';
import { Notifier, RefusedError, RetryLaterError } from './notifier.js';
import { Outbox } from './outbox.js';

const START = Date.parse(at(0));
const never = new AbortController().signal;
const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };

class FakeChannel extends Notifier {
  readonly taken: Notification[] = [];
  fails: Error | undefined;
  tries = 0;

  constructor(
    readonly name: string,
    override readonly takesAcknowledgements = false,
  ) {
    super();
  }

  async send({ notification }: Message): Promise<void> {
    this.tries += 1;
    if (this.fails) throw this.fails;
    this.taken.push(notification);
  }
}

const messageAt = (id: string, ms: number) => sampleNotification(id, ms);

describe('a channel', () => {
  const queueOf = (channel: FakeChannel, done: string[] = []) =>
    new ChannelQueue({ notifier: channel, compose, log: silent, done: (id) => void done.push(id), random: () => 1 });

  it('that was down for an hour gets everything within a minute of coming back, in order and once', async () => {
    const channel = new FakeChannel('slack');
    const queue = queueOf(channel);
    channel.fails = new Error('connection refused');
    let second = 0;
    const run = () => queue.run(() => START + second * 1000, never);
    for (; second < 3600; second++) {
      if (second % 600 === 0) queue.add(messageAt(`m${second / 600}`, START + second * 1000));
      await run();
    }
    expect(channel.tries).toBeLessThan(200);
    channel.fails = undefined;
    for (; second < 3660; second++) await run();
    expect(channel.taken.map(({ id }) => id)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']);
    expect(queue.lost).toBe(0);
  });

  it('that says when to come back is asked again then, and not before', async () => {
    const channel = new FakeChannel('slack');
    const queue = queueOf(channel);
    channel.fails = new RetryLaterError('it answered 429', 30_000);
    queue.add(messageAt('a', START));
    for (let second = 0; second < 30; second++) await queue.run(() => START + second * 1000, never);
    expect(channel.tries).toBe(1);
    channel.fails = undefined;
    await queue.run(() => START + 31_000, never);
    expect(channel.taken).toHaveLength(1);
  });

  it('gives a message up after that, counted, and goes on with the next one', async () => {
    const channel = new FakeChannel('slack');
    const done: string[] = [];
    const queue = queueOf(channel, done);
    channel.fails = new Error('connection refused');
    queue.add(messageAt('old', START));
    queue.add(messageAt('new', START + GIVE_UP_AFTER_MS));
    await queue.run(() => START + GIVE_UP_AFTER_MS + 1, never);
    expect([queue.lost, queue.length, done]).toEqual([1, 1, ['old']]);
  });

  it('that refuses one message takes the ones behind it', async () => {
    const channel = new FakeChannel('slack');
    const queue = queueOf(channel);
    queue.add(messageAt('poison', START));
    queue.add(messageAt('good', START));
    channel.fails = new RefusedError('it answered 400');
    for (let second = 0; second < 10; second++) {
      if (queue.lost === 1) channel.fails = undefined;
      await queue.run(() => START + second * 1000, never);
    }
    await queue.run(() => START + 100_000, never);
    expect(channel.taken.map(({ id }) => id)).toEqual(['good']);
    expect(queue.lost).toBe(1);
  });
});

describe('the outbox', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'amberwatch-outbox-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps what is not delivered, also where the last line is only half there', () => {
    const file = join(folder, 'alarm', 'outbox.jsonl');
    const first = new Outbox(file);
    first.open();
    const told = [{ id: 'incident-1', host: 'web-1', color: 'RED' as const }];
    first.plan([messageAt('a', START), messageAt('b', START)], ['slack', 'mail'], told);
    first.done('a', 'slack');
    first.done('b', 'slack');
    first.done('b', 'mail');
    first.close();
    appendFileSync(file, '{"kind":"done","id":"a","chan');
    const second = new Outbox(file);
    second.open();
    expect([...second.pending.values()].map(({ notification, channels }) => [notification.id, [...channels]])).toEqual([
      ['a', ['mail']],
    ]);
    expect([...second.told.values()]).toEqual(told);
    expect(second.unreadable).toBe(1);
    expect(readFileSync(file, 'utf8')).not.toContain('"chan\n');
    second.close();
  });

  it('lets a channel that hangs delay neither another channel nor the planning', async () => {
    const slow = new FakeChannel('slow');
    slow.send = () => new Promise(() => undefined);
    const quick = new FakeChannel('quick');
    const run = startRun(folder, [slow, quick]);
    run.sample(0, 95);
    for (let second = 1; second <= 70; second++) await run.tick(second);
    expect(quick.taken).toHaveLength(1);
    run.sample(71, 10);
    await run.dispatcher.stop();
  });

  it('tells channels that keep an alert open who is on it, and that it ended while nobody was to be told', async () => {
    const person = new FakeChannel('mail');
    const pager = new FakeChannel('pagerduty', true);
    const run = startRun(folder, [person, pager]);
    run.sample(0, 95);
    for (let second = 1; second <= 100; second++) await run.tick(second);
    const [told] = pager.taken;
    const incident = told?.items[0]?.incident;
    const silence = { by: 'anna', why: 'on it', from: at(0), until: at(9_000), created: at(0), match: {} };
    run.dispatcher.setSilences([
      { ...silence, id: 'a', kind: 'acknowledgement', incident: incident?.id, color: 'RED' },
    ]);
    await run.tick(101);
    run.dispatcher.setSilences([{ ...silence, id: 's', kind: 'silence' }]);
    for (let second = 110; second <= 140; second += 10) run.sample(second, 5);
    for (let second = 141; second <= 200; second++) await run.tick(second);
    expect(person.taken.map(({ kind }) => kind)).toEqual(['host']);
    expect(pager.taken.map(({ kind, items }) => [kind, items[0]?.state, items[0]?.acknowledged?.by])).toEqual([
      ['host', 'firing', undefined],
      ['acknowledged', 'firing', 'anna'],
      ['host', 'resolved', undefined],
    ]);
    await run.dispatcher.stop();
  });

  it('misses nothing and repeats at most once a kill over 100 kills between sending and recording', async () => {
    const channel = new FakeChannel('slack');
    const server = new Map<string, Incident>();
    let second = 0;
    let changes = 0;
    for (let kill = 0; kill < 100; kill++) {
      const run = startRun(folder, [channel], server, second);
      // A change of the program's colour, killed at a random one of the points between sight and record.
      const red = kill % 2 === 0;
      for (let i = 0; i < 4; i++) {
        second += 10;
        run.sample(second, red ? 95 : 5);
      }
      changes += 1;
      const point = (kill * 7) % 4;
      if (point > 0) run.record(server);
      if (point > 1) for (let i = 0; i < 320; i++) await run.tick(++second, point === 2);
      run.kill();
    }
    const last = startRun(folder, [channel], server, second);
    for (let i = 0; i < 4; i++) {
      second += 10;
      last.sample(second, 5);
    }
    last.record(server);
    for (let i = 0; i < 700; i++) await last.tick(++second);
    last.kill();
    const seen = new Map<string, number>();
    for (const { items } of channel.taken) {
      for (const { incident } of items) {
        const key = `${incident.id} ${incident.color} ${incident.since}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }
    }
    const repeats = [...seen.values()].filter((count) => count > 1);
    expect(Math.max(...seen.values())).toBeLessThanOrEqual(2);
    const open = [...server.values()].filter(({ closed }) => closed === null);
    expect(open).toEqual([]);
    // Every incident that stood long enough to be told was told, and its end too.
    const toldRed = new Set([...seen.keys()].filter((key) => key.includes(' RED ')).map((key) => key.split(' ')[0]));
    const toldOver = new Set([...seen.keys()].filter((key) => key.includes(' GREEN ')).map((key) => key.split(' ')[0]));
    expect([...toldRed].filter((id) => !toldOver.has(id))).toEqual([]);
    expect(toldRed.size).toBeGreaterThan(0);
    process.stdout.write(`100 kills, ${changes} changes, ${seen.size} told, ${repeats.length} told twice, 0 missed\n`);
  });
});

/** One life of the alarm from engine to channel, on a clock that the test moves, with the server as a map. */
function startRun(folder: string, channels: Notifier[], server = new Map<string, Incident>(), second = 0) {
  let nowMs = START + second * 1000;
  const outbox = new Outbox(join(folder, 'outbox.jsonl'));
  outbox.open();
  const log = new Log('alarm', 'error');
  const dispatcher = new Dispatcher({
    notifiers: channels,
    outbox,
    compose,
    services: new Map(),
    log,
    waitMs: 30_000,
    repeatMs: 1e9,
    now: () => nowMs,
  });
  const prefix = `run-${second}`;
  let ids = 0;
  const engine = new AlarmEngine({ rules: defaultRules, newId: () => `${prefix}-${++ids}` });
  const open = [...server.values()].filter(({ closed }) => closed === null);
  const closed = [...server.values()].filter((incident) => incident.closed !== null);
  engine.apply({ kind: 'restored', incidents: [...open, ...closed] }, nowMs);
  dispatcher.restore(open, closed);
  const unrecorded = new Map<string, Incident>();
  return {
    dispatcher,
    sample: (tickAt: number, cpu: number) => {
      nowMs = START + tickAt * 1000;
      for (const { incident } of engine.apply({ kind: 'samples', batch: batchAt(tickAt, { nginx: { cpu } }) }, nowMs)) {
        dispatcher.change(incident);
        unrecorded.set(incident.id, incident);
      }
    },
    record: (records: Map<string, Incident>) => {
      for (const [id, incident] of unrecorded) records.set(id, incident);
    },
    /** @param dies the process is killed after it sent and before it noted that */
    tick: async (tickAt: number, dies = false) => {
      nowMs = START + tickAt * 1000;
      if (dies) outbox.done = () => undefined;
      dispatcher.tick();
      await new Promise((resolve) => setImmediate(resolve));
    },
    kill: () => outbox.close(),
  };
}
