import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../support/processes.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { quantile, secondsText } from '../figures.js';
import { FleetLoad } from '../fleet-load.js';
import { Ledger } from '../ledger.js';
import { Stand } from '../stand.js';
import { compare } from '../verdict.js';

/** For all but the sockets of the collectors. */
const SPARE_DESCRIPTORS = 500;
const MOST_TIMES_STEADY = 3;
const MOST_P99_SECONDS = 2;

/** All collectors of a fleet with the backlog of an outage each, at the same moment. */
export const comeBack: Fault = {
  name: 'collectors-come-back',
  what: 'all collectors (10,000, in the short form 300) come back at once after the server was away, with a backlog each',
  run: comeBackAtOnce,
};

async function comeBackAtOnce(run: FaultRun): Promise<Outcome> {
  const hosts = Math.min(run.long ? 10_000 : 300, mostDescriptors() - SPARE_DESCRIPTORS);
  const everyMs = run.long ? 30_000 : 5_000;
  const stand = await Stand.start({ store: 'duckdb', watchers: false });
  const beganMs = Date.now();
  const outcome: Outcome = {
    tries: hosts,
    lost: 0,
    doubled: 0,
    unknown: 0,
    peakBytes: stand.memory.bytes,
    problems: [],
  };
  try {
    const ledger = new Ledger(5);
    const load = new FleetLoad({ url: () => stand.url, ledger, hosts, everyMs }).start();
    await waitUntil('every host has reported', () => load.seconds.length >= 1.2 * hosts, 300_000);
    const steady = residentPeak(stand.server.pid);
    run.progress(`${hosts} hosts report, the server has ${mebibytes(steady)}`);
    await stand.server.stop('SIGKILL');
    await delay(1.5 * everyMs);
    const before = load.seconds.length;
    await stand.startServer();
    const endedMs = performance.now();
    await load.drain(300_000);
    await stand.probe(outcome);
    outcome.recoverySeconds = (performance.now() - endedMs) / 1000;
    judge(outcome, run.long, load, load.seconds.slice(before), steady, residentPeak(stand.server.pid));
    await compare(outcome, stand, ledger, beganMs);
    return outcome;
  } finally {
    await stand.close();
  }
}

function judge(
  outcome: Outcome,
  long: boolean,
  { statuses, refused }: FleetLoad,
  seconds: number[],
  steady: number,
  peak: number,
): void {
  const times = peak / steady;
  outcome.notes = [
    `after the return: ${secondsText(seconds)}, memory ${times.toFixed(1)} × the steady peak of ${mebibytes(steady)}`,
    `answers in all ${JSON.stringify(statuses)}`,
  ];
  outcome.problems.push(...refused.slice(0, 5));
  const others = Object.keys(statuses).filter((status) => !['200', '429', '503', 'none'].includes(status));
  if (others.length > 0) outcome.problems.push(`answered with ${others.join(', ')}`);
  if (times > MOST_TIMES_STEADY) outcome.problems.push(`memory grew to ${times.toFixed(1)} × the steady peak`);
  if (long && quantile(seconds, 0.99) > MOST_P99_SECONDS) outcome.problems.push(`p99 over ${MOST_P99_SECONDS} s`);
}

/** Most resident memory that the process ever had, bytes. */
function residentPeak(pid: number): number {
  return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

/** Files and sockets that this process may have open. */
function mostDescriptors(): number {
  return Number(/^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]);
}

const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
