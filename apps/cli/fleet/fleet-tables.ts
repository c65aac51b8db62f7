import { type Cell, table } from '../table.js';
import type { Terminal } from '../terminal.js';
import type { FleetServer } from './fleet-reader.js';

export interface Limits {
  /** %, a server above one of them is unhealthy. */
  cpu: number;
  memory: number;
  /** A service with fewer healthy servers is unhealthy. */
  healthyServers: number;
}

export type ServerStatus = 'healthy' | 'unhealthy' | 'unknown';

export interface ServerRow extends FleetServer {
  status: ServerStatus;
}

export interface ServiceAverage {
  service: string;
  servers: number;
  /** Servers that say nothing usable; no mean includes them. */
  unknown: number;
  cpu: number | null;
  memory: number | null;
}

export interface ServiceHealth {
  /** null: servers that do not say which service they belong to. */
  service: string | null;
  healthy: number;
  unhealthy: number;
  unknown: number;
}

/** Healthy only where both values are there and neither is over its limit. */
export function judgeServer(server: FleetServer, limits: Limits): ServerRow {
  if (server.reason !== undefined || server.cpu === null || server.memory === null) {
    return { ...server, status: 'unknown' };
  }
  const healthy = server.cpu <= limits.cpu && server.memory <= limits.memory;
  return { ...server, status: healthy ? 'healthy' : 'unhealthy' };
}

/** Mean of what the servers of each service say, by name of the service. */
export function averageByService(rows: ServerRow[]): ServiceAverage[] {
  return byService(rows).flatMap(([service, servers]) => {
    if (service === null) return [];
    const unknown = servers.filter(({ status }) => status === 'unknown').length;
    return [{ service, servers: servers.length, unknown, cpu: mean(servers, 'cpu'), memory: mean(servers, 'memory') }];
  });
}

/** Services with too few healthy servers; servers without a service count as one that is never healthy. */
export function unhealthyServices(rows: ServerRow[], limits: Limits): ServiceHealth[] {
  return byService(rows)
    .map(([service, servers]) => {
      const count = (status: ServerStatus) => servers.filter((server) => server.status === status).length;
      return { service, healthy: count('healthy'), unhealthy: count('unhealthy'), unknown: count('unknown') };
    })
    .filter(({ service, healthy }) => service === null || healthy < limits.healthyServers);
}

function byService(rows: ServerRow[]): [string | null, ServerRow[]][] {
  const services = new Map<string | null, ServerRow[]>();
  for (const row of rows) {
    const servers = services.get(row.service);
    if (servers) servers.push(row);
    else services.set(row.service, [row]);
  }
  return [...services].toSorted(([a], [b]) => (a === null ? 1 : b === null ? -1 : a < b ? -1 : 1));
}

function mean(servers: ServerRow[], key: 'cpu' | 'memory'): number | null {
  const values = servers.flatMap((server) => (server[key] === null ? [] : [server[key]]));
  if (values.length === 0) return null;
  return Math.round((values.reduce((sum, value) => sum + value, 0) / values.length) * 100) / 100;
}

const percent = (value: number | null) => (value === null ? '-' : `${value} %`);
const paints = { healthy: 'green', unhealthy: 'red', unknown: 'yellow' } as const;

export function serversTable(rows: ServerRow[], terminal: Terminal): string {
  const columns = [
    { title: 'SERVER', least: 15 },
    { title: 'SERVICE', least: 8, importance: 1 },
    { title: 'CPU', align: 'right' as const },
    { title: 'MEMORY', align: 'right' as const },
    { title: 'STATUS', least: 7 },
  ];
  const cells = rows.map(({ address, service, cpu, memory, status, reason }): Cell[] => {
    const text = reason === undefined ? status : `${status}: ${reason}`;
    return [address, service ?? '-', percent(cpu), percent(memory), { text, paint: paints[status] }];
  });
  return table(columns, cells, terminal);
}

export function averagesTable(averages: ServiceAverage[], terminal: Terminal): string {
  const columns = [
    { title: 'SERVICE', least: 8 },
    { title: 'SERVERS', align: 'right' as const, importance: 2 },
    { title: 'CPU', align: 'right' as const },
    { title: 'MEMORY', align: 'right' as const },
    { title: 'UNKNOWN', align: 'right' as const, importance: 1 },
  ];
  const cells = averages.map(({ service, servers, cpu, memory, unknown }) => [
    service,
    String(servers),
    percent(cpu),
    percent(memory),
    String(unknown),
  ]);
  return table(columns, cells, terminal);
}

export function unhealthyTable(services: ServiceHealth[], terminal: Terminal): string {
  const columns = [
    { title: 'SERVICE', least: 8 },
    { title: 'HEALTHY', align: 'right' as const },
    { title: 'UNHEALTHY', align: 'right' as const, importance: 2 },
    { title: 'UNKNOWN', align: 'right' as const, importance: 1 },
  ];
  const cells = services.map(({ service, healthy, unhealthy, unknown }): Cell[] => [
    { text: service ?? '(not known)', paint: 'red' },
    String(healthy),
    String(unhealthy),
    String(unknown),
  ]);
  return table(columns, cells, terminal);
}
