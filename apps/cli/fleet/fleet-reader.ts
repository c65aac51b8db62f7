import { UnreachableError } from '../command.js';
import type { Progress } from '../progress.js';
import type { FleetCache } from './fleet-cache.js';
import type { JsonReader } from './json-reader.js';
import { addresses, readDetails, type ServerDetails } from './server-details.js';

export interface FleetServer extends ServerDetails {
  address: string;
}

export interface FleetSource {
  server: URL;
  reader: JsonReader;
  cache: FleetCache;
  /** Don't read the cache, only renew it. */
  fresh: boolean;
  progress: Progress;
  now: () => number;
}

/**
 * Every server of the fleet, in the order of `/servers`. What the cache has is not asked for again; a server that did not
 * answer well is never cached.
 *
 * @throws UnreachableError where the list itself can't be read
 */
export async function readFleet(source: FleetSource): Promise<FleetServer[]> {
  const url = source.server.href;
  const cached = source.fresh ? undefined : await source.cache.read(url, source.now());
  const list = cached?.addresses ?? (await readAddresses(source));
  const known = new Map(cached?.details);
  const missing = list.filter((address) => !known.has(address));
  if (missing.length > 0 || !cached) {
    const time = cached?.time ?? new Date(source.now()).toISOString();
    await readAll(source, missing, known);
    const details = [...known].filter(([, { reason }]) => reason === undefined);
    await source.cache.write({ source: url, time, addresses: list, details });
  }
  return list.map((address) => ({ address, ...(known.get(address) as ServerDetails) }));
}

async function readAddresses({ reader, server }: FleetSource): Promise<string[]> {
  const reading = await reader.read(pathOf(server, 'servers'), server);
  if ('reason' in reading) {
    const hint = reading.status === 401 ? ' Set AMBERWATCH_TOKEN to its token.' : '';
    throw new UnreachableError(`Can't read the servers from ${shown(server)}: ${reading.reason}.${hint}`);
  }
  const parsed = addresses.safeParse(reading.value);
  if (!parsed.success) {
    throw new UnreachableError(`${shown(server)}/servers answers something else than a list of addresses.`);
  }
  return [...new Set(parsed.data)];
}

async function readAll({ reader, server, progress }: FleetSource, list: string[], known: Map<string, ServerDetails>) {
  progress.start(list.length, 'servers');
  await Promise.all(
    list.map(async (address) => {
      const reading = await reader.read(pathOf(server, encodeURIComponent(address)), server);
      known.set(address, readDetails(reading));
      progress.step();
    }),
  );
  progress.end();
}

function pathOf(server: URL, last: string): string {
  return `${server.pathname.replace(/\/$/, '')}/${last}`;
}

function shown(server: URL): string {
  return server.origin + server.pathname.replace(/\/$/, '');
}
