import type { UnitUsage } from '#domain';
import { type Cell, type Column, table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { bytes, percent } from './server-tables.js';

const right = { align: 'right' as const };

const columns: Column[] = [
  { title: 'HOST', least: 10 },
  { title: 'UNIT', least: 16 },
  { title: 'KIND', importance: 3 },
  { title: 'PROCS', ...right, importance: 2 },
  { title: 'CPU %', ...right },
  { title: '% QUOTA', ...right, importance: 7 },
  { title: 'HELD BACK %', ...right, importance: 6 },
  { title: 'MEM', ...right },
  { title: 'LIMIT', ...right, importance: 8 },
  { title: '% LIMIT', ...right, importance: 10 },
  { title: 'OOM KILLS', ...right, importance: 9 },
  { title: 'TASKS', ...right, importance: 1 },
  { title: 'PROGRAMS', least: 10, importance: 5 },
];

/** Share of a limit at which it stands out, as the alarm's own limit, %. */
const HIGH = 80;

export function unitsTable(units: UnitUsage[], terminal: Terminal): string {
  return table(columns, units.map(cells), terminal);
}

function cells(one: UnitUsage): Cell[] {
  return [
    one.host,
    one.unit,
    one.kind,
    String(Math.round(one.processes)),
    percent(one.cpu),
    share(one.cpuShare),
    percent(one.throttled),
    bytes(one.memBytes),
    bytes(one.memLimitBytes),
    share(one.memShare),
    one.oomKills > 0 ? { text: `${one.oomKills}${one.victim === null ? '' : ` ${one.victim}`}`, paint: 'red' } : '0',
    one.pids === null ? '-' : String(Math.round(one.pids)),
    one.programs === undefined || one.programs.length === 0 ? '-' : one.programs.join(' '),
  ];
}

function share(value: number | null): Cell {
  return value !== null && value > HIGH ? { text: percent(value), paint: 'red' } : percent(value);
}
