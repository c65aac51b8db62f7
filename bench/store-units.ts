import { performance } from 'node:perf_hooks';
import type { UsageStore } from '#store';
import { compareRates, millisecondsOf, quantiles, table, thousands } from './measure.js';
import { hostBatch, PROGRAMS, withUnits } from './store-samples.js';

const TICK_MICROS = 10_000_000;
const UNITS = 60;
const UNITS_A_HOST = 30;
const TICKS = 30;

/** What 60 units in a batch of 300 programs cost: batches a second with them against batches without. */
export async function unitWrites(rounds: number, store: UsageStore, nextTime: () => number): Promise<string> {
  const rows: string[][] = [];
  for (const [title, together, commits] of [
    ['one after another', 1, 40],
    ['16 senders at once', 16, 5],
  ] as const) {
    const groups = (units: number) =>
      Array.from({ length: commits }, () =>
        Array.from({ length: together }, (_, i) => withUnits(hostBatch(`host-${i}`, nextTime()), units)),
      );
    const write = async (units: number) => {
      for (const group of groups(units)) await Promise.all(group.map((batch) => store.write([batch])));
    };
    await write(UNITS);
    const samples = together * commits * PROGRAMS;
    const rates = await compareRates(rounds, samples, { raw: () => write(0), store: () => write(UNITS) });
    rows.push([title, thousands(rates.raw), thousands(rates.store), rates.ratio.toFixed(2)]);
  }
  return table([`samples per second, batches of ${PROGRAMS}`, 'without units', `with ${UNITS} units`, 'ratio'], rows);
}

/** Units of a fleet over five minutes: the largest of all, a page of all, and those of one host. */
export async function unitReads(
  store: UsageStore,
  { count, now, repeats }: { count: number; now: number; repeats: number },
): Promise<string> {
  const hosts = Array.from({ length: count }, (_, i) => `host-${i}`);
  for (let tick = TICKS; tick > 0; tick--) {
    const time = now - tick * TICK_MICROS;
    const batches = hosts.map((host) => withUnits(hostBatch(host, time, []), UNITS_A_HOST));
    for (let start = 0; start < count; start += 100) await store.write(batches.slice(start, start + 100));
  }
  const from = now - 300 * 1_000_000;
  const asked = {
    'largest 20 by share of their limit': () => store.units({ from, order: 'memShare', limit: 20 }),
    'first page of 1,000': () => store.units({ from, limit: 1000 }),
    'those of one host': () =>
      store.units({ from, host: `host-${Math.floor(performance.now()) % count}`, limit: 1000 }),
  };
  const rows: string[][] = [];
  for (const [title, ask] of Object.entries(asked)) {
    const times: number[] = [];
    for (let i = 0; i < repeats; i++) times.push(await millisecondsOf(ask));
    const { median, p95 } = quantiles(times);
    rows.push([title, `${median.toFixed(0)} / ${p95.toFixed(0)} ms`]);
  }
  return table([`units of ${thousands(count)} hosts × ${UNITS_A_HOST} over 5 min`, 'median / p95'], rows);
}
