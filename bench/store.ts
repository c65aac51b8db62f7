import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { SampleBatch } from '#domain';
import type { UsageStore } from '#store';
import { DuckDbStore } from '../libs/store/duckdb/duckdb.store.js';
import { InfluxStore } from '../libs/store/influx/influx.store.js';
import { startInflux } from '../test/support/influxd.js';
import { compareRates, millisecondsOf, quantiles, table, thousands } from './measure.js';
import { memory } from './store-memory.js';
import { type RawTarget, rawDuckDb, rawInflux } from './store-raw.js';
import { hostBatch, manyNames, PROGRAMS } from './store-samples.js';
import { unitReads, unitWrites } from './store-units.js';

const TICK_MICROS = 10_000_000;
const now = Date.now() * 1000;
let clock = now - 40 * 3_600_000_000;

/** A moment after the one before, so that no sample is written twice and all are within the retention. */
function nextTime(): number {
  clock += 1000;
  return clock;
}

function batches(count: number, names?: string[]): SampleBatch[] {
  return Array.from({ length: count }, (_, i) => hostBatch(`host-${i % 100}`, nextTime(), names));
}

interface Kind {
  title: string;
  /** Batches that are waiting at the same time, and so go into one commit. */
  together: number;
  commits: number;
  names?: string[];
}

const kinds: Kind[] = [
  { title: 'batches of 300, one after another', together: 1, commits: 40 },
  { title: 'batches of 300, 16 senders at once', together: 16, commits: 5 },
  { title: 'point after point', together: 1, commits: 100, names: manyNames(1) },
  { title: 'one bulk write of 50,000', together: 1, commits: 1, names: manyNames(50_000) },
];

async function writes(rounds: number, raw: RawTarget, store: UsageStore): Promise<string> {
  const rows: string[][] = [];
  for (const { title, together, commits, names } of kinds) {
    const samples = together * commits * (names?.length ?? PROGRAMS);
    const prepare = () => Array.from({ length: commits }, () => batches(together, names));
    await store.write(batches(1, names));
    const rates = await compareRates(rounds, samples, {
      raw: async () => {
        for (const group of prepare()) await raw.commit(group);
      },
      store: async () => {
        for (const group of prepare()) await Promise.all(group.map((batch) => store.write([batch])));
      },
    });
    rows.push([title, thousands(rates.raw), thousands(rates.store), rates.ratio.toFixed(2)]);
  }
  return table(['samples per second', 'bare minimum', 'store', 'ratio'], rows);
}

/** Hosts that write every ten seconds, for some time; each write is sent when it is due whatever became of those before. */
async function steady(store: UsageStore, hosts: number, seconds: number): Promise<string> {
  const everyMs = 10_000 / hosts;
  const latencies: number[] = [];
  const pending: Promise<unknown>[] = [];
  const cpu = process.cpuUsage();
  const begun = performance.now();
  for (let i = 0; i * everyMs < seconds * 1000; i++) {
    await wait(Math.max(0, begun + i * everyMs - performance.now()));
    const batch = hostBatch(`steady-${i % hosts}`, nextTime());
    pending.push(millisecondsOf(() => store.write([batch])).then((ms) => latencies.push(ms)));
  }
  await Promise.all(pending);
  const { user, system } = process.cpuUsage(cpu);
  const share = (user + system) / 1000 / (performance.now() - begun);
  const { median, p95 } = quantiles(latencies);
  return table(
    [`${thousands(hosts * 30)} samples/s in batches of 300`, 'median', 'p95', 'longest', 'cores used here'],
    [
      [
        `${seconds} s`,
        `${median.toFixed(1)} ms`,
        `${p95.toFixed(1)} ms`,
        `${Math.max(...latencies).toFixed(0)} ms`,
        share.toFixed(2),
      ],
    ],
  );
}

async function reads(open: () => Promise<UsageStore>, repeats: number): Promise<string> {
  const rows: string[][] = [];
  for (const hosts of [1, 10, 100]) {
    const store = await open();
    for (let tick = 30; tick > 0; tick--) {
      const time = now - tick * TICK_MICROS;
      await store.write(Array.from({ length: hosts }, (_, i) => hostBatch(`host-${i}`, time)));
    }
    const from = now - 300 * 1_000_000;
    const one: number[] = [];
    const all: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const host = `host-${i % hosts}`;
      one.push(await millisecondsOf(() => store.usageByName({ from, host, aggregate: 'mean' })));
      all.push(await millisecondsOf(() => store.usageByName({ from, aggregate: 'mean' })));
    }
    const shown = (values: number[]) => {
      const { median, p95 } = quantiles(values);
      return `${median.toFixed(1)} / ${p95.toFixed(1)} ms`;
    };
    rows.push([`${hosts} hosts, ${thousands(hosts * PROGRAMS * 30)} samples`, shown(one), shown(all)]);
    await store.close();
  }
  return table(['get-all, median / p95', 'of one host', 'of all hosts'], rows);
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '11' },
    seconds: { type: 'string', default: '15' },
    minutes: { type: 'string', default: '0' },
    hosts: { type: 'string', default: '1000' },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const folder = await mkdtemp(join(tmpdir(), 'amberwatch-bench-'));
const say = (text: string) => process.stdout.write(`${text}\n\n`);
say(`Node ${process.version}, ${process.platform}, ${availableParallelism()} cores`);

async function units(open: () => Promise<UsageStore>): Promise<string> {
  const store = await open();
  const written = await unitWrites(rounds, store, nextTime);
  await store.close();
  const fleet = await open();
  const read = await unitReads(fleet, { count: Number(options.hosts), now, repeats: 10 });
  await fleet.close();
  return `${written}\n\n${read}`;
}

if (options.only === 'memory') {
  const store = await DuckDbStore.open({ folder });
  say(`### Memory\n\n${await memory(store, join(folder, 'usage.duckdb'), Number(options.minutes))}`);
  await store.close();
} else if (options.only !== 'influx') {
  let opened = 0;
  const open = () => DuckDbStore.open({ folder: join(folder, `duckdb-${opened++}`) });
  if (options.only !== 'units') {
    const raw = await rawDuckDb(join(folder, 'raw.duckdb'));
    const store = await open();
    say(`### DuckDB\n\n${await writes(rounds, raw, store)}`);
    await raw.close();
    say(await steady(store, 1000, seconds));
    await store.close();
    say(await reads(open, 30));
  }
  say(`### Units in DuckDB\n\n${await units(open)}`);
}
const influx = ['duckdb', 'memory'].includes(options.only ?? '') ? undefined : await startInflux();
if (influx) {
  const { url, token, org } = influx;
  let opened = 0;
  const open = () => InfluxStore.open({ url, token, org, bucket: `bench-${opened++}` });
  if (options.only !== 'units') {
    const store = await open();
    const raw = rawInflux({ url, token, org, bucket: 'bench-0' });
    say(`### InfluxDB\n\n${await writes(rounds, raw, store)}`);
    say(await steady(store, 100, seconds));
    await store.close();
    say(await reads(open, 10));
  }
  say(`### Units in InfluxDB\n\n${await units(open)}`);
  await influx.stop();
}
await rm(folder, { recursive: true });
