import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { FleetLoad } from '../fleet-load.js';
import { Ledger } from '../ledger.js';
import { Stand, type StoreKind } from '../stand.js';
import { compare, recover } from '../verdict.js';

const HOSTS = 8;
const PROGRAMS = 50;

/** The server killed while it takes batches, at any moment between accepting and acknowledging. */
export const serverKilled = (['duckdb', 'influx'] as const).map((store): Fault => ({
  name: `server-killed-${store}`,
  what: `server killed (-9) while it takes batches, on ${store === 'duckdb' ? 'DuckDB' : 'InfluxDB'}`,
  run: (run) => killServer(store, run),
}));

async function killServer(store: StoreKind, { long, random, progress }: FaultRun): Promise<Outcome> {
  const tries = long ? 100 : 5;
  const stand = await Stand.start({ store });
  const beganMs = Date.now();
  const outcome: Outcome = { tries, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  try {
    const ledger = new Ledger(PROGRAMS);
    const load = new FleetLoad({ url: () => stand.url, ledger, hosts: HOSTS, everyMs: 250 }).start();
    for (let i = 0; i < tries; i++) {
      await delay(100 + 900 * random());
      await stand.server.stop('SIGKILL');
      await stand.startServer();
      if (i % 10 === 9) progress(`${i + 1} of ${tries} kills`);
    }
    await recover(outcome, stand, load, 120_000);
    await compare(outcome, stand, ledger, beganMs);
    return outcome;
  } finally {
    await stand.close();
  }
}
