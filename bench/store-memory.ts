import { stat } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import type { UsageStore } from '#store';
import { table } from './measure.js';
import { hostBatch, PROGRAMS } from './store-samples.js';

const HOSTS = 200;
const TICK_MICROS = 10_000_000;
const TICKS_A_ROW = 90;

/**
 * Writes the ticks of 200 hosts as fast as they are taken, with the reads of a page that is open beside them, and shows
 * what the process holds after each quarter of an hour of their time.
 */
export async function memory(store: UsageStore, file: string, minutes: number): Promise<string> {
  const rows: string[][] = [];
  const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
  const start = Date.now() * 1000 - 40 * 3_600_000_000;
  const end = performance.now() + minutes * 60_000;
  for (let tick = 1; performance.now() < end; tick++) {
    const time = start + tick * TICK_MICROS;
    await Promise.all(Array.from({ length: HOSTS }, (_, i) => store.write([hostBatch(`host-${i}`, time)])));
    const from = time - 300_000_000;
    if (tick % 3 === 0) await store.usageByName({ from, host: `host-${tick % HOSTS}`, aggregate: 'mean' });
    if (tick % 6 === 0) await store.usageByName({ from, aggregate: 'mean' });
    if (tick % TICKS_A_ROW > 0) continue;
    const { rss, heapUsed } = process.memoryUsage();
    const { size } = await stat(file);
    rows.push([`${(tick * 10) / 60} min`, megabytes(rss), megabytes(heapUsed), megabytes(size)]);
  }
  return table([`${HOSTS} hosts × ${PROGRAMS} every 10 s`, 'process', 'heap of it', 'file'], rows);
}
