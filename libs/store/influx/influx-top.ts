import type { UsageOrder } from '#domain';
import { orderAggregations, orderValues, presence, programAggregations, unitAggregation } from './influx-answers.js';
import type { Aggregation, GroupColumns, Selection } from './influx-flux.js';
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
  unit: string | undefined;
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
  { order, after, limit, match, unit }: ProgramsQuery & { order: UsageOrder },
): Promise<Totals[]> {
  // Where one unit is asked for, each query also says which unit the programs are in.
  const units = unit === undefined ? [] : [unitAggregation];
  const having = await reader.everyProgram(samples, perProgram, [...orderAggregations(order), ...units]);
  if (order === 'cpu' || order === 'mem') await reader.fillGaps(samples, perProgram, having);
  const ranked = having.map((totals): Ranked => ({
    host: totals.host,
    process: totals.process,
    unit: totals.unit,
    value: orderValues[order](totals),
  }));
  const rest = (all: Ranked[]) =>
    all
      .filter((one) => hasText(one, match) && isIn(one, unit) && (!after || compareOrdered(one, after) > 0))
      .toSorted(compareOrdered)
      .slice(0, limit);
  let top = rest(ranked.filter(({ value }) => value !== null));
  // Those without the value come last, and so are seldom asked for.
  if (top.length < limit) top = rest(await withAbsent(reader, samples, ranked, units));
  if (top.length === 0) return [];
  const whole = await reader.totals({ ...samples, ...namesOf(top) }, perProgram, programAggregations);
  const byKey = new Map(whole.map((totals) => [groupKey(totals.host, totals.process), totals]));
  return top.flatMap(({ host, process }) => byKey.get(groupKey(host, process)) ?? []);
}

/** The same programs, and those that have no such value at all. */
async function withAbsent(
  reader: InfluxReader,
  samples: Samples,
  ranked: Ranked[],
  units: Aggregation[],
): Promise<Ranked[]> {
  const known = new Set(ranked.map(({ host, process }) => groupKey(host, process)));
  const present = await reader.everyProgram(samples, perProgram, [...presence, ...units]);
  const absent = present.filter(({ host, process }) => !known.has(groupKey(host, process)));
  return [...ranked, ...absent.map(({ host, process, unit }) => ({ host, process, unit, value: null }))];
}

/** Whether the name of a program or of its host holds the text, whatever its case. */
export function hasText({ host, process }: { host: string; process: string }, text: string | undefined): boolean {
  if (text === undefined) return true;
  const wanted = text.toLowerCase();
  return process.toLowerCase().includes(wanted) || host.toLowerCase().includes(wanted);
}

/** Whether a program is in the unit, where one is asked for. */
export function isIn(one: { unit: string | undefined }, unit: string | undefined): boolean {
  return unit === undefined || one.unit === unit;
}

/** The hosts and, where they are few, the processes of these series. */
export function namesOf(series: { host: string; process: string }[]): { hosts: string[]; processes?: string[] } {
  const hosts = [...new Set(series.map(({ host }) => host))];
  const processes = [...new Set(series.map(({ process }) => process))];
  return processes.length <= MAX_NAMED_SERIES ? { hosts, processes } : { hosts };
}
