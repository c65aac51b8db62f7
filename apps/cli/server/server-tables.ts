import { formatDuration, type HostState, type Incident, type ProgramUsage } from '#domain';
import { type Cell, table } from '../table.js';
import type { Terminal } from '../terminal.js';

const right = { align: 'right' as const };
const paints = { RED: 'red', AMBER: 'yellow', GREEN: 'green' } as const;

export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : value.toFixed(1);
}

/** `1.2G`, `340M`: as top shows memory. */
export function bytes(value: number | null): string {
  if (value === null) return '-';
  const units = ['B', 'K', 'M', 'G', 'T', 'P'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  const scaled = value / 1024 ** power;
  return `${scaled < 10 && power > 0 ? scaled.toFixed(1) : Math.round(scaled)}${units[power]}`;
}

/** Programs like top shows processes: cpu and memory of all processes of a name on a host together. */
export function programsTable(programs: ProgramUsage[], terminal: Terminal): string {
  const columns = [
    { title: 'HOST', least: 10 },
    { title: 'PROGRAM', least: 12 },
    { title: 'COUNT', ...right, importance: 2 },
    { title: 'CPU %', ...right },
    { title: 'MAX %', ...right, importance: 1 },
    { title: 'MEM %', ...right, importance: 4 },
    { title: 'RSS', ...right, importance: 3 },
  ];
  const rows = programs.map((one): Cell[] => [
    one.host,
    one.process,
    String(Math.round(one.count)),
    percent(one.cpuTotal),
    percent(one.cpuMax),
    percent(one.memTotal),
    bytes(one.rssBytes),
  ]);
  return table(columns, rows, terminal);
}

export function alertsTable(alerts: Incident[], nowMs: number, terminal: Terminal): string {
  const columns = [
    { title: 'COLOUR' },
    { title: 'HOST', least: 10 },
    { title: 'PROGRAM', least: 12 },
    { title: 'METRIC' },
    { title: 'VALUE', ...right },
    { title: 'LIMIT', ...right, importance: 1 },
    { title: 'FOR', ...right, importance: 3 },
    { title: 'WHY', least: 10, importance: 2 },
  ];
  const rows = alerts.map((alert): Cell[] => [
    { text: alert.color, paint: paints[alert.color] },
    alert.host,
    alert.process ?? '(the host)',
    alert.device ? `${alert.metric} ${alert.device}` : alert.metric,
    percent(alert.value),
    percent(alert.limit),
    formatDuration(Math.max(0, nowMs - Date.parse(alert.since))),
    why(alert, nowMs),
  ]);
  return table(columns, rows, terminal);
}

function why({ breach, reason }: Incident, nowMs: number): string {
  if (!breach) return reason;
  return `${reason} in ${formatDuration(Math.max(0, Date.parse(breach.at) - nowMs))}`;
}

/** A few lines about one host. */
export function hostLines(host: HostState, nowMs: number): string[] {
  const { usage } = host;
  const seen = formatDuration(Math.max(0, nowMs - Date.parse(host.lastSeen)));
  return [
    `status    ${host.status}, seen ${seen} ago`,
    `service   ${host.service ?? '-'}`,
    `interval  ${host.intervalMs === null ? '-' : formatDuration(host.intervalMs)}`,
    `programs  ${host.programs}`,
    ...(usage
      ? [
          `cpu       ${percent(usage.cpu)} %${usage.cores === undefined ? '' : ` of ${usage.cores} cores`}`,
          `memory    ${percent(usage.mem)} % of ${bytes(usage.memTotalBytes)}`,
          ...(usage.disks ?? []).map((disk) => `disk      ${percent(disk.usedPercent)} % of ${disk.path}`),
        ]
      : []),
  ];
}
