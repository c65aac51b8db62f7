import { exitStatus, type Input } from '../command.js';
import { openFleet } from '../fleet/fleet-command.js';
import { averageByService, averagesTable } from '../fleet/fleet-tables.js';
import type { Terminal } from '../terminal.js';

/** Mean cpu and memory by service. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const { rows } = await openFleet(input, terminal);
  const averages = averageByService(rows);
  const nameless = rows.filter(({ service }) => service === null).length;
  if (nameless > 0) terminal.err(`${nameless} of ${rows.length} servers do not say which service they belong to.\n`);
  terminal.out(
    input.options['json'] ? `${JSON.stringify(averages, undefined, 2)}\n` : averagesTable(averages, terminal),
  );
  return exitStatus.fine;
}
