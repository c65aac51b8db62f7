import { type Alert, colorRank } from '#domain';
import { allPages } from '#client/all-pages';
import { type Input, UsageError } from '../command.js';
import { alertsTable } from '../server/alert-table.js';
import { blindFor, blindLines, statusOf } from '../server/blindness.js';
import { shortIds } from '../server/short-ids.js';
import { withServer } from '../server/with-server.js';
import type { Terminal } from '../terminal.js';

interface Options {
  host?: string;
  state?: 'open' | 'closed' | 'all';
  color?: string;
  json?: boolean;
  watch?: boolean;
}

/** Alerts of the server, the worst first; exit status 1 where an open one is RED, 4 where the alarm may not see all. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const { host, state = 'open', color, json = false, watch } = input.options as Options;
  if (watch) {
    if (state !== 'open') throw new UsageError(`--watch follows open alerts; it can't follow --state ${state}.`);
    const { watchAlerts } = await import('../server/watch-alerts.js');
    const watched = { json, ...(host !== undefined && { host }), ...(color !== undefined && { color }) };
    return withServer(input, terminal, (client, server) => watchAlerts(client, server, watched, terminal));
  }
  const [alerts, now] = await withServer(input, terminal, (client) =>
    Promise.all([
      allPages(
        (cursor) => client.alerts({ host, state, color, limit: 1000, cursor }),
        (page) => page.alerts,
      ),
      client.alarmState(),
    ]),
  );
  alerts.sort(worstFirst);
  const blind = state === 'closed' ? [] : blindFor(now, host);
  if (json) {
    terminal.out(`${JSON.stringify(alerts, undefined, 2)}\n`);
    terminal.err(blindLines(blind, terminal));
  } else {
    const ids = shortIds([...now.alerts, ...alerts].map(({ id }) => id));
    terminal.out(alerts.length === 0 ? 'No alerts.\n' : alertsTable(alerts, ids, Date.now(), terminal));
    terminal.out(blindLines(blind, terminal));
  }
  return statusOf(
    alerts.filter(({ closed }) => closed === null).map((alert) => alert.color),
    blind,
  );
}

function worstFirst(a: Alert, b: Alert): number {
  return colorRank[b.color] - colorRank[a.color] || (a.since < b.since ? 1 : -1);
}
