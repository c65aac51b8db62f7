import type { ProgramUsage, UsageChange as ChangeOfHost, UsageThen } from '#domain';

type Pair = [before: number | null, after: number | null];

/** How a program differs between two times; null where it was not there or its value is not known. */
export interface UsageChange {
  host: string;
  process: string;
  /** Whether it restarted is known where the server compared. */
  change: 'came' | 'went' | 'restarted' | 'grew' | 'shrank' | 'same';
  cpu: Pair;
  mem: Pair;
  rssBytes: Pair;
  count: Pair;
}

export const changeOrders = ['usage', 'cpu', 'mem', 'count'] as const;
export type ChangeOrder = (typeof changeOrders)[number];

/** Every program of either time, the largest change first. */
export function compareUsage(before: ProgramUsage[], after: ProgramUsage[], order: ChangeOrder): UsageChange[] {
  const key = ({ host, process }: ProgramUsage) => JSON.stringify([host, process]);
  const old = new Map(before.map((one) => [key(one), one]));
  const changes = after.map((one) => {
    const was = old.get(key(one));
    old.delete(key(one));
    return changeOf(was, one, order);
  });
  for (const one of old.values()) changes.push(changeOf(one, undefined, order));
  return changes.sort((a, b) => sizeOf(b, order) - sizeOf(a, order) || (a.process < b.process ? -1 : 1));
}

const words = {
  new: 'came',
  gone: 'went',
  restarted: 'restarted',
  grew: 'grew',
  shrank: 'shrank',
  same: 'same',
} as const;

/** A change as the server tells it of one host. */
export function changeOnHost(host: string, { process, change, before, after }: ChangeOfHost): UsageChange {
  const pair = (field: Exclude<keyof UsageThen, 'started'>): Pair => [before?.[field] ?? null, after?.[field] ?? null];
  const pairs = { cpu: pair('cpu'), mem: pair('mem'), rssBytes: pair('rssBytes'), count: pair('count') };
  return { host, process, change: words[change], ...pairs };
}

/**
 * How much changed, in the order's unit. Of `usage` it is the larger of the changes of cpu, in % of a core, and of memory,
 * in % of the host.
 */
export function sizeOf({ cpu, mem, count }: UsageChange, order: ChangeOrder): number {
  const by = { cpu: Math.abs(difference(cpu)), mem: Math.abs(difference(mem)), count: Math.abs(difference(count)) };
  return order === 'usage' ? Math.max(by.cpu, by.mem) : by[order];
}

export function difference([before, after]: Pair): number {
  return (after ?? 0) - (before ?? 0);
}

function changeOf(before: ProgramUsage | undefined, after: ProgramUsage | undefined, order: ChangeOrder): UsageChange {
  const { host, process } = (after ?? before) as ProgramUsage;
  const pair = (field: 'cpuTotal' | 'memTotal' | 'rssBytes' | 'count'): Pair => [
    before?.[field] ?? null,
    after?.[field] ?? null,
  ];
  const pairs = { cpu: pair('cpuTotal'), mem: pair('memTotal'), rssBytes: pair('rssBytes'), count: pair('count') };
  const whole: UsageChange = { host, process, change: 'same', ...pairs };
  if (!before) return { ...whole, change: 'came' };
  if (!after) return { ...whole, change: 'went' };
  const leading =
    order === 'usage' ? (Math.abs(difference(pairs.cpu)) >= Math.abs(difference(pairs.mem)) ? 'cpu' : 'mem') : order;
  const by = difference(pairs[leading]);
  return { ...whole, change: by > 0 ? 'grew' : by < 0 ? 'shrank' : 'same' };
}
