import type { AmberwatchClient } from '#client';
import { escapeForConsole, type ProgramUsage, type UsageOrder } from '#domain';
import { exitStatus, type Input } from '../command.js';
import { alertsTable } from '../server/alert-table.js';
import { findHost, forgetHost } from '../server/known-host.js';
import { hostLines, programsTable } from '../server/server-tables.js';
import { shortIds } from '../server/short-ids.js';
import { allPages } from '#client/all-pages';
import { withServer } from '../server/with-server.js';
import { paint, type Terminal } from '../terminal.js';

const DEFAULT_ROWS = 10;

/** What the server knows of one host: its state, the programs that use the most cpu and memory, its open alerts. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const name = input.words[0] as string;
  if (input.options['forget']) return forgetHost(name, input, terminal);
  const rows = (input.options['rows'] as number | undefined) ?? DEFAULT_ROWS;
  const { state, byCpu, byMemory, alerts, open } = await withServer(input, terminal, async (client) => {
    const found = await findHost(client, name);
    const { host } = found;
    const [cpu, memory, ofHost, all] = await Promise.all([
      largestOf(client, host, 'cpuTotal', rows),
      largestOf(client, host, 'memTotal', rows),
      allPages(
        (cursor) => client.alerts({ host, limit: 1000, cursor }),
        (page) => page.alerts,
      ),
      client.alarmState(),
    ]);
    return { state: found, byCpu: cpu, byMemory: memory, alerts: ofHost, open: all.alerts };
  });
  if (input.options['json']) {
    const more = byMemory.filter(({ process }) => !byCpu.some((one) => one.process === process));
    terminal.out(`${JSON.stringify({ ...state, processes: [...byCpu, ...more], alerts }, undefined, 2)}\n`);
    return exitStatus.fine;
  }
  const head = (text: string) => paint(text, 'bold', terminal);
  const parts = [
    `${head(escapeForConsole(state.host))}\n${hostLines(state, Date.now()).map(escapeForConsole).join('\n')}\n`,
    `${head('Most cpu')}\n${programsTable(byCpu, terminal, true)}`,
    `${head('Most memory')}\n${programsTable(byMemory, terminal, true)}`,
    alerts.length > 0
      ? alertsTable(alerts, shortIds(open.map(({ id }) => id)), Date.now(), terminal)
      : 'No open alerts.\n',
  ];
  terminal.out(parts.join('\n'));
  return exitStatus.fine;
}

async function largestOf(
  client: AmberwatchClient,
  host: string,
  order: UsageOrder,
  limit: number,
): Promise<ProgramUsage[]> {
  return (await client.usage({ host, window: '60s', order, limit })).programs;
}
