import { formatDuration, type HostState, type ProgramUsage } from '#domain';
import { type Cell, table } from '../table.js';
import type { Terminal } from '../terminal.js';

const right = { align: 'right' as const };

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
export function programsTable(programs: ProgramUsage[], terminal: Terminal, ofOneHost = false): string {
  const columns = [
    ...(ofOneHost ? [] : [{ title: 'HOST', least: 10 }]),
    { title: 'PROGRAM', least: 12 },
    { title: 'COUNT', ...right, importance: 2 },
    { title: 'CPU %', ...right },
    { title: 'MAX %', ...right, importance: 1 },
    { title: 'MEM %', ...right, importance: 4 },
    { title: 'RSS', ...right, importance: 3 },
  ];
  const rows = programs.map((one): Cell[] => [
    ...(ofOneHost ? [] : [one.host]),
    one.process,
    String(Math.round(one.count)),
    percent(one.cpuTotal),
    percent(one.cpuMax),
    percent(one.memTotal),
    bytes(one.rssBytes),
  ]);
  return table(columns, rows, terminal);
}

/** A few lines about one host. */
export function hostLines(host: HostState, nowMs: number): string[] {
  const { usage } = host;
  const seen = formatDuration(Math.max(0, nowMs - Date.parse(host.lastSeen)));
  return [
    ...(host.color ? [`colour    ${host.color}`] : []),
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
