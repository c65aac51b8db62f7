import { formatDuration, type HostState, type ProgramUsage } from '#domain';
import { type Column, table } from '../table.js';
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

/** What a program uses, or several of them added up. */
export type Used = Pick<ProgramUsage, 'count' | 'cpuTotal' | 'cpuMax' | 'memTotal' | 'rssBytes'>;

export const usedColumns: Column[] = [
  { title: 'COUNT', ...right, importance: 2 },
  { title: 'CPU %', ...right },
  { title: 'MAX %', ...right, importance: 1 },
  { title: 'MEM %', ...right, importance: 4 },
  { title: 'RSS', ...right, importance: 3 },
];

export function usedCells({ count, cpuTotal, cpuMax, memTotal, rssBytes }: Used): string[] {
  return [String(Math.round(count)), percent(cpuTotal), percent(cpuMax), percent(memTotal), bytes(rssBytes)];
}

const programColumns: Column[] = [{ title: 'HOST', least: 10 }, { title: 'PROGRAM', least: 12 }, ...usedColumns];
const unitColumn: Column = { title: 'UNIT', least: 10, importance: 0 };

/** Columns of `programCells`; that of the unit where one of the programs is in any. */
export function columnsOf(programs: ProgramUsage[]): Column[] {
  return programs.some(({ unit }) => unit !== undefined) ? [...programColumns, unitColumn] : programColumns;
}

export function programCells(one: ProgramUsage): string[] {
  return [one.host, one.process, ...usedCells(one), one.unit ?? '-'];
}

/** Programs like top shows processes: cpu and memory of all processes of a name on a host together. */
export function programsTable(programs: ProgramUsage[], terminal: Terminal, ofOneHost = false): string {
  const first = ofOneHost ? 1 : 0;
  const rows = programs.map((one) => programCells(one).slice(first));
  return table(columnsOf(programs).slice(first), rows, terminal);
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
