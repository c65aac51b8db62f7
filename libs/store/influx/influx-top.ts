import type { UsageOrder } from '#domain';
import { orderAggregations, orderValues, presence, programAggregations } from './influx-answers.js';
import type { GroupColumns, Selection } from './influx-flux.js';
import type { InfluxReader } from './influx-reader.js';
import { groupKey, type Totals } from './totals.js';
import { compareOrdered } from '../usage-order.js';
import type { ProgramsQuery } from '../usage-store.js';

/** Series that a query names one by one; beyond that it asks for whole hosts. */
const MAX_NAMED_SERIES = 50;

export const perProgram: GroupColumns = ['host', 'process_name'];

type Samples = Omit<Selection, 'fields'>;

interface Ranked {
  host: string;
  process: string;
  /** What it is ordered by. */
  value: number | null;
}

/**
 * Totals of the programs of one page of an order. The database adds up the one value of every program, from which the
 * largest are picked; all else is asked of those alone.
 */
export async function topPrograms(
  reader: InfluxReader,
  samples: Samples,
  { order, after, limit, match }: ProgramsQuery & { order: UsageOrder },
): Promise<Totals[]> {
  const having = await reader.everyProgram(samples, perProgram, orderAggregations(order));
  if (order === 'cpu' || order === 'mem') await reader.fillGaps(samples, perProgram, having);
  const ranked = having.map((totals): Ranked => ({
    host: totals.host,
    process: totals.process,
    value: orderValues[order](totals),
  }));
  const rest = (all: Ranked[]) =>
    all
      .filter((one) => hasText(one, match) && (!after || compareOrdered(one, after) > 0))
      .toSorted(compareOrdered)
      .slice(0, limit);
  let top = rest(ranked.filter(({ value }) => value !== null));
  // Those without the value come last, and so are seldom asked for.
  if (top.length < limit) top = rest(await withAbsent(reader, samples, ranked));
  if (top.length === 0) return [];
  const whole = await reader.totals({ ...samples, ...namesOf(top) }, perProgram, programAggregations);
  const byKey = new Map(whole.map((totals) => [groupKey(totals.host, totals.process), totals]));
  return top.flatMap(({ host, process }) => byKey.get(groupKey(host, process)) ?? []);
}

/** The same programs, and those that have no such value at all. */
async function withAbsent(reader: InfluxReader, samples: Samples, ranked: Ranked[]): Promise<Ranked[]> {
  const known = new Set(ranked.map(({ host, process }) => groupKey(host, process)));
  const present = await reader.everyProgram(samples, perProgram, presence);
  const absent = present.filter(({ host, process }) => !known.has(groupKey(host, process)));
  return [...ranked, ...absent.map(({ host, process }) => ({ host, process, value: null }))];
}

/** Whether the name of a program or of its host holds the text, whatever its case. */
export function hasText({ host, process }: { host: string; process: string }, text: string | undefined): boolean {
  if (text === undefined) return true;
  const wanted = text.toLowerCase();
  return process.toLowerCase().includes(wanted) || host.toLowerCase().includes(wanted);
}

/** The hosts and, where they are few, the processes of these series. */
export function namesOf(series: { host: string; process: string }[]): { hosts: string[]; processes?: string[] } {
  const hosts = [...new Set(series.map(({ host }) => host))];
  const processes = [...new Set(series.map(({ process }) => process))];
  return processes.length <= MAX_NAMED_SERIES ? { hosts, processes } : { hosts };
}
