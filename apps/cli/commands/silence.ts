import { userInfo } from 'node:os';
import type { AmberwatchClient } from '#client/amberwatch-client';
import { type AlarmState, holdsAt, matches, type Matcher, type Silence } from '#domain';
import { exitStatus, type Input, UsageError } from '../command.js';
import { allHosts } from '../server/known-host.js';
import { previewText } from '../server/silence-preview.js';
import { shortIds } from '../server/short-ids.js';
import { withServer } from '../server/with-server.js';
import { type Cell, table } from '../table.js';
import type { Terminal } from '../terminal.js';

const DEFAULT_FOR_MS = 3_600_000;

interface Options {
  host?: string;
  service?: string;
  process?: string;
  unit?: string;
  metric?: Matcher['metric'];
  for?: number;
  from?: string;
  by?: string;
  why?: string;
  json?: boolean;
  'dry-run'?: boolean;
}

interface Made {
  silences: Silence[];
  /** What is printed before them. */
  text: string;
}

/** Silences, maintenance windows and acknowledgements; ids may be as short as they are unambiguous. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const [action, id = ''] = input.words;
  const options = input.options as Options;
  await withServer(input, terminal, async (client) => {
    switch (action) {
      case 'add':
        return add(client, options, terminal);
      case 'end':
        await client.endSilence(id);
        terminal.out(options.json ? '[]\n' : 'It ends now.\n');
        return;
      case 'ack': {
        const until = options.for === undefined ? undefined : inMs(options.for);
        const made = await client.acknowledge(id, { by: who(options), why: options.why ?? 'seen', until });
        return show(client, { silences: [made], text: '' }, options, terminal);
      }
      default: {
        const { silences } = await client.silences();
        return show(client, { silences, text: '' }, options, terminal);
      }
    }
  });
  return exitStatus.fine;
}

/** Says what it mutes, then does it. */
async function add(client: AmberwatchClient, options: Options, terminal: Terminal): Promise<void> {
  const silence = newSilence(options);
  const preview = await client.previewSilence(silence.match);
  if (options['dry-run']) {
    terminal.out(options.json ? `${JSON.stringify(preview, undefined, 2)}\n` : previewText(preview, false, terminal));
    return;
  }
  const made = await client.addSilence(silence);
  await show(client, { silences: [made], text: previewText(preview, true, terminal) }, options, terminal);
}

async function show(
  client: AmberwatchClient,
  { silences, text }: Made,
  { json }: Options,
  terminal: Terminal,
): Promise<void> {
  if (json) terminal.out(`${JSON.stringify(silences, undefined, 2)}\n`);
  else if (silences.length === 0) terminal.out('Nothing is silenced.\n');
  else terminal.out(`${text}${text && '\n'}${await silenceTable(client, silences, terminal)}`);
}

function newSilence(options: Options) {
  const { host, service, process, unit, metric, from, why } = options;
  const match = { host, service, process, unit, metric };
  if (Object.values(match).every((one) => one === undefined)) {
    throw new UsageError('Say what to silence: --host, --service, --process, --unit or --metric.');
  }
  if (from !== undefined && Number.isNaN(Date.parse(from))) throw new UsageError(`--from "${from}" is no time.`);
  const startMs = from === undefined ? Date.now() : Date.parse(from);
  const until = new Date(startMs + (options.for ?? DEFAULT_FOR_MS)).toISOString();
  const kind = from === undefined ? ('silence' as const) : ('maintenance' as const);
  const start = from === undefined ? undefined : new Date(startMs).toISOString();
  return { kind, match, by: who(options), why: why ?? 'no reason given', from: start, until };
}

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

function who({ by }: Options): string {
  if (by !== undefined) return by;
  try {
    return userInfo().username;
  } catch {
    // An account without a name, as in some containers.
    throw new UsageError('Say who you are: --by NAME.');
  }
}

async function silenceTable(client: AmberwatchClient, silences: Silence[], terminal: Terminal): Promise<string> {
  const [state, all, hosts] = await Promise.all([
    client.alarmState(),
    client.silences({ state: 'all' }),
    silences.some(({ match }) => match.service !== undefined) ? allHosts(client) : [],
  ]);
  const services = new Map(hosts.map(({ host, service }) => [host, service]));
  const ids = shortIds([...all.silences, ...silences].map(({ id }) => id));
  const alertIds = shortIds(state.alerts.map(({ id }) => id));
  const nowMs = Date.now();
  const columns = [
    { title: 'ID' },
    { title: 'KIND', least: 4, importance: 1 },
    { title: 'WHAT', least: 10 },
    { title: 'MUTES', align: 'right' as const },
    { title: 'FROM', importance: 2 },
    { title: 'UNTIL (UTC)', least: 11 },
    { title: 'BY', least: 5, importance: 4 },
    { title: 'WHY', least: 8, importance: 3 },
  ];
  const rows = silences.map((one): Cell[] => [
    ids.get(one.id) ?? one.id,
    one.kind,
    whatOf(one, alertIds),
    holdsAt(one, nowMs) ? String(state.alerts.filter((alert) => mutes(one, alert, services)).length) : '-',
    one.from.slice(0, 16).replace('T', ' '),
    one.until.slice(0, 16).replace('T', ' '),
    one.by,
    one.why,
  ]);
  return table(columns, rows, terminal);
}

function whatOf({ incident, match }: Silence, alertIds: Map<string, string>): string {
  if (incident !== undefined) return `alert ${alertIds.get(incident) ?? incident}`;
  return Object.entries(match)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

/** Whether it keeps an open alert quiet. */
function mutes(one: Silence, alert: AlarmState['alerts'][number], services: Map<string, string | null>): boolean {
  if (one.incident !== undefined) return alert.acknowledged?.id === one.id;
  return matches(one.match, { ...alert, service: services.get(alert.host) });
}
