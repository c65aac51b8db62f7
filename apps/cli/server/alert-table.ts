import { type Alert, formatDuration, untilBreach } from '#domain';
import { type Cell, type Column, table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { percent } from './server-tables.js';

const right = { align: 'right' as const };
export const paints = { RED: 'red', AMBER: 'yellow', GREEN: 'green' } as const;

/** What says which alert it is. */
export const alertColumns: Column[] = [
  { title: 'ID' },
  { title: 'COLOUR' },
  { title: 'HOST', least: 8 },
  { title: 'PROGRAM', least: 10 },
  { title: 'METRIC', least: 6 },
];

type Named = Pick<Alert, 'id' | 'color' | 'host' | 'process' | 'unit' | 'metric' | 'device'>;

/** @param ids short ones, by whole id */
export function alertCells(alert: Named, ids: ReadonlyMap<string, string>): Cell[] {
  return [
    ids.get(alert.id) ?? alert.id,
    { text: alert.color, paint: paints[alert.color] },
    alert.host,
    alert.process ?? alert.unit ?? '(the host)',
    metricOf(alert),
  ];
}

/** @param ids short ones, by whole id */
export function alertsTable(alerts: Alert[], ids: Map<string, string>, nowMs: number, terminal: Terminal): string {
  const columns = [
    ...alertColumns,
    { title: 'NOW', ...right },
    { title: 'PEAK', ...right, importance: 2 },
    { title: 'LIMIT', ...right, importance: 1 },
    { title: 'FOR', ...right, importance: 4 },
    { title: 'STATE', least: 8, importance: 5 },
    { title: 'WHY', least: 12, importance: 3 },
  ];
  const rows = alerts.map((alert): Cell[] => [
    ...alertCells(alert, ids),
    percent(valueNow(alert)),
    percent(alert.peak),
    percent(alert.limit),
    formatDuration(Math.max(0, nowMs - Date.parse(alert.since))),
    stateOf(alert, nowMs),
    alert.breach ? predicted(alert.breach, alert.limit, nowMs) : alert.reason,
  ]);
  return table(columns, rows, terminal);
}

/** `cpu`, `disk /var`. */
export function metricOf({ metric, device }: Pick<Alert, 'metric' | 'device'>): string {
  return device === undefined ? metric : `${metric} ${device}`;
}

/** The value at the newest tick; where nobody has told it, and of what is over, that of the newest change. */
function valueNow({ closed, current, value }: Alert): number | null {
  return closed === null && current !== undefined ? current : value;
}

/** Who keeps it quiet, and what its colour alone does not say; `-` where there is nothing. */
export function stateOf({ acknowledged, silenced, flapping, belowSince }: Alert, nowMs: number): string {
  const states = [
    ...(acknowledged ? [`ack ${acknowledged.by}`] : []),
    ...(silenced ? [`silenced ${silenced.by}`] : []),
    ...(flapping ? ['flapping'] : []),
    ...(belowSince === undefined ? [] : [`below for ${formatDuration(Math.max(0, nowMs - Date.parse(belowSince)))}`]),
  ];
  return states.join(', ') || '-';
}

/** `80 % in 12 min (9–17), 64 % likely`; the three times in one unit. */
export function predicted(breach: NonNullable<Alert['breach']>, limit: number | null, nowMs: number): string {
  const level = limit === null ? 'breach' : `${Number(limit.toFixed(1))} %`;
  return `${level} ${untilBreach(breach, nowMs)}, ${Math.round(breach.probability * 100)} % likely`;
}
