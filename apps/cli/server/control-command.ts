import { hostname, userInfo } from 'node:os';
import { nearestWord } from '#runtime/nearest-word';
import { type ControlRequest, type ControlState, escapeForConsole, heartbeatService } from '#domain';
import { exitStatus, type Input, UsageError } from '../command.js';
import type { Terminal } from '../terminal.js';
import { withServer } from './with-server.js';

/** Sends one order to a host's collector, or with `--service` to alarm or prediction, and says when it takes effect. */
export async function order(input: Input, request: ControlRequest, what: string, terminal: Terminal): Promise<number> {
  const name = input.words[0] as string;
  const signed = { ...request, by: caller() };
  const state = await withServer(input, terminal, (client): Promise<ControlState> => {
    if (!input.options['service']) return client.controlHost(name, signed);
    const service = heartbeatService.safeParse(name);
    if (service.success) return client.controlService(service.data, signed);
    const near = nearestWord(name, heartbeatService.options);
    throw new UsageError(`--service takes alarm or prediction, not "${name}".${near ? ` Did you mean ${near}?` : ''}`);
  });
  const until = state.pending ? '; it obeys as soon as it asks the server again' : '';
  if (input.options['json']) terminal.out(`${JSON.stringify(state)}\n`);
  else terminal.out(`${escapeForConsole(name)}: ${what}${until}\n`);
  return exitStatus.fine;
}

/** Who types here, for the server's record of changes. */
function caller(): string {
  try {
    return `${userInfo().username}@${hostname()}`.slice(0, 200);
  } catch {
    // A user without an entry in the password file, as in some containers.
    return hostname().slice(0, 200);
  }
}
