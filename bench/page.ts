import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { HostMetric } from '#domain';
import type { UsageStore } from '#store';
import { DuckDbStore } from '../libs/store/duckdb/duckdb.store.js';
import { InfluxStore } from '../libs/store/influx/influx.store.js';
import { startInflux } from '../test/support/influxd.js';
import { millisecondsOf, quantiles, table, thousands } from './measure.js';
import { hostBatch, PROGRAMS } from './store-samples.js';

const HOUR = 3_600_000_000;
const TICK = 10_000_000;
const BATCHES_A_WRITE = 100;
const CORES = 2;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    hosts: { type: 'string', default: '1' },
    hours: { type: 'string', default: '48' },
    repeats: { type: 'string', default: '20' },
  },
});
const hosts = Number(options.hosts);
const range = Number(options.hours) * HOUR;
const repeats = Number(options.repeats);
const to = Math.floor(Date.now() / 10_000) * TICK;
const from = to - range;
const say = (text: string) => process.stdout.write(`${text}\n\n`);

/** The metrics of a host as its collector sends them: 2 cores and the whole, memory, load, a disk and an interface. */
function metricsOf(tick: number): HostMetric[] {
  const usage = (tick * 7919) % 100;
  const percentages = { usage_user: usage, usage_system: usage / 3, usage_iowait: usage / 9, usage_idle: 100 - usage };
  const cpus = ['cpu-total', ...Array.from({ length: CORES }, (_, i) => `cpu${i}`)];
  const grown = tick * 1_000_000;
  return [
    ...cpus.map((cpu): HostMetric => ({ measurement: 'cpu', tags: { cpu }, fields: percentages })),
    { measurement: 'mem', tags: {}, fields: { used_percent: usage, available: grown, used: grown } },
    { measurement: 'system', tags: {}, fields: { load1: usage, load5: usage, load15: usage } },
    { measurement: 'disk', tags: { path: '/' }, fields: { used_percent: usage, used: grown, free: grown } },
    { measurement: 'diskio', tags: { name: 'sda' }, fields: { read_bytes: grown, write_bytes: grown } },
    { measurement: 'net', tags: { interface: 'eth0' }, fields: { bytes_recv: grown, bytes_sent: grown } },
  ];
}

/** Two days of every host as they would have come, some ticks a write. */
async function fill(store: UsageStore): Promise<void> {
  for (let time = from; time < to; time += BATCHES_A_WRITE * TICK) {
    for (let host = 0; host < hosts; host++) {
      const ticks = Array.from({ length: BATCHES_A_WRITE }, (_, i) => time + i * TICK).filter((at) => at < to);
      await store.write(
        ticks.map((at) => ({
          ...hostBatch(`host-${host}`, at),
          started: Array<number>(PROGRAMS).fill(from / 1e6),
          hostMetrics: metricsOf(at / TICK),
        })),
      );
    }
  }
}

const charts = [
  ['cpu', 'usage_user', false],
  ['cpu', 'usage_system', false],
  ['cpu', 'usage_iowait', false],
  ['mem', 'used_percent', false],
  ['disk', 'used_percent', false],
  ['diskio', 'read_bytes', true],
  ['diskio', 'write_bytes', true],
  ['net', 'bytes_recv', true],
  ['net', 'bytes_sent', true],
] as const;

/** What the page asks. Each time the range begins a little later, as it does on a live page, so that no answer is a kept one. */
function readsOf(store: UsageStore): Record<string, (round: number) => Promise<unknown>> {
  const host = 'host-0';
  const tickAt = (at: number) => store.tick({ host, at, notBefore: at - 3 * TICK, order: 'cpu', limit: 50_000 });
  const begin = (round: number) => from + round * TICK;
  const stepMicros = Math.ceil(range / 700);
  return {
    'programs of a moment': (round) => tickAt(from + ((round * 7919) % 17_000) * TICK + 3),
    'ranking, 60 points of each': (round) =>
      store.ranking({
        host,
        from: begin(round),
        order: 'cpuSeconds',
        limit: 50,
        spark: { field: 'cpu', stepMicros: Math.ceil(range / 60), points: 60 },
      }),
    'ranking without points': (round) => store.ranking({ host, from: begin(round), order: 'cpuSeconds', limit: 50 }),
    'changes of two halves': async (round) => {
      const middle = begin(round) + range / 2;
      await store.usageThen({ host, from: begin(round), to: middle });
      await store.usageThen({ host, from: middle, to: to + TICK });
    },
    'changes of two moments': async (round) => {
      await tickAt(begin(round) + HOUR);
      await tickAt(to - HOUR - round * TICK);
    },
    'one program at 700 points': (round) =>
      store.history({
        host,
        process: `program-${round}`,
        from: begin(round),
        field: 'cpu',
        stepMicros,
        extremes: true,
        limit: 2,
      }),
    'all charts of the host': async (round) => {
      for (const [measurement, field, rate] of charts) {
        await store.hostMetrics({ host, measurement, field, rate, from: begin(round), stepMicros, extremes: true });
      }
    },
  };
}

async function measure(title: string, open: () => Promise<UsageStore>): Promise<void> {
  const filling = await open();
  const seconds = (await millisecondsOf(() => fill(filling))) / 1000;
  await filling.close();
  // Opened again, so that the first of each is cold.
  const store = await open();
  const rows: string[][] = [];
  for (const [name, read] of Object.entries(readsOf(store))) {
    const times: number[] = [];
    const cpu: number[] = [];
    for (let round = 0; round <= repeats; round++) {
      const before = process.cpuUsage();
      times.push(await millisecondsOf(() => read(round)));
      const { user, system } = process.cpuUsage(before);
      cpu.push((user + system) / 1000);
    }
    const [first = NaN, ...warm] = times;
    const { median, p95 } = quantiles(warm);
    const own = quantiles(cpu.slice(1)).median;
    rows.push([name, ...[first, median, p95, own].map((ms) => `${ms.toFixed(0)} ms`)]);
  }
  await store.close();
  const samples = hosts * PROGRAMS * (range / TICK);
  say(`### ${title}: ${hosts} hosts, ${thousands(samples)} samples, filled in ${seconds.toFixed(0)} s`);
  say(table(['', 'first', 'median', 'p95', 'CPU of this process, median'], rows));
}

say(`Node ${process.version}, ${process.platform}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`);
if (options.only !== 'influx') {
  const folder = await mkdtemp(join(tmpdir(), 'amberwatch-bench-page-'));
  await measure('DuckDB', () => DuckDbStore.open({ folder }));
  await rm(folder, { recursive: true });
}
const influx = options.only === 'duckdb' ? undefined : await startInflux();
if (influx) {
  const { url, token, org } = influx;
  const bucket = `bench-page-${process.pid}`;
  await measure('InfluxDB', () => InfluxStore.open({ url, token, org, bucket }));
  await influx.stop();
}
