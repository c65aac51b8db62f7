import type { SilencePreview } from '#domain';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { alertCells, alertColumns } from './alert-table.js';
import { shortIds } from './short-ids.js';

/** Alerts that a preview shows one by one. */
const MOST = 10;

/** What a silence mutes, or would mute, of what is open now. */
export function previewText(preview: SilencePreview, done: boolean, terminal: Terminal): string {
  const { alertCount, alerts, hostCount } = preview;
  const open = `${alertCount} open ${alertCount === 1 ? 'alert' : 'alerts'}`;
  const hosts = `${hostCount} ${hostCount === 1 ? 'host' : 'hosts'}`;
  const head = `${done ? 'Mutes' : 'Would mute'} ${open}; it is about ${hosts}.\n`;
  if (hostCount === 0 && alertCount === 0) return `${head}No host that is known matches: is the pattern right?\n`;
  if (alertCount === 0) return head;
  const ids = shortIds(alerts.map(({ id }) => id));
  const rows = alerts.slice(0, MOST).map((alert) => alertCells(alert, ids));
  const more = alertCount > MOST ? `… and ${alertCount - MOST} more\n` : '';
  return `${head}${table(alertColumns, rows, terminal)}${more}`;
}
