import { userInfo } from 'node:os';
import type { Matcher, Silence } from '#domain';
import { exitStatus, type Input, UsageError } from '../command.js';
import { withServer } from '../server/with-server.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

const DEFAULT_FOR_MS = 3_600_000;

interface Options {
  host?: string;
  service?: string;
  process?: string;
  metric?: Matcher['metric'];
  for?: number;
  from?: string;
  by?: string;
  why?: string;
  json?: boolean;
}

/** Silences, maintenance windows and acknowledgements. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const [action, id] = input.words;
  const options = input.options as Options;
  const made = await withServer(input, terminal, async (client): Promise<Silence[]> => {
    switch (action) {
      case 'list':
        return (await client.silences()).silences;
      case 'add':
        return [await client.addSilence(newSilence(options))];
      case 'end':
        await client.endSilence(needed(id, 'end'));
        return [];
      case 'ack':
        return [
          await client.acknowledge(needed(id, 'ack'), {
            by: who(options),
            why: options.why ?? 'seen',
            until: options.for === undefined ? undefined : inMs(options.for),
          }),
        ];
      default:
        throw new UsageError(`There is silence list, add, end and ack, not "silence ${action}".`);
    }
  });
  if (options.json) terminal.out(`${JSON.stringify(made, undefined, 2)}\n`);
  else if (action === 'end') terminal.out('It ends now.\n');
  else if (made.length === 0) terminal.out('Nothing is silenced.\n');
  else terminal.out(silenceTable(made, terminal));
  return exitStatus.fine;
}

function newSilence(options: Options) {
  const { host, service, process, metric, from, why } = options;
  const match = { host, service, process, metric };
  if (Object.values(match).every((one) => one === undefined)) {
    throw new UsageError('Say what to silence: --host, --service, --process or --metric.');
  }
  if (from !== undefined && Number.isNaN(Date.parse(from))) throw new UsageError(`--from "${from}" is no time.`);
  const startMs = from === undefined ? Date.now() : Date.parse(from);
  const until = new Date(startMs + (options.for ?? DEFAULT_FOR_MS)).toISOString();
  const kind = from === undefined ? ('silence' as const) : ('maintenance' as const);
  const start = from === undefined ? undefined : new Date(startMs).toISOString();
  return { kind, match, by: who(options), why: why ?? 'no reason given', from: start, until };
}

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

function needed(id: string | undefined, action: string): string {
  if (id === undefined) throw new UsageError(`silence ${action} needs an id: amberwatch silence ${action} ID`);
  return id;
}

function who({ by }: Options): string {
  if (by !== undefined) return by;
  try {
    return userInfo().username;
  } catch {
    // An account without a name, as in some containers.
    throw new UsageError('Say who you are: --by NAME.');
  }
}

function silenceTable(silences: Silence[], terminal: Terminal): string {
  const columns = [
    { title: 'id', least: 8 },
    { title: 'kind', importance: 1 },
    { title: 'what', least: 10 },
    { title: 'from', importance: 2 },
    { title: 'until' },
    { title: 'by', least: 6, importance: 3 },
    { title: 'why', least: 10, importance: 4 },
  ];
  const rows = silences.map((one) => [
    one.id,
    one.kind,
    one.incident ??
      Object.entries(one.match)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
    one.from.slice(0, 19),
    one.until.slice(0, 19),
    one.by,
    one.why,
  ]);
  return table(columns, rows, terminal);
}
