import { exitStatus, type Input } from '../command.js';
import { scoreTable } from '../server/score-table.js';
import { withServer } from '../server/with-server.js';
import type { Terminal } from '../terminal.js';

/** How the predictions turned out, together, by rule and by host. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const { host, since } = input.options as { host?: string; since?: number };
  const from = since === undefined ? undefined : new Date(Date.now() - since).toISOString();
  const board = await withServer(input, terminal, (client) => client.scores({ host, from }));
  if (input.options['json']) {
    terminal.out(`${JSON.stringify(board, undefined, 2)}\n`);
    return exitStatus.fine;
  }
  terminal.out(`${board.incidents} alerts on programs since ${board.from}\n\n`);
  const rules = board.rules.map(({ rule, ...score }) => ({ name: rule, ...score }));
  terminal.out(scoreTable('rule', [{ name: 'all', ...board.total }, ...rules], terminal));
  if (board.hosts.length === 0) return exitStatus.fine;
  const hosts = board.hosts.slice(0, 20).map(({ host: name, ...score }) => ({ name, ...score }));
  terminal.out(`\n${scoreTable('host', hosts, terminal)}`);
  return exitStatus.fine;
}
