import type { Notification } from '#domain';
import { waitUntil } from '../../support/processes.js';
import { HttpReceiver } from '../../support/receivers.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { ShiftedClock } from '../shifted-clock.js';
import { Stand } from '../stand.js';
import { alarmTo, batchOf, toldIn } from '../told.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIMIT_MS = 180_000;
/** Changes of a flapping series that people may be told of before it is known for one, and its one message after. */
const MAX_FLAP_MESSAGES = 8;

interface Run {
  stand: Stand;
  receiver: HttpReceiver;
  outcome: Outcome;
}

/** Everything that could flood or starve those who are told. */
export const alarmChannels: Fault = {
  name: 'alarm-channels',
  what: 'channel of the alarm down for an hour by simulated clocks; a program that flaps; thousands of alerts in a tick',
  longOnly: true,
  run: troubleChannels,
};

async function troubleChannels({ long, progress }: FaultRun): Promise<Outcome> {
  const clock = new ShiftedClock(-HOUR);
  const receiver = await HttpReceiver.start();
  const alarmEnv = { ...alarmTo(receiver.url, 'for: 0s'), AMBERWATCH_NOTIFY_WAIT: '5s' };
  const stand = await Stand.start({ store: 'duckdb', env: clock.env, watcherEnv: clock.env, alarmEnv });
  const outcome: Outcome = { tries: 3, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  outcome.notes = [];
  const run = { stand, receiver, outcome };
  try {
    await goDown(run, clock);
    progress('the channel was down');
    await flap(run, long ? 100 : 20);
    progress('a program has flapped');
    await storm(run, long ? 100 : 20);
    const endedMs = performance.now();
    await stand.probe(outcome);
    outcome.recoverySeconds = (performance.now() - endedMs) / 1000;
    return outcome;
  } finally {
    await stand.close();
    await receiver.stop();
  }
}

/** A RED every ten minutes while the channel refuses; all are told when it is back, once. */
async function goDown({ stand, receiver, outcome }: Run, clock: ShiftedClock): Promise<void> {
  receiver.answer = (response) => void response.writeHead(503).end();
  const hosts: string[] = [];
  for (let minutes = 0; minutes <= 60; minutes += 10) {
    clock.set(-HOUR + minutes * MINUTE, minutes * MINUTE);
    const host = `down-${minutes}`;
    hosts.push(host);
    const time = new Date(Date.now() - HOUR + minutes * MINUTE).toISOString();
    await stand.client.putSamples(batchOf(host, { burner: 99 }, { time }));
    await stand.watcher('alarm').waitFor(new RegExp(`RED +${host} `), LIMIT_MS);
    const tried = receiver.requests.length;
    await waitUntil('a try of the channel', () => receiver.requests.length > tried, LIMIT_MS);
  }
  const tries = receiver.requests.splice(0).length;
  const backMs = performance.now();
  receiver.answer = (response) => void response.end('ok');
  const isTold = () => hosts.every((host) => toldIn(receiver, 'RED').has(host));
  await waitUntil('all are told', isTold, LIMIT_MS).catch(() => undefined);
  const seconds = (performance.now() - backMs) / 1000;
  const told = toldIn(receiver, 'RED');
  const missed = hosts.filter((host) => !told.has(host));
  outcome.lost += missed.length;
  if (missed.length > 0) outcome.problems.push(`nobody was told of ${missed.join(', ')}`);
  const again = hosts.filter((host) => (told.get(host)?.length ?? 0) > 1);
  if (again.length > 0) outcome.problems.push(`told twice of ${again.join(', ')} after the channel was down`);
  outcome.notes?.push(`an hour without a channel: ${tries} tries, all told ${seconds.toFixed(0)} s after it was back`);
}

/** A program that is over its limit and then below it for three ticks, again and again. */
async function flap({ stand, receiver, outcome }: Run, cycles: number): Promise<void> {
  const host = 'flaps-1';
  let lastMs = Date.now();
  for (let i = 0; i < cycles; i++) {
    for (const cpu of [99, 10, 10, 10]) {
      lastMs = Math.max(Date.now(), lastMs + 1);
      await stand.client.putSamples(batchOf(host, { flapper: cpu }, { time: new Date(lastMs).toISOString() }));
    }
  }
  const isKnown = async () => {
    const { alerts } = await stand.client.alerts({ host, state: 'open' });
    return alerts.some(({ flapping }) => flapping === true);
  };
  await waitUntil('it is known to flap', isKnown, LIMIT_MS).catch((error: Error) =>
    outcome.problems.push(error.message),
  );
  const messages = (receiver.bodies() as Notification[]).filter((one) =>
    one.items.some(({ incident }) => incident.host === host),
  );
  if (messages.length > MAX_FLAP_MESSAGES) outcome.problems.push(`${messages.length} messages of a flapping program`);
  outcome.notes?.push(`${2 * cycles} changes of a flapping program: ${messages.length} messages`);
}

/** All of them reach the alarm at once, because it is stopped until the last has been sent. */
async function storm({ stand, receiver, outcome }: Run, hosts: number): Promise<void> {
  const names = Array.from({ length: 100 }, (_, i) => `storm-${i}`);
  const alerts = hosts * names.length;
  const alarm = stand.watcher('alarm').child;
  const before = receiver.requests.length;
  alarm.kill('SIGSTOP');
  for (let i = 0; i < hosts; i++) {
    await stand.client.putSamples(batchOf(`storm-${i}`, Object.fromEntries(names.map((name) => [name, 99]))));
  }
  const beganMs = performance.now();
  alarm.kill('SIGCONT');
  const digests = () =>
    (receiver.bodies() as Notification[])
      .slice(before)
      .filter(({ items }) =>
        items.some(({ incident }) => incident.host.startsWith('storm-') && incident.color === 'RED'),
      );
  const toldReds = () => digests().reduce((sum, { counts }) => sum + counts.red, 0);
  await waitUntil('all are told', () => toldReds() >= alerts, LIMIT_MS).catch(() => undefined);
  const seconds = (performance.now() - beganMs) / 1000;
  outcome.acknowledged = alerts;
  const told = toldReds();
  outcome.lost += Math.max(0, alerts - told);
  // The digest may tell of other hosts too.
  if (told < alerts) outcome.problems.push(`${told} of ${alerts} alerts were told`);
  if (digests().length !== 1) outcome.problems.push(`${digests().length} messages of one tick`);
  outcome.notes?.push(`${alerts} alerts in a tick: ${digests().length} digest after ${seconds.toFixed(0)} s`);
  const isRecorded = async () => {
    const open = (await stand.client.alarmState()).alerts;
    return open.filter(({ host, color }) => host.startsWith('storm-') && color === 'RED').length === alerts;
  };
  await waitUntil('all are recorded', isRecorded, LIMIT_MS).catch((error: Error) =>
    outcome.problems.push(error.message),
  );
}
