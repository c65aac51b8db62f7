import { setTimeout as delay } from 'node:timers/promises';
import { type RunningApp, temporaryFolder, waitUntil } from '../../support/processes.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { FleetLoad } from '../fleet-load.js';
import { Ledger } from '../ledger.js';
import { Stand, type StoreKind } from '../stand.js';
import { startCollector } from './collector-killed.js';
import { compare, recover } from '../verdict.js';

const STARTED_MS = 120_000;
const DRAIN_LIMIT_MS = 120_000;
/** A service has to end within this time. */
const END_GOAL_S = 10;
const services = ['server', 'collector', 'prediction', 'alarm'] as const;
/** The host of the collector, and a program that each of its batches has: the collector itself. */
const [HOST, OWN_NAME] = ['killed-1', 'node'];

/** Every service told to end while it works, and started again: it ends by itself, says so, and loses nothing. */
export const servicesEnded = (['duckdb', 'influx'] as const).map((store): Fault => ({
  name: `ended-${store}`,
  what: `SIGTERM to server, collector, prediction and alarm under load, on ${store === 'duckdb' ? 'DuckDB' : 'InfluxDB'}`,
  ...(store === 'influx' && { longOnly: true }),
  run: (run) => endServices(store, run),
}));

async function endServices(store: StoreKind, { long, random, progress }: FaultRun): Promise<Outcome> {
  const tries = (long ? 25 : 1) * services.length;
  const stand = await Stand.start({ store });
  const beganMs = Date.now();
  const outcome: Outcome = { tries, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  const collector = new KeptCollector(stand);
  let longest = 0;
  try {
    await collector.start();
    const ledger = new Ledger(50);
    const load = new FleetLoad({ url: () => stand.url, ledger, hosts: 8, everyMs: 500 }).start();
    for (let i = 0; i < tries; i++) {
      await delay(200 + 500 * random());
      const name = services[i % services.length] ?? 'server';
      longest = Math.max(longest, await endOnce(name, { stand, collector, outcome }));
      if (i % 20 === 19) progress(`${i + 1} of ${tries} ends`);
    }
    if (longest > END_GOAL_S) outcome.problems.push(`a service took ${longest.toFixed(1)} s to end`);
    outcome.notes = [`the slowest end took ${longest.toFixed(1)} s`];
    await recover(outcome, stand, load, DRAIN_LIMIT_MS);
    await compare(outcome, stand, ledger, beganMs);
    await collector.check(outcome);
    return outcome;
  } finally {
    if (collector.app) await collector.app.stop('SIGKILL');
    await stand.close();
  }
}

/** A collector that is started again on its spool, and every tick that it ever told. */
class KeptCollector {
  app: RunningApp | undefined;
  private readonly all: RunningApp[] = [];
  private readonly data = temporaryFolder();
  private readonly beganMs = Date.now();

  constructor(private readonly stand: Stand) {}

  async start(): Promise<void> {
    this.app = startCollector(this.stand.url, { AMBERWATCH_DATA: this.data }, '500ms');
    this.stand.memory.watch('collector', this.app.pid);
    this.all.push(this.app);
    await this.app.waitFor(/TICK n=/, STARTED_MS);
  }

  /** Each tick has to be stored once, those included that waited on the disk while it was not running. */
  async check(outcome: Outcome): Promise<void> {
    await this.app?.stop('SIGTERM');
    await this.start();
    const before = this.all.slice(0, -1).reduce((sum, app) => sum + ticksOf(app), 0);
    const seconds = Math.ceil((Date.now() - this.beganMs) / 1000) + 600;
    let missing = 0;
    await waitUntil(
      'all ticks are stored',
      async () => {
        const stored = ((await this.stand.readHost(seconds)(HOST))[OWN_NAME] ?? []).length;
        missing = before - stored;
        return missing <= 0;
      },
      DRAIN_LIMIT_MS,
    ).catch(() => undefined);
    if (missing > 0) {
      outcome.lost += missing;
      outcome.problems.push(`${missing} of ${before} ticks of the collector are not stored`);
    }
  }
}

function ticksOf(app: RunningApp): number {
  return app.stdout().match(/^TICK /gm)?.length ?? 0;
}

interface Scene {
  stand: Stand;
  collector: KeptCollector;
  outcome: Outcome;
}

/** Resolves with the seconds that it took to end. */
async function endOnce(name: (typeof services)[number], { stand, collector, outcome }: Scene): Promise<number> {
  const app = name === 'server' ? stand.server : name === 'collector' ? collector.app : stand.watcher(name);
  if (!app) throw new Error('the collector is not started');
  const startedMs = performance.now();
  const status = await app.stop('SIGTERM');
  const seconds = (performance.now() - startedMs) / 1000;
  const last = app.output().trimEnd().split('\n').at(-1) ?? '';
  if (status !== 0) outcome.problems.push(`the ${name} ended with ${status}`);
  if (!last.endsWith('INFO  Stopped after SIGTERM')) outcome.problems.push(`the last line of the ${name} is "${last}"`);
  if (name === 'server') await stand.startServer();
  else if (name === 'collector') await collector.start();
  else await stand.startWatcher(name).waitFor(/follows [1-9]\d* (series|hosts)/, STARTED_MS);
  return seconds;
}
