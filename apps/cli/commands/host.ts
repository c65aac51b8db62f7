import type { AmberwatchClient } from '#client';
import { CodedError, escapeForConsole, type HostState } from '#domain';
import { exitStatus, type Input, UsageError } from '../command.js';
import { suggestion } from '#runtime/nearest-word';
import { alertsTable, hostLines, programsTable } from '../server/server-tables.js';
import { allPages } from '#client/all-pages';
import { withServer } from '../server/with-server.js';
import { paint, type Terminal } from '../terminal.js';

/** What the server knows of one host: its state, the programs that use the most, its open alerts. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const name = input.words[0] as string;
  if (input.options['forget']) return forget(name, input, terminal);
  const rows = (input.options['rows'] as number | undefined) ?? 10;
  const { host, programs, alerts } = await withServer(input, terminal, async (client) => {
    const found = await findHost(client, name);
    const [usage, open] = await Promise.all([
      allPages(
        (cursor) => client.usage({ host: found.host, window: '60s', limit: 10_000, cursor }),
        (page) => page.programs,
      ),
      allPages(
        (cursor) => client.alerts({ host: found.host, limit: 1000, cursor }),
        (page) => page.alerts,
      ),
    ]);
    return { host: found, programs: usage, alerts: open };
  });
  programs.sort((a, b) => (b.cpuTotal ?? -1) - (a.cpuTotal ?? -1));
  programs.splice(rows);
  if (input.options['json']) {
    terminal.out(`${JSON.stringify({ ...host, processes: programs, alerts }, undefined, 2)}\n`);
    return exitStatus.fine;
  }
  const parts = [
    `${paint(escapeForConsole(host.host), 'bold', terminal)}\n${hostLines(host, Date.now()).map(escapeForConsole).join('\n')}\n`,
    programsTable(programs, terminal),
    ...(alerts.length > 0 ? [alertsTable(alerts, Date.now(), terminal)] : ['No open alerts.\n']),
  ];
  terminal.out(parts.join('\n'));
  return exitStatus.fine;
}

/** Nothing is asked back: a host that sends again is there again. */
async function forget(name: string, input: Input, terminal: Terminal): Promise<number> {
  await withServer(input, terminal, async (client) => {
    try {
      await client.forgetHost(name);
    } catch (error) {
      // The server's list has the nearest right name.
      if (error instanceof CodedError && error.code === 'NOT_FOUND') await findHost(client, name);
      throw error;
    }
  });
  if (input.options['json']) terminal.out(`${JSON.stringify({ host: name, forgotten: true })}\n`);
  else terminal.out(`${escapeForConsole(name)} is forgotten: its alerts end, its history stays until retention.\n`);
  return exitStatus.fine;
}

async function findHost(client: AmberwatchClient, name: string): Promise<HostState> {
  const hosts = await allPages(
    (cursor) => client.hosts({ limit: 10_000, cursor }),
    (page) => page.hosts,
  );
  const found = hosts.find(({ host }) => host === name);
  if (found) return found;
  const near = suggestion(
    name,
    hosts.map(({ host }) => host),
  );
  throw new UsageError(`The server has heard of no host "${name}".${near}`);
}
