import { setTimeout as delay } from 'node:timers/promises';
import { findInfluxd } from '../../support/influxd.js';
import { waitUntil } from '../../support/processes.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { FleetLoad } from '../fleet-load.js';
import { Ledger } from '../ledger.js';
import { Stand } from '../stand.js';
import { compare } from '../verdict.js';

/** All that waited must be stored within this time after InfluxDB is back; where a machine is busy, it is noted only. */
const DRAIN_GOAL_S = 300;
const DRAIN_LIMIT_MS = 900_000;
/** No process may come to more. */
const MEMORY_LIMIT_BYTES = 1024 ** 3;

interface Outage {
  name: string;
  what: string;
  /** Samples a second of all hosts. */
  rate: number;
  /** Seconds that InfluxDB is away in the short form and in the long one. */
  seconds: [short: number, long: number];
  /** It is killed so often, each time as soon as it has run this long. */
  restarts?: { everySeconds: [short: number, long: number]; times: [short: number, long: number] };
  longOnly?: boolean;
}

const HOSTS = 20;

const outages: Outage[] = [
  { name: '1k', what: 'under 1,000 samples/s', rate: 1000, seconds: [5, 600] },
  { name: '10k', what: 'under 10,000 samples/s', rate: 10_000, seconds: [5, 600], longOnly: true },
  {
    name: 'often',
    what: 'again and again, under 1,000 samples/s',
    rate: 1000,
    seconds: [0, 0],
    restarts: { everySeconds: [1, 30], times: [3, 20] },
  },
];

/** InfluxDB away as after a power cut: nobody loses what was acknowledged, and what waits is stored when it is back. */
export const influxKilled = outages.map((outage): Fault => ({
  name: `influx-killed-${outage.name}`,
  what: `InfluxDB killed (-9) ${outage.what}`,
  ...(outage.longOnly && { longOnly: true }),
  missing: () => (findInfluxd() ? undefined : 'no influxd'),
  run: (run) => killInflux(outage, run),
}));

async function killInflux({ rate, seconds, restarts }: Outage, { long, progress }: FaultRun): Promise<Outcome> {
  const pick = ([short, full]: [number, number]) => (long ? full : short);
  const tries = restarts ? pick(restarts.times) : 1;
  const stand = await Stand.start({ store: 'influx' });
  const beganMs = Date.now();
  const outcome: Outcome = { tries, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  try {
    const everyMs = long ? 2000 : 500;
    const ledger = new Ledger((rate * everyMs) / 1000 / HOSTS);
    const load = new FleetLoad({ url: () => stand.url, ledger, hosts: HOSTS, everyMs }).start();
    for (let i = 0; i < tries; i++) {
      await delay(1000 * (restarts ? pick(restarts.everySeconds) : 2));
      await stand.influx?.kill?.();
      await delay(1000 * pick(seconds));
      await stand.startInflux();
      progress(`${i + 1} of ${tries} kills`);
    }
    const drainedSeconds = await recover(outcome, { stand, load, waited: rate * pick(seconds) });
    if (long && drainedSeconds > DRAIN_GOAL_S) outcome.problems.push('it took over 5 min to store what waited');
    await compare(outcome, stand, ledger, beganMs);
    return outcome;
  } finally {
    await stand.close();
  }
}

interface Scene {
  stand: Stand;
  load: FleetLoad;
  waited: number;
}

async function recover(outcome: Outcome, { stand, load, waited }: Scene): Promise<number> {
  const backMs = performance.now();
  // The load goes on: what waited is stored beside it once each host has no more than its newest batch.
  await waitUntil('what waited is stored', () => load.waiting <= HOSTS, DRAIN_LIMIT_MS);
  const drainedSeconds = (performance.now() - backMs) / 1000;
  await load.drain(DRAIN_LIMIT_MS);
  outcome.problems.push(...load.refused);
  await stand.probe(outcome);
  outcome.recoverySeconds = (performance.now() - backMs) / 1000;
  outcome.notes = [`${waited.toLocaleString('en-US')} samples waited, drained in ${drainedSeconds.toFixed(1)} s`];
  for (const [name, bytes] of Object.entries(stand.memory.bytes)) {
    if (name !== 'influxd' && bytes > MEMORY_LIMIT_BYTES) outcome.problems.push(`${name} came to ${bytes} bytes`);
  }
  return drainedSeconds;
}
