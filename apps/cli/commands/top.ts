import type { AmberwatchClient } from '#client';
import type { ProgramUsage } from '#domain';
import { exitStatus, type Input } from '../command.js';
import { delay } from '../delay.js';
import { programsTable } from '../server/server-tables.js';
import { allPages } from '#client/all-pages';
import { withServer } from '../server/with-server.js';
import { paint, type Terminal } from '../terminal.js';

type Sort = 'cpu' | 'mem' | 'rss' | 'count' | 'name';

interface Choice {
  host: string | undefined;
  sort: Sort;
  windowMs: number;
  everyMs: number;
  rows: number;
}

/** Lines above the table: title, an empty line and the table's head, and one below for the cursor. */
const OTHER_LINES = 4;

/** A table of the programs that use the most, again and again until q or Ctrl-C; once where the output is no terminal. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const { host, sort = 'cpu', window = 60_000, every = 2000, rows } = input.options;
  const choice: Choice = {
    host: host as string | undefined,
    sort: sort as Sort,
    windowMs: window as number,
    everyMs: Math.max(250, every as number),
    rows: (rows as number | undefined) ?? Math.max(5, (terminal.rows ?? 24) - OTHER_LINES),
  };
  const once = input.options['once'] === true || input.options['json'] === true || terminal.columns === undefined;
  return withServer(input, terminal, async (client) => {
    if (!once) return live(client, choice, terminal);
    const programs = await largest(client, choice);
    if (input.options['json']) terminal.out(`${JSON.stringify(programs, undefined, 2)}\n`);
    else terminal.out(programsTable(programs, terminal));
    return exitStatus.fine;
  });
}

async function live(client: AmberwatchClient, choice: Choice, terminal: Terminal): Promise<number> {
  const signal = terminal.untilStopped();
  terminal.out('\u001b[?1049h\u001b[?25l');
  const keys = terminal.onKey(['q', '\u0003']);
  try {
    while (!signal.aborted && !keys.pressed.aborted) {
      const programs = await largest(client, choice);
      const title = `amberwatch top  ${new Date().toISOString().slice(11, 19)}Z  by ${choice.sort}  q quits`;
      const text = `${paint(title, 'bold', terminal)}\n\n${programsTable(programs, terminal)}`;
      terminal.out(`\u001b[H${text.replaceAll('\n', '\u001b[K\n')}\u001b[J`);
      await delay(choice.everyMs, AbortSignal.any([signal, keys.pressed]));
    }
  } finally {
    keys.end();
    terminal.out('\u001b[?25h\u001b[?1049l');
  }
  return exitStatus.fine;
}

async function largest(client: AmberwatchClient, { host, sort, windowMs, rows }: Choice): Promise<ProgramUsage[]> {
  const window = `${Math.max(1, Math.round(windowMs / 1000))}s`;
  const programs = await allPages(
    (cursor) => client.usage({ host, window, limit: 10_000, cursor }),
    (page) => page.programs,
    1_000_000,
  );
  const key = { cpu: 'cpuTotal', mem: 'memTotal', rss: 'rssBytes', count: 'count' } as const;
  if (sort === 'name') programs.sort((a, b) => (a.process < b.process ? -1 : a.process > b.process ? 1 : 0));
  else programs.sort((a, b) => (b[key[sort]] ?? -1) - (a[key[sort]] ?? -1));
  return programs.slice(0, rows);
}
