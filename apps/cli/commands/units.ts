import type { AmberwatchClient } from '#client';
import { escapeForConsole, type UnitKind, type UnitOrder, type UnitPage } from '#domain';
import { exitStatus, type Input } from '../command.js';
import { findHost } from '../server/known-host.js';
import { unitsTable } from '../server/unit-table.js';
import { withServer } from '../server/with-server.js';
import type { Terminal } from '../terminal.js';

const DEFAULT_WINDOW_MS = 60_000;
const DEFAULT_ROWS = 100;

interface Options {
  order?: UnitOrder | 'name';
  kind?: UnitKind;
  filter?: string;
  at?: number;
  window?: number;
  rows?: number;
  json?: boolean;
}

/** What services, containers and pods use, against their own limits: those nearest to their memory limit first. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const [name] = input.words;
  const options = input.options as Options;
  const { page, host } = await withServer(input, terminal, async (client) => {
    const known = name === undefined ? undefined : (await findHost(client, name)).host;
    return { host: known, page: await read(client, known, options) };
  });
  const { units, next } = page;
  const more = next === undefined ? '' : `The first ${units.length}; --rows N shows more.\n`;
  if (options.json) terminal.out(`${JSON.stringify(units, undefined, 2)}\n`);
  else terminal.out(units.length === 0 ? `${whyNone(host, options)}\n` : unitsTable(units, terminal) + more);
  return exitStatus.fine;
}

async function read(client: AmberwatchClient, host: string | undefined, options: Options): Promise<UnitPage> {
  const { order = 'memShare', kind, filter, at, window = DEFAULT_WINDOW_MS, rows = DEFAULT_ROWS } = options;
  const query = {
    host,
    kind,
    match: filter,
    order: order === 'name' ? undefined : order,
    window: `${Math.max(1000, Math.round(window))}ms`,
    at: at === undefined ? undefined : new Date(at).toISOString(),
  };
  return client.units({ ...query, limit: rows });
}

function whyNone(host: string | undefined, { kind, filter }: Options): string {
  if (kind !== undefined || filter !== undefined) return 'No unit matches in this time.';
  const whose = host === undefined ? 'No collector of this server' : `The collector of ${escapeForConsole(host)}`;
  return (
    `${whose} sent units in this time: it needs a host with control groups (Linux, cgroup v1 or v2), a version that ` +
    `reads them, and /sys/fs/cgroup where it runs in a container.`
  );
}
