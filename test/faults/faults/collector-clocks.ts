import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { routes, type SampleBatch } from '#domain';
import { type RunningApp, temporaryFolder, waitUntil } from '../../support/processes.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { Gate, type TakenBatch } from '../gate.js';
import { ShiftedClock } from '../shifted-clock.js';
import { Stand } from '../stand.js';
import { batchOf } from '../told.js';
import { compareStore, startCollector, waitForBalance } from './collector-killed.js';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const LIMIT_MS = 120_000;
/** Times may be this far from right: what the way to the server takes on a busy machine. */
const TOLERANCE_MS = 15_000;

/** Clocks of hosts that are set while their collectors run, that are wrong from the start, and hosts that sleep. */
export const collectorClocks: Fault = {
  name: 'collector-clocks',
  what: "a host's clock back an hour, ahead a year, set by 200 s in an outage; its collector stopped for a while",
  run: setClocks,
};

async function setClocks({ long, progress }: FaultRun): Promise<Outcome> {
  const rounds = long ? 10 : 1;
  const stand = await Stand.start({ store: 'duckdb' });
  const gate = await Gate.start(() => stand.url);
  const outcome: Outcome = { tries: 0, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  const apps: RunningApp[] = [];
  const beganMs = Date.now();
  const data = temporaryFolder();
  const start = (service: string, clock: ShiftedClock, interval = '500ms') => {
    const env = { AMBERWATCH_DATA: data, AMBERWATCH_SERVICE: service, ...clock.env };
    const app = startCollector(gate.url, env, interval);
    stand.memory.watch('collector', app.pid);
    apps.push(app);
    return app;
  };
  try {
    for (let i = 0; i < rounds; i++) {
      await wrongFromTheStart(gate, start, `early-${i}`, i % 2 === 0 ? YEAR : -HOUR / 2);
      await setWhileItRuns(gate, start, `steady-${i}`);
      outcome.tries += 7;
      progress(`round ${i + 1} of ${rounds}`);
    }
    await sendWrongTimes(stand, outcome);
    const endedMs = performance.now();
    const last = start('last', new ShiftedClock(), '2s');
    await waitForBalance(last, gate, LIMIT_MS);
    await last.stop('SIGKILL');
    await stand.probe(outcome);
    outcome.recoverySeconds = (performance.now() - endedMs) / 1000;
    judge([...gate.taken.values()], beganMs, outcome);
    await compareStore(stand, gate, Math.ceil((Date.now() - beganMs) / 1000) + 7_200, outcome);
    return outcome;
  } finally {
    for (const app of apps.filter(({ child }) => child.exitCode === null && child.signalCode === null))
      await app.stop('SIGKILL');
    gate.stop();
    await stand.close();
  }
}

type Start = (service: string, clock: ShiftedClock) => RunningApp;

/** A run that nobody told the time, whose batches the next run sends. */
async function wrongFromTheStart(gate: Gate, start: Start, service: string, aheadMs: number): Promise<void> {
  gate.mode = 'away';
  const clock = new ShiftedClock(aheadMs);
  const first = start(service, clock);
  await first.waitFor(/(TICK n=[^]*){4}/, LIMIT_MS);
  await first.stop('SIGKILL');
  gate.mode = 'open';
  const second = start(`${service}-again`, clock);
  await more(gate, 6);
  await second.stop();
}

async function setWhileItRuns(gate: Gate, start: Start, service: string): Promise<void> {
  const clock = new ShiftedClock();
  const app = start(service, clock);
  await more(gate, 2);
  for (const aheadMs of [-HOUR, YEAR, 0]) {
    clock.set(aheadMs);
    await more(gate, 4);
  }
  for (const aheadMs of [200_000, 0]) {
    gate.mode = 'away';
    await delay(1_500);
    clock.set(aheadMs);
    await delay(1_500);
    gate.mode = 'open';
    await more(gate, 6);
  }
  app.child.kill('SIGSTOP');
  await delay(4_000);
  app.child.kill('SIGCONT');
  await more(gate, 3);
  await app.stop();
}

async function more(gate: Gate, batches: number): Promise<void> {
  const wanted = gate.taken.size + batches;
  await waitUntil(`${batches} more batches`, () => gate.taken.size >= wanted, LIMIT_MS);
}

/** Every batch has its right time, in order, and no value that can't be. */
function judge(taken: TakenBatch[], beganMs: number, outcome: Outcome): void {
  const runs = new Map<string, TakenBatch[]>();
  for (const one of taken) {
    const run = one.batch.id.slice(0, one.batch.id.lastIndexOf('-'));
    runs.set(run, [...(runs.get(run) ?? []), one]);
    const wrong = valuesOf(one.batch).filter((value) => !(value >= 0 && value <= availableParallelism() * 100));
    if (wrong.length > 0) outcome.problems.push(`${one.batch.service} has a CPU of ${wrong.join(', ')} %`);
    // What a run that was killed has stamped by a clock that was behind can't be told from what is old.
    const mayBeOld = /^early-\d+$/.test(one.batch.service ?? '');
    const timeMs = Date.parse(one.batch.time);
    if (timeMs > one.atMs + TOLERANCE_MS || (!mayBeOld && timeMs < beganMs - TOLERANCE_MS))
      outcome.problems.push(`${one.batch.service}: ${one.batch.time} came at ${new Date(one.atMs).toISOString()}`);
  }
  for (const run of runs.values()) judgeOrder(run, outcome);
}

function judgeOrder(run: TakenBatch[], outcome: Outcome): void {
  const numberOf = ({ batch }: TakenBatch) => Number.parseInt(batch.id.split('-').at(-1) ?? '', 36);
  const ordered = run.toSorted((a, b) => numberOf(a) - numberOf(b));
  for (const [i, { batch }] of ordered.entries()) {
    if (numberOf(ordered[i] as TakenBatch) !== i + 1) {
      outcome.lost++;
      outcome.problems.push(`tick ${i + 1} of ${batch.service} is missing`);
      return;
    }
    const before = ordered[i - 1]?.batch.time;
    if (before !== undefined && before >= batch.time)
      outcome.problems.push(`${batch.service}: ${batch.time} follows ${before}`);
  }
}

function valuesOf({ cpu = [], cpuMax = [], count, hostUsage }: SampleBatch): number[] {
  const perProcess = cpu.map((value, i) => (value === null ? null : value / (count[i] ?? 1)));
  return [...perProcess, ...cpuMax, hostUsage?.cpu ?? null].filter((value) => value !== null);
}

/** What senders without a corrected clock do to the server and the alarm. */
async function sendWrongTimes(stand: Stand, outcome: Outcome): Promise<void> {
  const ahead = batchOf('ahead-1', { burner: 99 }, { time: new Date(Date.now() + YEAR).toISOString() });
  const answer = await fetch(`${stand.url}${routes.samples}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ahead),
  });
  if (answer.status !== 400 || !(await answer.text()).includes('CLOCK_AHEAD'))
    outcome.problems.push(`a sample of next year is answered ${answer.status}`);
  const host = 'back-1';
  const send = (cpu: number, behindMs: number) =>
    stand.client.putSamples(
      batchOf(
        host,
        { burner: cpu },
        {
          id: randomUUID(),
          intervalMs: 1_000,
          time: new Date(Date.now() - behindMs).toISOString(),
        },
      ),
    );
  for (let i = 0; i < 3; i++) await send(10, 0);
  const isRed = async () => {
    await send(99, HOUR);
    const { alerts } = await stand.client.alarmState();
    return alerts.some((alert) => alert.host === host && alert.color === 'RED');
  };
  await waitUntil('the host whose clock was set back is RED', isRed, LIMIT_MS).catch((error: Error) =>
    outcome.problems.push(error.message),
  );
}
