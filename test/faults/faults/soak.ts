import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { routes } from '#domain';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { FleetLoad } from '../fleet-load.js';
import { Ledger } from '../ledger.js';
import { Stand } from '../stand.js';

const MIB = 2 ** 20;
const HOUR_MS = 3_600_000;
const TICK_MS = 10_000;
/** Growth in the second half, when what is kept is full, from which a process is not flat. */
const MOST_GROWTH = 1.15;
const MOST_DESCRIPTORS = 20;

/** Nothing happens, for long. */
export const soak: Fault[] = [
  {
    name: 'six-hours',
    what: 'six hours at 30,000 series (10 minutes without `--long`), samples kept for an hour',
    longOnly: true,
    run: (run) => watched(run, { AMBERWATCH_RETENTION: '1h' }, sixHours),
  },
  {
    name: 'a-day-of-ticks',
    what: 'a day of ticks of 1,000 series as fast as they are taken (two hours of it without `--long`)',
    longOnly: true,
    run: (run) => watched(run, {}, dayOfTicks),
  },
];

/** What a process has at a moment. */
interface Reading {
  bytes: number;
  descriptors: number;
}

/** Takes a reading of every process. */
type Take = () => void;

type Course = (stand: Stand, run: FaultRun, outcome: Outcome, take: Take) => Promise<void>;

async function watched(run: FaultRun, env: Record<string, string>, course: Course): Promise<Outcome> {
  const stand = await Stand.start({ store: 'duckdb', env });
  const outcome: Outcome = { tries: 0, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  const readings = new Map<string, Reading[]>();
  const take = () => {
    for (const [pid, name] of stand.memory.pids) {
      const known = readings.get(name) ?? [];
      readings.set(name, [...known, readingOf(pid)]);
    }
  };
  try {
    await course(stand, run, outcome, take);
    await stand.probe(outcome);
    outcome.notes = [...(outcome.notes ?? []), ...[...readings].map(([name, taken]) => textOf(name, taken))];
    if (run.long) for (const [name, taken] of readings) outcome.problems.push(...growthOf(name, taken));
    return outcome;
  } finally {
    await stand.close();
  }
}

async function sixHours(stand: Stand, { long, progress }: FaultRun, outcome: Outcome, take: Take): Promise<void> {
  const minutes = long ? 360 : 10;
  const load = new FleetLoad({ url: () => stand.url, ledger: new Ledger(300), hosts: 100, everyMs: TICK_MS }).start();
  for (let minute = 0; minute < minutes; minute++) {
    await delay(60_000);
    take();
    if (minute % 10 === 9) progress(`${minute + 1} of ${minutes} minutes`);
  }
  await load.drain(120_000);
  outcome.tries = load.seconds.length;
  outcome.problems.push(...load.refused.slice(0, 5));
  outcome.notes = ['samples expire meanwhile, so that they are not compared'];
}

/** The backlog of a day, in order of time, as a collector sends it. */
async function dayOfTicks(stand: Stand, { long, progress }: FaultRun, outcome: Outcome, take: Take): Promise<void> {
  const ledger = new Ledger(100);
  const hours = long ? 24 : 2;
  const ticks = (hours * HOUR_MS) / TICK_MS;
  const startMs = Date.now() - hours * HOUR_MS;
  const sendAll = async (host: string) => {
    for (let tick = 0; tick < ticks; tick++) {
      const batch = ledger.next(host, startMs + tick * TICK_MS, { intervalMs: TICK_MS, backlog: ticks - tick - 1 });
      const body = JSON.stringify(batch);
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${stand.url}${routes.samples}`, { method: 'PUT', headers, body });
      if (!answer.ok) throw new Error(`tick ${tick} was answered with ${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
      ledger.acknowledge(batch);
      if (host !== ledger.hostName(0) || tick % (HOUR_MS / TICK_MS) !== 0) continue;
      take();
      progress(`hour ${(tick * TICK_MS) / HOUR_MS} of ${hours}`);
    }
  };
  await Promise.all(Array.from({ length: 10 }, (_, i) => sendAll(ledger.hostName(i))));
  outcome.tries = ticks * 10;
  const { examples, ...verdict } = await ledger.check(stand.readHost(Math.ceil((Date.now() - startMs) / 1000) + 60));
  Object.assign(outcome, verdict);
  outcome.problems.push(...examples);
}

function readingOf(pid: number): Reading {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return { bytes: Number(kilobytes) * 1024, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

function textOf(name: string, taken: Reading[]): string {
  const [half, last] = halfAndLast(taken);
  const memory = `${mebibytes(half?.bytes)} half-way, ${mebibytes(last?.bytes)} at the end`;
  return `${name}: ${memory}, descriptors ${half?.descriptors} and ${last?.descriptors}`;
}

function growthOf(name: string, taken: Reading[]): string[] {
  const [half, last] = halfAndLast(taken);
  if (!half || !last) return [`${name} was not read`];
  const isLarger = last.bytes > half.bytes * MOST_GROWTH;
  const hasMore = last.descriptors > half.descriptors + MOST_DESCRIPTORS;
  return isLarger || hasMore ? [`it is not flat: ${textOf(name, taken)}`] : [];
}

/** Medians of the readings around the middle and of the last ones, so that one of them tells nothing. */
function halfAndLast(taken: Reading[]): [Reading | undefined, Reading | undefined] {
  const width = Math.max(1, Math.floor(taken.length / 6));
  const middle = Math.floor(taken.length / 2);
  return [medianOf(taken.slice(middle, middle + width)), medianOf(taken.slice(-width))];
}

function medianOf(taken: Reading[]): Reading | undefined {
  return taken.toSorted((a, b) => a.bytes - b.bytes)[taken.length >> 1];
}

const mebibytes = (bytes = 0) => `${Math.round(bytes / MIB)} MiB`;
