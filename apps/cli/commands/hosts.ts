import { type Color, colorRank, formatDuration, type HostState } from '#domain';
import type { Input } from '../command.js';
import { paints } from '../server/alert-table.js';
import { blindLines, statusOf } from '../server/blindness.js';
import { allHosts, forgetHost } from '../server/known-host.js';
import { percent } from '../server/server-tables.js';
import { withServer } from '../server/with-server.js';
import { type Cell, table } from '../table.js';
import type { Terminal } from '../terminal.js';

type Counts = Record<Color, number>;

/** Every host, the worst first; exit status 1 where one is RED, 4 where the alarm may not see all. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const { service, forget, json } = input.options as { service?: string; forget?: string; json?: boolean };
  if (forget !== undefined) return forgetHost(forget, input, terminal);
  const [hosts, { alerts, blind }] = await withServer(input, terminal, (client) =>
    Promise.all([allHosts(client, { ...(service !== undefined && { service }) }), client.alarmState()]),
  );
  const counts = new Map<string, Counts>();
  for (const { host, color } of alerts) {
    const sum = counts.get(host) ?? { RED: 0, AMBER: 0, GREEN: 0 };
    sum[color] += 1;
    counts.set(host, sum);
  }
  hosts.sort((a, b) => rank(b) - rank(a) || (a.host < b.host ? -1 : 1));
  if (json) {
    const withCounts = hosts.map((host) => {
      const { RED: red = 0, AMBER: amber = 0 } = counts.get(host.host) ?? {};
      return { ...host, alerts: { red, amber } };
    });
    terminal.out(`${JSON.stringify(withCounts, undefined, 2)}\n`);
    terminal.err(blindLines(blind, terminal));
  } else {
    terminal.out(hosts.length === 0 ? 'No hosts.\n' : hostsTable(hosts, counts, Date.now(), terminal));
    terminal.out(blindLines(blind, terminal));
  }
  return statusOf(
    hosts.flatMap(({ color }) => color ?? []),
    blind,
  );
}

const rank = ({ color }: HostState) => colorRank[color ?? 'GREEN'];

function hostsTable(hosts: HostState[], counts: Map<string, Counts>, nowMs: number, terminal: Terminal): string {
  const right = { align: 'right' as const };
  const columns = [
    { title: 'COLOUR' },
    { title: 'HOST', least: 10 },
    { title: 'SERVICE', least: 8, importance: 3 },
    { title: 'STATUS' },
    { title: 'ALERTS', importance: 9 },
    { title: 'CPU %', ...right, importance: 8 },
    { title: 'MEM %', ...right, importance: 7 },
    { title: 'PROGRAMS', ...right, importance: 2 },
    { title: 'SEEN', ...right, importance: 6 },
    { title: 'INTERVAL', ...right, importance: 1 },
    { title: 'BACKLOG', ...right, importance: 5 },
    { title: 'CLOCK', ...right, importance: 4 },
  ];
  const rows = hosts.map((one): Cell[] => [
    one.color ? { text: one.color, paint: paints[one.color] } : '-',
    one.host,
    one.service ?? '-',
    one.status,
    countsText(counts.get(one.host)),
    percent(one.usage?.cpu),
    percent(one.usage?.mem),
    String(one.programs),
    formatDuration(Math.max(0, nowMs - Date.parse(one.lastSeen))),
    one.intervalMs === null ? '-' : formatDuration(one.intervalMs),
    one.backlog ? `${one.backlog} behind` : '-',
    clockText(one.clockOffsetMs),
  ]);
  return table(columns, rows, terminal);
}

/** `2 RED 1 AMBER`. */
function countsText(counts: Counts | undefined): string {
  if (!counts) return '-';
  const shown = (['RED', 'AMBER'] as const).filter((color) => counts[color] > 0);
  return shown.map((color) => `${counts[color]} ${color}`).join(' ');
}

/** How far a host's clock is ahead (+) or behind. */
function clockText(offsetMs: number | null): string {
  if (offsetMs === null) return 'right';
  return `${offsetMs < 0 ? '-' : '+'}${formatDuration(Math.abs(offsetMs))}`;
}
