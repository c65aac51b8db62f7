import { readSettings, serverTrust, serverUrl } from '../cli.config.js';
import type { Input } from '../command.js';
import { suggestion } from '#runtime/nearest-word';
import { Progress } from '../progress.js';
import type { Terminal } from '../terminal.js';
import { FleetCache } from './fleet-cache.js';
import { readFleet } from './fleet-reader.js';
import { judgeServer, type Limits, type ServerRow } from './fleet-tables.js';
import { JsonReader } from './json-reader.js';

export const DEFAULT_PARALLEL = 64;
export const DEFAULT_TIMEOUT_MS = 5000;

export interface Fleet {
  rows: ServerRow[];
  limits: Limits;
  /** True where `--service` names a service that no server says it belongs to. */
  serviceIsUnknown: boolean;
}

/** Reads the fleet that a command line means, judged and filtered; what was left out is said on stderr. */
export async function openFleet({ options }: Input, terminal: Terminal): Promise<Fleet> {
  const settings = readSettings(terminal.environment);
  const server = serverUrl(options, settings);
  const limits = { cpu: settings.CPU_LIMIT, memory: settings.MEMORY_LIMIT, healthyServers: settings.HEALTH_COUNT };
  const token = settings.AMBERWATCH_TOKEN;
  const reader = new JsonReader({
    parallel: (options['parallel'] as number | undefined) ?? DEFAULT_PARALLEL,
    timeoutMs: (options['timeout'] as number | undefined) ?? DEFAULT_TIMEOUT_MS,
    trust: serverTrust(settings),
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...settings.GET_REQ_HEADER },
  });
  const cache = new FleetCache({
    path: settings.DATA_JSON_PATH,
    maxAgeMs: settings.FREQ * 60_000,
    environment: terminal.environment,
    warn: (sentence) => terminal.err(`${sentence}\n`),
  });
  try {
    const fresh = options['fresh'] === true;
    const servers = await readFleet({ server, reader, cache, fresh, progress: new Progress(terminal), now: Date.now });
    const rows = servers.map((one) => judgeServer(one, limits));
    return { limits, ...filterByService(rows, options['service'] as string | undefined, terminal) };
  } finally {
    reader.close();
  }
}

function filterByService(rows: ServerRow[], service: string | undefined, terminal: Terminal) {
  if (service === undefined) return { rows, serviceIsUnknown: false };
  const kept = rows.filter((row) => row.service === service);
  const nameless = rows.filter((row) => row.service === null).length;
  if (kept.length === 0) {
    const names = new Set(rows.flatMap((row) => row.service ?? []));
    terminal.err(`No server says that it belongs to the service "${service}".${suggestion(service, names)}\n`);
  }
  if (nameless > 0) {
    terminal.err(`${nameless} of ${rows.length} servers are left out: they do not say which service they belong to.\n`);
  }
  return { rows: kept, serviceIsUnknown: kept.length === 0 };
}
