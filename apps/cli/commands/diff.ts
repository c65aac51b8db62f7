import type { AmberwatchClient } from '#client';
import { allPages } from '#client/all-pages';
import type { ProgramUsage } from '#domain';
import { exitStatus, type Input, UsageError } from '../command.js';
import { readMoment } from '../moment.js';
import { findHost } from '../server/known-host.js';
import { bytes } from '../server/server-tables.js';
import { clockText } from '../server/time-range.js';
import {
  changeOnHost,
  type ChangeOrder,
  compareUsage,
  difference,
  sizeOf,
  type UsageChange,
} from '../server/usage-change.js';
import { withServer } from '../server/with-server.js';
import { type Cell, table } from '../table.js';
import { paint, type Terminal } from '../terminal.js';

const DEFAULT_WINDOW_MS = 5 * 60_000;
const DEFAULT_ROWS = 20;
/** The longest window that the server adds up. */
const LONGEST_MS = 48 * 3_600_000;
/** Changes of less than this, in % or processes, are noise. */
const LEAST = 1;
/** Most that the server tells of one host. */
const MOST_CHANGES = 10_000;

interface Span {
  fromMs: number;
  toMs: number;
}

interface Compared {
  /** Programs that ran in each of the two. */
  programs: [before: number, after: number];
  /** The largest first. */
  changes: UsageChange[];
}

/** What changed between two moments or ranges: programs that came, went, restarted, grew or shrank, the largest change first. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const {
    host,
    window = DEFAULT_WINDOW_MS,
    rows = DEFAULT_ROWS,
    sort = 'usage',
    json,
  } = input.options as {
    host?: string;
    window?: number;
    rows?: number;
    sort?: ChangeOrder;
    json?: boolean;
  };
  const nowMs = Date.now();
  const [a, b] = input.words.map((word, i) => readSpan(i === 0 ? 'A' : 'B', word, window, nowMs)) as [Span, Span];
  const compared = await withServer(input, terminal, async (client) =>
    host === undefined
      ? comparedHere(client, a, b, sort)
      : comparedThere(client, (await findHost(client, host)).host, a, b, sort),
  );
  const changes = compared.changes.filter((change) => sizeOf(change, sort) >= LEAST || isOther(change));
  const spans = [a, b].map(({ fromMs, toMs }) => ({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
  }));
  if (json) {
    terminal.out(`${JSON.stringify({ a: spans[0], b: spans[1], changes }, undefined, 2)}\n`);
    return exitStatus.fine;
  }
  const [before, after] = compared.programs;
  for (const [title, span, programs] of [
    ['A', a, before],
    ['B', b, after],
  ] as const) {
    const many = programs === 0 ? 'no samples of that time' : `${programs} programs`;
    terminal.out(
      `${paint(title, 'bold', terminal)}  ${clockText(span.fromMs)} – ${clockText(span.toMs)} UTC, ${many}\n`,
    );
  }
  if (before === 0 || after === 0) return exitStatus.fine;
  const shown = changes.slice(0, rows);
  terminal.out(
    shown.length === 0
      ? '\nNothing changed by 1 % or more.\n'
      : `\n${changesTable(shown, host !== undefined, terminal)}`,
  );
  if (changes.length > rows) terminal.out(`… and ${changes.length - rows} smaller changes (--rows)\n`);
  return exitStatus.fine;
}

/** Whether it is not the same program any more, however little it uses. */
const isOther = ({ change }: UsageChange) => change === 'came' || change === 'went' || change === 'restarted';

/** One host the server compares, which knows what was restarted. */
async function comparedThere(
  client: AmberwatchClient,
  host: string,
  a: Span,
  b: Span,
  order: ChangeOrder,
): Promise<Compared> {
  const time = (ms: number) => new Date(ms).toISOString();
  // Both ends belong to a time here.
  const base = { baseFrom: time(a.fromMs), baseTo: time(a.toMs + 1) };
  const { changes } = await client.changes({
    host,
    ...base,
    from: time(b.fromMs),
    to: time(b.toMs + 1),
    order,
    limit: MOST_CHANGES,
  });
  return {
    programs: [changes.filter((one) => one.before).length, changes.filter((one) => one.after).length],
    changes: changes.map((one) => changeOnHost(host, one)),
  };
}

async function comparedHere(client: AmberwatchClient, a: Span, b: Span, order: ChangeOrder): Promise<Compared> {
  const [before, after] = await Promise.all([usageIn(client, a), usageIn(client, b)]);
  return { programs: [before.length, after.length], changes: compareUsage(before, after, order) };
}

/** `TIME`, the window that ends there, or `TIME..TIME`. */
function readSpan(what: string, text: string, windowMs: number, nowMs: number): Span {
  const [first = '', last, ...more] = text.split('..');
  const toMs = readMoment(what, last ?? first, nowMs);
  const fromMs = last === undefined ? toMs - windowMs : readMoment(what, first, nowMs);
  if (more.length > 0 || fromMs >= toMs)
    throw new UsageError(`${what} must be a time or a range such as 02:00..03:00, not "${text}".`);
  if (toMs - fromMs > LONGEST_MS) throw new UsageError(`${what} must be at most 48h long.`);
  return { fromMs, toMs };
}

/** Every program counts, because the one that came or went may be any of them. */
function usageIn(client: AmberwatchClient, { fromMs, toMs }: Span): Promise<ProgramUsage[]> {
  const window = `${Math.max(1, Math.round((toMs - fromMs) / 1000))}s`;
  const query = { window, at: new Date(toMs).toISOString(), limit: 10_000 };
  return allPages(
    (cursor) => client.usage({ ...query, cursor }),
    (page) => page.programs,
    1_000_000,
  );
}

const paints = { came: 'yellow', restarted: 'yellow', grew: 'red', went: 'dim', shrank: 'green', same: 'dim' } as const;

function changesTable(changes: UsageChange[], ofOneHost: boolean, terminal: Terminal): string {
  const right = { align: 'right' as const };
  const columns = [
    { title: 'CHANGE' },
    ...(ofOneHost ? [] : [{ title: 'HOST', least: 8 }]),
    { title: 'PROGRAM', least: 10 },
    { title: 'CPU %', ...right, importance: 5 },
    { title: 'BY', ...right },
    { title: 'MEM %', ...right, importance: 4 },
    { title: 'BY', ...right },
    { title: 'RSS', ...right, importance: 1 },
    { title: 'COUNT', ...right, importance: 2 },
    { title: 'BY', ...right, importance: 3 },
  ];
  const rows = changes.map((one): Cell[] => [
    { text: one.change, paint: paints[one.change] },
    ...(ofOneHost ? [] : [one.host]),
    one.process,
    pair(one.cpu, (value) => value.toFixed(1)),
    signed(difference(one.cpu), 1),
    pair(one.mem, (value) => value.toFixed(1)),
    signed(difference(one.mem), 1),
    pair(one.rssBytes, bytes),
    pair(one.count, (value) => String(Math.round(value))),
    signed(difference(one.count), 0),
  ]);
  return table(columns, rows, terminal);
}

function pair([before, after]: [number | null, number | null], text: (value: number) => string): string {
  return `${before === null ? '-' : text(before)} → ${after === null ? '-' : text(after)}`;
}

function signed(value: number, digits: number): string {
  const shown = value.toFixed(digits);
  return value > 0 ? `+${shown}` : Number(shown) === 0 ? '0' : shown;
}
