import { exitStatus, type Input } from '../command.js';
import { calibrationText } from '../server/calibration-text.js';
import { scoreTable } from '../server/score-table.js';
import { withServer } from '../server/with-server.js';
import type { Terminal } from '../terminal.js';

/** How the predictions turned out, together, by rule, by what they are about and by host; or what they said was worth. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  if (input.options['calibration']) return calibration(input, terminal);
  const { host, since } = input.options as { host?: string; since?: number };
  const from = since === undefined ? undefined : new Date(Date.now() - since).toISOString();
  const board = await withServer(input, terminal, (client) => client.scores({ host, from }));
  if (input.options['json']) {
    terminal.out(`${JSON.stringify(board, undefined, 2)}\n`);
    return exitStatus.fine;
  }
  terminal.out(`${board.incidents} alerts since ${board.from}\n\n`);
  const rules = board.rules.map(({ rule, ...score }) => ({ name: rule, ...score }));
  terminal.out(scoreTable('rule', [{ name: 'all', ...board.total }, ...rules], terminal));
  const kinds = board.kinds.map(({ kind, ...score }) => ({
    name: kind === 'process' ? 'programs' : `${kind}s`,
    ...score,
  }));
  if (kinds.length > 1) terminal.out(`\n${scoreTable('about', kinds, terminal)}`);
  if (board.hosts.length === 0) return exitStatus.fine;
  const hosts = board.hosts.slice(0, 20).map(({ host: name, ...score }) => ({ name, ...score }));
  terminal.out(`\n${scoreTable('host', hosts, terminal)}`);
  return exitStatus.fine;
}

async function calibration(input: Input, terminal: Terminal): Promise<number> {
  const report = await withServer(input, terminal, (client) => client.calibration());
  terminal.out(input.options['json'] ? `${JSON.stringify(report, undefined, 2)}\n` : calibrationText(report, terminal));
  return exitStatus.fine;
}
