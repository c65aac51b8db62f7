import { compareUtf8 } from '../compare-utf8.js';
import { finite } from '../finite.js';
import type { StoredUsageThen, UsageThenQuery } from '../usage-store.js';
import type { Aggregation, Selection } from './influx-flux.js';
import type { InfluxReader } from './influx-reader.js';
import { startedAt } from './influx-tick.js';
import type { InfluxTicks } from './influx-ticks.js';
import { hasText, perProgram } from './influx-top.js';
import type { Totals } from './totals.js';

const aggregations: Aggregation[] = [
  { fields: ['count', 'cpu', 'mem', 'rssBytes'], function: 'sum' },
  { fields: ['count', 'unit', 'started'], function: 'last' },
];

/** Means of all programs of a host over its ticks: the database adds up, and counts the ticks. */
export async function readUsageThen(
  reader: InfluxReader,
  ticks: InfluxTicks,
  bucket: string,
  { host, from, to, match }: UsageThenQuery,
): Promise<StoredUsageThen> {
  const samples: Omit<Selection, 'fields'> = { bucket, from, to, hosts: [host] };
  const [all, programs] = await Promise.all([
    ticks.count(host, from, to),
    reader.totals(samples, perProgram, aggregations),
  ]);
  const mean = (sum: number | null) => (sum === null ? null : finite(sum / all));
  const toProgram = (totals: Totals) => ({
    process: totals.process,
    ...(totals.unit === undefined ? {} : { unit: totals.unit }),
    count: totals.allProcesses / all,
    cpu: mean(totals.get('sum', 'cpu')),
    mem: mean(totals.get('sum', 'mem')),
    rssBytes: mean(totals.get('sum', 'rssBytes')),
    ...startedAt(totals.started),
  });
  return {
    ticks: all,
    programs: programs
      .filter(({ process }) => hasText({ host: '', process }, match))
      .map(toProgram)
      .toSorted((a, b) => compareUtf8(a.process, b.process)),
  };
}
