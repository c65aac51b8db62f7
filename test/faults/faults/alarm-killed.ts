import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../support/processes.js';
import { HttpReceiver } from '../../support/receivers.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { Stand } from '../stand.js';
import { alarmTo, batchOf, toldIn } from '../told.js';

/** A generous time for a start of the alarm and a message on a busy machine. */
const LIMIT_MS = 120_000;
/** When the alarm is killed: its message has come and waits for the answer, or got it; it has said RED; or at any time. */
const moments = ['unanswered', 'answered', 'said', 'any'] as const;

/** The alarm killed while it tells of a RED, each time of another host. */
export const alarmKilled: Fault = {
  name: 'alarm-killed',
  what: 'alarm killed (-9) between saying, sending and recording a RED',
  run: killAlarm,
};

async function killAlarm({ long, random, progress }: FaultRun): Promise<Outcome> {
  const tries = long ? 100 : 4;
  const receiver = await HttpReceiver.start();
  const stand = await Stand.start({ store: 'duckdb', alarmEnv: alarmTo(receiver.url, 'for: 0s') });
  const outcome: Outcome = { tries, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  try {
    const hosts: string[] = [];
    for (let i = 0; i < tries; i++) {
      const host = `red-${i}`;
      hosts.push(host);
      await killOnce(stand, receiver, host, moments[i % moments.length] ?? 'any', random);
      if (i % 10 === 9) progress(`${i + 1} of ${tries} kills`);
    }
    const endedMs = performance.now();
    const told = () => toldIn(receiver, 'RED');
    await waitUntil('everyone is told', () => hosts.every((host) => told().has(host)), LIMIT_MS).catch(() => undefined);
    await stand.probe(outcome);
    outcome.recoverySeconds = (performance.now() - endedMs) / 1000;
    judge(outcome, hosts, told());
    await judgeRecords(stand, hosts, outcome);
    return outcome;
  } finally {
    await stand.close();
    await receiver.stop();
  }
}

async function killOnce(
  stand: Stand,
  receiver: HttpReceiver,
  host: string,
  moment: (typeof moments)[number],
  random: () => number,
): Promise<void> {
  const alarm = stand.watcher('alarm');
  const kill = () => void alarm.child.kill('SIGKILL');
  receiver.answer = (response) => {
    // What is told again of the host before is answered as ever.
    const isOurs = receiver.requests.at(-1)?.body.includes(`"${host}"`) ?? false;
    if (isOurs && moment === 'unanswered') return kill();
    response.end('ok', isOurs && moment === 'answered' ? kill : undefined);
  };
  await stand.client.putSamples(batchOf(host, { burner: 99 }));
  if (moment === 'said') await alarm.waitFor(new RegExp(`RED +${host} `), LIMIT_MS);
  if (moment === 'any') await delay(1_500 * random());
  if (moment === 'said' || moment === 'any') kill();
  await waitUntil('the alarm is killed', () => alarm.child.signalCode === 'SIGKILL', LIMIT_MS);
  receiver.answer = (response) => void response.end('ok');
  await stand.startWatcher('alarm').waitFor(/Alarm follows/, LIMIT_MS);
}

function judge(outcome: Outcome, hosts: string[], told: Map<string, string[]>): void {
  const missed = hosts.filter((host) => !told.has(host));
  const times = hosts.map((host) => told.get(host)?.length ?? 0);
  const repeats = times.reduce((sum, one) => sum + Math.max(0, one - 1), 0);
  outcome.lost = missed.length;
  outcome.acknowledged = hosts.length;
  if (missed.length > 0) outcome.problems.push(`nobody was told of ${missed.join(', ')}`);
  if (repeats > outcome.tries) outcome.problems.push(`${repeats} repeats by ${outcome.tries} kills`);
  const renamed = [...told.values()].filter((ids) => new Set(ids).size > 1).length;
  outcome.notes = [
    `${repeats} told again, ${renamed} of them under another id of delivery; at most ${Math.max(...times)} times each`,
  ];
}

/** One breach is one record, however often it was seen. */
async function judgeRecords(stand: Stand, hosts: string[], outcome: Outcome): Promise<void> {
  for (const host of hosts) {
    const { alerts } = await stand.client.alerts({ host, state: 'all' });
    const reds = alerts.filter(({ metric }) => metric === 'cpu');
    if (reds.length !== 1 || reds[0]?.closed !== null)
      outcome.problems.push(`${host} has ${reds.length} records, the first one closed ${reds[0]?.closed}`);
  }
}
