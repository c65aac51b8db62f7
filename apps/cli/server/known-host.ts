import type { AmberwatchClient } from '#client/amberwatch-client';
import { allPages } from '#client/all-pages';
import { CodedError, escapeForConsole, type HostState } from '#domain';
import { exitStatus, type Input, UsageError } from '../command.js';
import { suggestion } from '#runtime/nearest-word';
import type { Terminal } from '../terminal.js';
import { withServer } from './with-server.js';

/** @throws UsageError with the nearest right name, where the server has heard of no such host */
export async function findHost(client: AmberwatchClient, name: string): Promise<HostState> {
  try {
    return await client.host(name);
  } catch (error) {
    throw await unknownHost(client, name, error);
  }
}

/** Nothing is asked back: a host that sends again is there again. */
export async function forgetHost(name: string, input: Input, terminal: Terminal): Promise<number> {
  await withServer(input, terminal, async (client) => {
    try {
      await client.forgetHost(name);
    } catch (error) {
      throw await unknownHost(client, name, error);
    }
  });
  if (input.options['json']) terminal.out(`${JSON.stringify({ host: name, forgotten: true })}\n`);
  else terminal.out(`${escapeForConsole(name)} is forgotten: its alerts end, its history stays until retention.\n`);
  return exitStatus.fine;
}

/** The server's list has the nearest right name. */
async function unknownHost(client: AmberwatchClient, name: string, error: unknown): Promise<unknown> {
  if (!(error instanceof CodedError) || error.code !== 'NOT_FOUND') return error;
  const hosts = await allHosts(client);
  const near = suggestion(
    name,
    hosts.map(({ host }) => host),
  );
  return new UsageError(`The server has heard of no host "${name}".${near}`, { cause: error });
}

export function allHosts(client: AmberwatchClient, query: { service?: string } = {}): Promise<HostState[]> {
  return allPages(
    (cursor) => client.hosts({ ...query, limit: 10_000, cursor }),
    (page) => page.hosts,
  );
}
