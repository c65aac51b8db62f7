import { AmberwatchClient } from '#client/amberwatch-client';
import type { Names } from '../command.js';
import { readSettings, serverTrust, serverUrl } from '../cli.config.js';
import { shortIds } from '../server/short-ids.js';
import type { Terminal } from '../terminal.js';
import type { Candidate, Cursor } from './cursor.js';

/** Longest that somebody who presses the Tab key waits for the server, milliseconds. */
const LIMIT_MS = 300;
/** Programs or units to choose from: of programs the largest, whose names hold what is typed. */
const PROGRAMS = 200;

/** Names that the server knows; none where it does not answer in time, and never an error. */
export async function serverNames(cursor: Cursor, current: string, terminal: Terminal): Promise<Candidate[]> {
  try {
    const settings = readSettings(terminal.environment);
    const { url, port } = cursor.options;
    const asked = port === undefined ? { url } : { port: Number(port) };
    const baseUrl = serverUrl(asked, settings).href;
    const trust = serverTrust(settings);
    const client = new AmberwatchClient({ baseUrl, token: settings.AMBERWATCH_TOKEN, trust, timeoutMs: LIMIT_MS });
    return await ask(client, cursor, current);
  } catch {
    return [];
  }
}

async function ask(client: AmberwatchClient, cursor: Cursor, current: string): Promise<Candidate[]> {
  const { names } = cursor;
  return names === undefined || names === 'file' ? [] : readers[names](client, cursor, current);
}

type Reader = (client: AmberwatchClient, cursor: Cursor, current: string) => Promise<Candidate[]>;

const readers: Record<Exclude<Names, 'file' | readonly string[]>, Reader> = {
  host: async (client) =>
    (await client.hosts()).hosts.map(({ host, service }) => ({ value: host, help: service ?? '' })),
  service: async (client) => {
    const services = (await client.hosts()).hosts.flatMap(({ service }) => service ?? []);
    return [...new Set(services)].map((value) => ({ value, help: '' }));
  },
  program: async (client, { host: named }, current) => {
    // A glob of hosts is none.
    const host = named !== undefined && /[*?\\]/.test(named) ? undefined : named;
    const match = current === '' ? undefined : current;
    const { programs } = await client.usage({ host, match, order: 'cpuTotal', limit: PROGRAMS });
    return [...new Set(programs.map(({ process }) => process))].map((value) => ({ value, help: '' }));
  },
  unit: async (client, { host: named }, current) => {
    const match = current === '' ? undefined : current;
    const { units } = await client.units({ host: named, match, limit: PROGRAMS });
    const kinds = new Map(units.map(({ unit, kind }) => [unit, kind]));
    return [...kinds].map(([value, kind]) => ({ value, help: kind }));
  },
  alert: async (client) => {
    const { alerts } = await client.alerts();
    const ids = shortIds(alerts.map(({ id }) => id));
    return alerts.map(({ id, color, host, process, unit, metric }) => ({
      value: ids.get(id) ?? id,
      help: `${color} ${host} ${process ?? unit ?? ''} ${metric}`.replace('  ', ' '),
    }));
  },
  token: async (client) => {
    const tokens = await client.everyToken();
    const ids = shortIds(tokens.map(({ id }) => id));
    return tokens.map(({ id, kind, name, hosts }) => ({
      value: ids.get(id) ?? id,
      help: `${kind} ${name ?? hosts?.join(' ') ?? ''}`.trim(),
    }));
  },
  silence: async (client) => {
    const { silences } = await client.silences();
    const ids = shortIds(silences.map(({ id }) => id));
    return silences.map(({ id, kind, by, why }) => ({ value: ids.get(id) ?? id, help: `${kind} by ${by}: ${why}` }));
  },
};
