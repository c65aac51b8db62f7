import { Injectable } from '@nestjs/common';
import {
  colorRank,
  type FleetHost,
  type FleetQuery,
  type FleetView,
  type HostSight,
  type HostState,
  type HostUsage,
  type Incident,
  subjectWords,
} from '#domain';
import { AlertBoard } from '../alerts/alert-board.js';
import { Incidents } from '../alerts/incidents.js';
import { Sight } from '../alerts/sight.js';
import { HostRegistry } from '../hosts/host-registry.js';
import { fleetFilter, type FleetRow, inOrder, servicesOf, sightCounts } from './fleet-order.js';

/** The open alerts of one host. */
interface Trouble {
  red: number;
  amber: number;
  /** In the worst colour that is there, the one that has it for longest. */
  worst: Incident;
}

/** The fleet at a glance: ranked and cut here, so that whoever looks at it is sent what is shown. */
@Injectable()
export class FleetBoard {
  constructor(
    private readonly hosts: HostRegistry,
    private readonly incidents: Incidents,
    private readonly board: AlertBoard,
    private readonly sight: Sight,
  ) {}

  view(query: FleetQuery, nowMs: number): FleetView {
    const rows = this.rows(nowMs);
    const wanted = fleetFilter(query);
    const matched = rows.filter(({ host }) => wanted(host));
    const hosts = matched.map(({ host }) => host);
    return {
      time: new Date(nowMs).toISOString(),
      ...this.board.summary(nowMs),
      counts: { hosts: rows.length, ...sightCounts(rows.map(({ host }) => host)) },
      matched: matched.length,
      hosts: inOrder(matched, query.order)
        .slice(0, query.limit)
        .map(({ host }) => host),
      services: servicesOf(hosts),
    };
  }

  private rows(nowMs: number): FleetRow[] {
    const troubles = troublesOf(this.incidents.open);
    const blind = this.sight.blindSpots(nowMs);
    return this.hosts.all(nowMs).map((state) => {
      const trouble = troubles.get(state.host);
      return {
        host: toHost(state, trouble, blind.all || blind.hosts.has(state.host)),
        sinceMs: trouble === undefined ? Infinity : Date.parse(trouble.worst.since),
        lastSeenMs: Date.parse(state.lastSeen),
      };
    });
  }
}

function troublesOf(incidents: Iterable<Incident>): Map<string, Trouble> {
  const troubles = new Map<string, Trouble>();
  for (const incident of incidents) {
    let trouble = troubles.get(incident.host);
    if (!trouble) troubles.set(incident.host, (trouble = { red: 0, amber: 0, worst: incident }));
    if (incident.color === 'RED') trouble.red++;
    if (incident.color === 'AMBER') trouble.amber++;
    if (isWorse(incident, trouble.worst)) trouble.worst = incident;
  }
  return troubles;
}

function isWorse(one: Incident, than: Incident): boolean {
  const difference = colorRank[one.color] - colorRank[than.color];
  return difference > 0 || (difference === 0 && one.since < than.since);
}

function toHost(state: HostState, trouble: Trouble | undefined, blind: boolean): FleetHost {
  const { usage } = state;
  return {
    host: state.host,
    service: state.service,
    sight: sightOf(trouble, blind),
    status: state.status,
    red: trouble?.red ?? 0,
    amber: trouble?.amber ?? 0,
    ...(trouble && { worst: subjectWords(trouble.worst) }),
    cpu: usage?.cpu ?? null,
    mem: usage?.mem ?? null,
    disk: fullestDisk(usage),
    programs: state.programs,
    lastSeen: state.lastSeen,
    lastTime: state.lastTime,
  };
}

function sightOf(trouble: Trouble | undefined, blind: boolean): HostSight {
  if (trouble && trouble.red > 0) return 'red';
  if (trouble && trouble.amber > 0) return 'amber';
  return blind ? 'blind' : 'ok';
}

function fullestDisk(usage: HostUsage | null): FleetHost['disk'] {
  const [first, ...others] = usage?.disks ?? [];
  if (first === undefined) return null;
  const { path, usedPercent } = others.reduce((full, one) => (one.usedPercent > full.usedPercent ? one : full), first);
  return { path, usedPercent };
}
