import { exitStatus, type Input } from '../command.js';
import { openFleet } from '../fleet/fleet-command.js';
import { serversTable } from '../fleet/fleet-tables.js';
import type { Terminal } from '../terminal.js';

/** Table of servers: address, service, cpu, memory, status. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const { rows } = await openFleet(input, terminal);
  terminal.out(input.options['json'] ? `${JSON.stringify(rows, undefined, 2)}\n` : serversTable(rows, terminal));
  return exitStatus.fine;
}
