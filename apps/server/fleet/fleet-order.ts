import type { FleetHost, FleetOrder, FleetQuery, FleetService, HostSight } from '#domain';

/** A host of the list, with what it is put in order by and nobody is told. */
export interface FleetRow {
  host: FleetHost;
  /** Since when the oldest of its worst alerts has its colour, milliseconds; infinity where none is open. */
  sinceMs: number;
  lastSeenMs: number;
}

type Compare = (a: FleetRow, b: FleetRow) => number;

const sightRank: Record<HostSight, number> = { red: 0, amber: 1, blind: 2, ok: 3 };

const byName: Compare = ({ host: a }, { host: b }) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0);

/** The largest first; what is not known comes last. */
const largest =
  (value: (host: FleetHost) => number | null | undefined): Compare =>
  (a, b) =>
    (value(b.host) ?? -1) - (value(a.host) ?? -1);

const highest = ({ cpu, mem, disk }: FleetHost) => Math.max(cpu ?? -1, mem ?? -1, disk?.usedPercent ?? -1);

/** Within one sight: what is worst first. */
const worstOf: Record<HostSight, Compare> = {
  red: (a, b) => b.host.red - a.host.red || a.sinceMs - b.sinceMs || b.host.amber - a.host.amber,
  amber: (a, b) => b.host.amber - a.host.amber || a.sinceMs - b.sinceMs,
  blind: (a, b) => a.lastSeenMs - b.lastSeenMs,
  ok: largest(highest),
};

const orders: Record<FleetOrder, Compare> = {
  trouble: (a, b) => sightRank[a.host.sight] - sightRank[b.host.sight] || worstOf[a.host.sight](a, b),
  host: byName,
  cpu: largest(({ cpu }) => cpu),
  mem: largest(({ mem }) => mem),
  disk: largest(({ disk }) => disk?.usedPercent),
  programs: largest(({ programs }) => programs),
  lastSeen: (a, b) => b.lastSeenMs - a.lastSeenMs,
};

/** The rows in an order; ties by name, so that it is always the same one. */
export function inOrder(rows: FleetRow[], order: FleetOrder): FleetRow[] {
  const compare = orders[order];
  return rows.toSorted((a, b) => compare(a, b) || byName(a, b));
}

/** Whether a question is about a host. */
export function fleetFilter({ match, service, state }: FleetQuery): (host: FleetHost) => boolean {
  const text = match?.toLowerCase();
  return (host) =>
    (service === undefined || (host.service ?? '') === service) &&
    (state === undefined || (state === 'trouble' ? host.sight !== 'ok' : host.sight === state)) &&
    (text === undefined ||
      host.host.toLowerCase().includes(text) ||
      (host.service?.toLowerCase().includes(text) ?? false));
}

/** The services of the hosts, by name, hosts of none last. */
export function servicesOf(hosts: FleetHost[]): FleetService[] {
  const groups = new Map<string | null, FleetHost[]>();
  for (const host of hosts) {
    const group = groups.get(host.service);
    if (group) group.push(host);
    else groups.set(host.service, [host]);
  }
  const services = [...groups].map(([service, members]) => ({
    service,
    hosts: members.length,
    ...sightCounts(members),
    cpu: meanOf(members, ({ cpu }) => cpu),
    mem: meanOf(members, ({ mem }) => mem),
    disk: meanOf(members, ({ disk }) => disk?.usedPercent ?? null),
    programs: members.reduce((sum, { programs }) => sum + programs, 0),
  }));
  return services.sort((a, b) => {
    if (a.service === null || b.service === null) return a.service === null ? 1 : -1;
    return a.service < b.service ? -1 : 1;
  });
}

/** How many of the hosts are in each sight that is not ok. */
export function sightCounts(hosts: FleetHost[]): Pick<FleetService, 'red' | 'amber' | 'blind'> {
  const counts = { red: 0, amber: 0, blind: 0, ok: 0 };
  for (const { sight } of hosts) counts[sight]++;
  return { red: counts.red, amber: counts.amber, blind: counts.blind };
}

/** Over those of which the value is known. */
function meanOf(hosts: FleetHost[], value: (host: FleetHost) => number | null): number | null {
  let sum = 0;
  let known = 0;
  for (const host of hosts) {
    const one = value(host);
    if (one === null) continue;
    sum += one;
    known++;
  }
  return known === 0 ? null : sum / known;
}
