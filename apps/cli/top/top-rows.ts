import type { HostTotal, ProgramUsage } from '#domain';
import { bytes, percent } from '../server/server-tables.js';
import type { Cell, Column } from '../table.js';
import { bySort, type Reading } from './top-reader.js';
import type { TopState } from './top-state.js';

/** A line of the table. */
export interface Row {
  cells: Cell[];
  /** Names it among those that can be unfolded. */
  folder?: string;
}

const right = { align: 'right' as const };

export const programColumns: Column[] = [
  { title: 'HOST', least: 10 },
  { title: 'PROGRAM', least: 12 },
  { title: 'COUNT', ...right, importance: 2 },
  { title: 'CPU %', ...right },
  { title: 'MAX %', ...right, importance: 1 },
  { title: 'MEM %', ...right, importance: 4 },
  { title: 'RSS', ...right, importance: 3 },
];

export const treeColumns: Column[] = [
  { title: 'HOST AND PROGRAM', least: 24 },
  { title: 'PROGRAMS', ...right, importance: 1 },
  ...programColumns.slice(2),
];

/** Every line that the reading has for the state, in order. */
export function rowsOf(state: TopState, reading: Reading): Row[] {
  if (state.tree === 'none') return reading.programs.map((one) => ({ cells: [one.host, one.process, ...values(one)] }));
  if (state.tree === 'host') return reading.hosts.flatMap((host) => hostRows(state, reading, host, 0));
  return byService(reading.hosts, state).flatMap(({ service, hosts, total }) => {
    const folder = `service ${service ?? ''}`;
    const name = service ?? '(no service)';
    const rows = state.unfolded.has(folder) ? hosts.flatMap((host) => hostRows(state, reading, host, 1)) : [];
    return [
      { cells: [label(name, 0, state.unfolded.has(folder)), String(total.programs), ...values(total)], folder },
      ...rows,
    ];
  });
}

function hostRows(state: TopState, reading: Reading, total: HostTotal, depth: number): Row[] {
  const folder = `host ${total.host}`;
  const open = state.unfolded.has(folder);
  const programs = open ? (reading.unfolded.get(total.host) ?? []) : [];
  return [
    { cells: [label(total.host, depth, open), String(total.programs), ...values(total)], folder },
    ...programs.map((one) => ({ cells: [`${'  '.repeat(depth + 1)}  ${one.process}`, '', ...values(one)] })),
  ];
}

const label = (name: string, depth: number, open: boolean) => `${'  '.repeat(depth)}${open ? '▾' : '▸'} ${name}`;

type Values = Pick<ProgramUsage, 'count' | 'cpuTotal' | 'cpuMax' | 'memTotal' | 'rssBytes'>;

function values({ count, cpuTotal, cpuMax, memTotal, rssBytes }: Values): string[] {
  return [String(Math.round(count)), percent(cpuTotal), percent(cpuMax), percent(memTotal), bytes(rssBytes)];
}

interface Service {
  service: string | null;
  hosts: HostTotal[];
  total: Values & { programs: number };
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
