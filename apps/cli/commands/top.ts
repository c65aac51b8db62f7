import { exitStatus, type Input } from '../command.js';
import { columnsOf } from '../server/server-tables.js';
import { withServer } from '../server/with-server.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { LiveTop } from '../top/live-top.js';
import { read, requestOf } from '../top/top-reader.js';
import { rowsOf, treeColumns } from '../top/top-rows.js';
import { firstState, type Sort, type Tree } from '../top/top-state.js';
import { visibleRows } from '../top/top-view.js';

const DEFAULT_EVERY_MS = 2000;
const SHORTEST_EVERY_MS = 250;

interface Options {
  host?: string;
  sort?: Sort;
  filter?: string;
  tree?: Tree;
  at?: number;
  rows?: number;
  window?: number;
  every?: number;
  once?: boolean;
  json?: boolean;
}

/** The programs that use the most, again and again until it is left; once where the output is no terminal. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const options = input.options as Options;
  const { sort, tree, host, filter, at: atMs, window: windowMs } = options;
  const state = firstState({ sort, tree, host, filter, atMs, windowMs });
  if (!options.once && !options.json && terminal.columns !== undefined) {
    const everyMs = Math.max(SHORTEST_EVERY_MS, options.every ?? DEFAULT_EVERY_MS);
    await withServer(input, terminal, (client) => new LiveTop(client, state, everyMs, terminal).run());
    return exitStatus.fine;
  }
  const limit = options.rows ?? visibleRows(terminal);
  const request = requestOf(state, limit);
  const reading = await withServer(input, terminal, (client) => read(client, request, terminal.untilStopped()));
  if (options.json) {
    const list = state.tree === 'none' ? reading.programs : reading.hosts.slice(0, limit);
    terminal.out(`${JSON.stringify(list, undefined, 2)}\n`);
    return exitStatus.fine;
  }
  const columns = state.tree === 'none' ? columnsOf(reading.programs) : treeColumns;
  const rows = rowsOf(state, reading).slice(0, limit);
  terminal.out(
    table(
      columns,
      rows.map(({ cells }) => cells),
      terminal,
    ),
  );
  return exitStatus.fine;
}
