import { randomUUID } from 'node:crypto';
import { fillRoute, type HostProcesses, routes, type SampleBatch } from '#domain';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { FleetLoad } from '../fleet-load.js';
import { Ledger } from '../ledger.js';
import { secondsText } from '../figures.js';
import { Stand } from '../stand.js';
import { compare, recover } from '../verdict.js';

const MIB = 2 ** 20;
/** What no process of the stand may need, whatever names it is sent; several times what it needs without them. */
const MOST_BYTES = { server: 1536 * MIB, prediction: 768 * MIB, alarm: 768 * MIB };
const HONEST_HOSTS = 8;
const PLACES = 20_000;
const MAX_HOSTS = 10_000;

/** Names that nobody can foresee: of programs of one host, and of hosts with one token. */
export const manyNames: Fault[] = [
  {
    name: 'random-programs',
    what: '5,000, then 50,000 random program names from one host, while others send',
    run: (run) => withHonestHosts(run, randomPrograms),
  },
  {
    name: 'random-hosts',
    what: '12,000 new hosts from one sender, of which 10,000 may be, while others send',
    run: (run) => withHonestHosts(run, randomHosts),
  },
];

type Attack = (url: string, run: FaultRun, outcome: Outcome) => Promise<void>;

/** Hosts that were there before must not notice. */
async function withHonestHosts(run: FaultRun, attack: Attack): Promise<Outcome> {
  const stand = await Stand.start({ store: 'duckdb' });
  const beganMs = Date.now();
  const outcome: Outcome = { tries: 0, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  try {
    const ledger = new Ledger(20);
    const load = new FleetLoad({ url: () => stand.url, ledger, hosts: HONEST_HOSTS, everyMs: 400 }).start();
    await attack(stand.url, run, outcome);
    await recover(outcome, stand, load, 120_000);
    outcome.notes = [`requests of the others: ${secondsText(load.seconds)}`, ...(outcome.notes ?? [])];
    await compare(outcome, stand, ledger, beganMs);
    for (const [name, most] of Object.entries(MOST_BYTES)) {
      const bytes = stand.memory.bytes[name] ?? 0;
      if (bytes > most) outcome.problems.push(`${name} needed ${Math.round(bytes / MIB)} MiB`);
    }
    return outcome;
  } finally {
    await stand.close();
  }
}

/** Every wave has new names, so that from the second one on most of them find no place. */
async function randomPrograms(url: string, { long, random, progress }: FaultRun, outcome: Outcome): Promise<void> {
  const waves = long ? [...Array<number>(20).fill(5_000), ...Array<number>(10).fill(50_000)] : [5_000, 50_000, 5_000];
  const sent: { time: string; cpu: number; count: number }[] = [];
  for (const [wave, programs] of waves.entries()) {
    const strange = Array.from({ length: programs - 1 }, (_, i) => `${random().toString(36).slice(2)}-${wave}-${i}`);
    const names = ['other', ...strange];
    const batch: SampleBatch = {
      id: randomUUID(),
      host: 'attacker',
      time: new Date().toISOString(),
      names,
      // Whole numbers, whose sums are exact in whatever order they are added.
      count: names.map(() => 1 + Math.floor(random() * 4)),
      cpu: names.map(() => Math.floor(random() * 8)),
      cpuMax: names.map(() => 1),
    };
    const status = await put(url, batch);
    outcome.tries++;
    if (status !== 200) outcome.problems.push(`${programs} programs were answered with ${status}`);
    else sent.push({ time: batch.time, cpu: sum(batch.cpu), count: sum(batch.count) });
    progress(`${programs} random names sent`);
  }
  for (const { time, ...expected } of sent) {
    const query = new URLSearchParams({ at: time });
    const path = fillRoute(routes.hostProcesses, { host: 'attacker' });
    const { processes } = (await (await fetch(`${url}${path}?${query.toString()}`)).json()) as HostProcesses;
    const found = { cpu: sum(processes.map(({ cpu }) => cpu)), count: sum(processes.map(({ count }) => count)) };
    if (found.cpu !== expected.cpu || found.count !== expected.count)
      outcome.problems.push(`of ${JSON.stringify(expected)} at ${time}, ${JSON.stringify(found)} is stored`);
  }
  const known = await gauge(url, 'amberwatch_programs');
  outcome.notes = [`${known} programs have a place`];
  if (known > PLACES + 1000) outcome.problems.push(`${known} programs have a place, of at most ${PLACES} a host`);
}

/** Each host is new and never heard of again. */
async function randomHosts(url: string, { long, random, progress }: FaultRun, outcome: Outcome): Promise<void> {
  outcome.tries = long ? MAX_HOSTS + 2_000 : 300;
  const answers: Record<string, number> = {};
  let next = 0;
  let first: string | undefined;
  const sender = async () => {
    while (next++ < outcome.tries) {
      const host = `${random().toString(36).slice(2)}-${next}`;
      const time = new Date().toISOString();
      first ??= host;
      const status = await put(url, { id: randomUUID(), host, time, names: ['x'], count: [1], cpu: [1], cpuMax: [1] });
      answers[status] = (answers[status] ?? 0) + 1;
      if (next % 2000 === 0) progress(`${next} hosts`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, sender));
  const known = await gauge(url, 'amberwatch_hosts');
  outcome.notes = [`answers to new hosts: ${JSON.stringify(answers)}; ${known} hosts are known`];
  const others = Object.keys(answers).filter((status) => !['200', '429', '503'].includes(status));
  if (others.length > 0) outcome.problems.push(`new hosts were answered with ${others.join(', ')}`);
  if (known > MAX_HOSTS) outcome.problems.push(`${known} hosts are known, of at most ${MAX_HOSTS}`);
  // There is no room for the probe's host either until somebody takes one of the others away.
  await fetch(`${url}${fillRoute(routes.host, { host: first ?? '' })}`, { method: 'DELETE' });
  const due = long ? MAX_HOSTS - HONEST_HOSTS : outcome.tries;
  if (answers['200'] !== due) outcome.problems.push(`${answers['200']} new hosts were taken instead of ${due}`);
}

async function put(url: string, batch: SampleBatch): Promise<number> {
  const answer = await fetch(`${url}${routes.samples}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(batch),
    signal: AbortSignal.timeout(120_000),
  });
  await answer.arrayBuffer();
  return answer.status;
}

async function gauge(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}${routes.metrics}`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

function sum(values: (number | null)[] = []): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
