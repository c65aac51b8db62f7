import type { AmberwatchClient } from '#client/amberwatch-client';
import type { HostTotal, ProgramUsage } from '#domain';
import { orderOf, type Sort, type TopState } from './top-state.js';

/** Programs that an unfolded host shows. */
const PROGRAMS_A_HOST = 30;

/** What the server said about what the state shows. */
export interface Reading {
  /** The largest programs, where there is no tree. */
  programs: ProgramUsage[];
  /** The hosts of a tree, the largest first. */
  hosts: HostTotal[];
  /** The largest programs of the hosts that are unfolded. */
  unfolded: Map<string, ProgramUsage[]>;
  /** Milliseconds since the epoch at which it was asked. */
  readMs: number;
}

/** What is asked; two states with the same one see the same reading. */
export type Request = Pick<TopState, 'sort' | 'tree' | 'host' | 'filter' | 'atMs' | 'windowMs'> & {
  rows: number;
  hosts: string[];
};

/** @param rows programs that the screen may come to, from the first on */
export function requestOf(state: TopState, rows: number): Request {
  const { sort, tree, host, filter, windowMs, unfolded } = state;
  const atMs = state.atMs ?? state.pausedMs;
  const hosts = tree === 'none' ? [] : [...unfolded].flatMap((key) => (key.startsWith('host ') ? [key.slice(5)] : []));
  return { sort, tree, host, filter, atMs, windowMs, rows: tree === 'none' ? rows : 0, hosts };
}

/** Asks for nothing but what is shown. */
export async function read(client: AmberwatchClient, request: Request, signal: AbortSignal): Promise<Reading> {
  const readMs = Date.now();
  const { sort, tree, host, filter, atMs, windowMs, rows } = request;
  const window = {
    window: `${Math.max(1000, Math.round(windowMs))}ms`,
    at: atMs === undefined ? undefined : new Date(atMs).toISOString(),
    match: filter === '' ? undefined : filter,
  };
  const largest = async (query: { host: string | undefined; limit: number }) =>
    (await client.usage({ ...window, ...query, order: orderOf[sort] }, { signal })).programs;
  if (tree === 'none') {
    return { programs: await largest({ host, limit: rows }), hosts: [], unfolded: new Map(), readMs };
  }
  const [{ hosts }, ...unfolded] = await Promise.all([
    client.usageOfHosts({ ...window, host }, { signal }),
    ...request.hosts.map(async (name) => [name, await largest({ host: name, limit: PROGRAMS_A_HOST })] as const),
  ]);
  return { programs: [], hosts: hosts.toSorted(bySort(sort)), unfolded: new Map(unfolded), readMs };
}

type Sorted = Pick<HostTotal, 'cpuTotal' | 'memTotal' | 'rssBytes' | 'count'>;

/** The largest first; a sort by name keeps the server's order. */
export function bySort(sort: Sort): (a: Sorted, b: Sorted) => number {
  const key = { cpu: 'cpuTotal', mem: 'memTotal', rss: 'rssBytes', count: 'count', name: undefined } as const;
  const field = key[sort];
  return (a, b) => (field === undefined ? 0 : (b[field] ?? -1) - (a[field] ?? -1));
}
