import { colorRank, type Incident } from '#domain';
import { exitStatus, type Input } from '../command.js';
import { alertsTable } from '../server/server-tables.js';
import { allPages } from '#client/all-pages';
import { withServer } from '../server/with-server.js';
import type { Terminal } from '../terminal.js';

/** Alerts of the server, the worst first; exit status 1 where an open one is RED. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const { host, state, color } = input.options as Record<string, string | undefined>;
  const alerts = await withServer(input, terminal, (client) =>
    allPages(
      (cursor) => client.alerts({ host, state, color, limit: 1000, cursor }),
      (page) => page.alerts,
    ),
  );
  alerts.sort(worstFirst);
  if (input.options['json']) terminal.out(`${JSON.stringify(alerts, undefined, 2)}\n`);
  else if (alerts.length === 0) terminal.out('No alerts.\n');
  else terminal.out(alertsTable(alerts, Date.now(), terminal));
  const red = alerts.some((alert) => alert.color === 'RED' && alert.closed === null);
  return red ? exitStatus.unhealthy : exitStatus.fine;
}

function worstFirst(a: Incident, b: Incident): number {
  return colorRank[b.color] - colorRank[a.color] || (a.since < b.since ? 1 : -1);
}
