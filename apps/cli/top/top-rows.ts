import type { HostTotal } from '#domain';
import { programCells, type Used, usedCells, usedColumns } from '../server/server-tables.js';
import type { Cell, Column } from '../table.js';
import { bySort, type Reading } from './top-reader.js';
import type { TopState } from './top-state.js';

/** A line of the table. */
export interface Row {
  cells: Cell[];
  /** Names it among those that can be unfolded. */
  folder?: string;
}

export const treeColumns: Column[] = [
  { title: 'HOST AND PROGRAM', least: 24 },
  { title: 'PROGRAMS', align: 'right', importance: 1 },
  ...usedColumns,
];

/** Every line that the reading has for the state, in order. */
export function rowsOf(state: TopState, reading: Reading): Row[] {
  if (state.tree === 'none') return reading.programs.map((one) => ({ cells: programCells(one) }));
  if (state.tree === 'host') return reading.hosts.flatMap((host) => hostRows(state, reading, host, 0));
  return byService(reading.hosts, state).flatMap(({ service, hosts, total }) => {
    const folder = `service ${service ?? ''}`;
    const name = service ?? '(no service)';
    const rows = state.unfolded.has(folder) ? hosts.flatMap((host) => hostRows(state, reading, host, 1)) : [];
    return [
      { cells: [label(name, 0, state.unfolded.has(folder)), String(total.programs), ...usedCells(total)], folder },
      ...rows,
    ];
  });
}

function hostRows(state: TopState, reading: Reading, total: HostTotal, depth: number): Row[] {
  const folder = `host ${total.host}`;
  const open = state.unfolded.has(folder);
  const programs = open ? (reading.unfolded.get(total.host) ?? []) : [];
  return [
    { cells: [label(total.host, depth, open), String(total.programs), ...usedCells(total)], folder },
    ...programs.map((one) => ({ cells: [`${'  '.repeat(depth + 1)}  ${one.process}`, '', ...usedCells(one)] })),
  ];
}

const label = (name: string, depth: number, open: boolean) => `${'  '.repeat(depth)}${open ? '▾' : '▸'} ${name}`;

interface Service {
  service: string | null;
  hosts: HostTotal[];
  total: Used & { programs: number };
}

/** Hosts by their service, added up; memory in % is the mean of the hosts, since each has a size of its own. */
function byService(hosts: HostTotal[], { sort }: TopState): Service[] {
  const services = new Map<string | null, HostTotal[]>();
  for (const host of hosts) services.set(host.service, [...(services.get(host.service) ?? []), host]);
  const all = [...services].map(([service, members]): Service => {
    const sum = (key: 'programs' | 'count' | 'cpuTotal' | 'memTotal' | 'rssBytes') =>
      sumOf(members.map((one) => one[key]));
    const mem = sum('memTotal');
    const total = {
      programs: sum('programs') ?? 0,
      count: sum('count') ?? 0,
      cpuTotal: sum('cpuTotal'),
      cpuMax: members.reduce<number | null>(
        (max, { cpuMax }) => (cpuMax === null ? max : Math.max(max ?? 0, cpuMax)),
        null,
      ),
      memTotal: mem === null ? null : mem / members.filter(({ memTotal }) => memTotal !== null).length,
      rssBytes: sum('rssBytes'),
    };
    return { service, hosts: members, total };
  });
  if (sort === 'name') return all.toSorted((a, b) => (a.service ?? '').localeCompare(b.service ?? ''));
  return all.toSorted((a, b) => bySort(sort)(a.total, b.total));
}

function sumOf(numbers: (number | null)[]): number | null {
  return numbers.reduce((sum, one) => (one === null ? sum : (sum ?? 0) + one), null);
}
