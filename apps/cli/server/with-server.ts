import { AmberwatchClient, type ClientOptions, UnreachableError as ClientUnreachable } from '#client/amberwatch-client';
import { CodedError } from '#domain';
import { readSettings, serverTrust, serverUrl } from '../cli.config.js';
import { type Input, UnreachableError, UsageError } from '../command.js';
import type { Terminal } from '../terminal.js';

/** Longest wait for one answer of the server, in milliseconds. */
const ANSWER_MS = 15_000;

/**
 * Runs work against our server.
 *
 * @throws UnreachableError where the server is away, too busy or wants another token; UsageError where it refused values
 */
export async function withServer<Result>(
  { options }: Input,
  terminal: Terminal,
  work: (client: AmberwatchClient, server: ClientOptions) => Promise<Result>,
): Promise<Result> {
  const settings = readSettings(terminal.environment);
  const baseUrl = serverUrl(options, settings).href;
  try {
    const trust = serverTrust(settings);
    const server: ClientOptions = { baseUrl, token: settings.AMBERWATCH_TOKEN, trust, timeoutMs: ANSWER_MS };
    return await work(new AmberwatchClient(server), server);
  } catch (error) {
    throw asCliError(error);
  }
}

export function asCliError(error: unknown): unknown {
  if (error instanceof ClientUnreachable) return new UnreachableError(`${error.message}.`, { cause: error });
  if (!(error instanceof CodedError)) return error;
  if (error.code === 'UNAUTHORIZED') {
    return new UnreachableError('The server asks for a token: set AMBERWATCH_TOKEN to it.', { cause: error });
  }
  const refused = error.status < 500 && !error.retryable;
  return new (refused ? UsageError : UnreachableError)(error.message, { cause: error });
}
