import type { Input } from '../command.js';
import { order } from '../server/control-command.js';
import type { Terminal } from '../terminal.js';

/** Lets a collector or a service pause. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  return order(input, { status: 'pause' }, 'pause is ordered', terminal);
}
