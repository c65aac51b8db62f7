import type { ErrorReply, SessionState } from '#domain';
import { routes } from '#domain/routes';
import { noteAnswer, noteSilence } from './connection.js';

const ANSWER_MS = 15_000;

/** The server said no, and why. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** It asks for its token. */
export class NeedsToken extends Refused {}

/** No answer came, or none that was its own. */
export class Unreachable extends Error {}

export interface Question {
  method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
}

/**
 * Asks the server; the answer's JSON, undefined where it has none. A server that hangs is one that is away.
 *
 * @throws NeedsToken, Refused, Unreachable; what `signal` aborts rejects as `fetch` does
 */
export async function ask<Answer>(path: string, { method = 'GET', body, signal }: Question = {}): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (method !== 'GET' && !isSignIn(path, method)) Object.assign(headers, await csrfHeader(signal));
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) : AbortSignal.timeout(ANSWER_MS),
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    noteSilence();
    throw new Unreachable('The server does not answer.', { cause: error });
  }
  const answer = parsed(text);
  if (!response.ok) {
    const { code = 'UNKNOWN', message = `The server answered ${response.status}.` } = (answer ??
      {}) as Partial<ErrorReply>;
    // What stands between us and the server may answer for it.
    if (response.status >= 502) noteSilence();
    else noteAnswer();
    throw new (response.status === 401 ? NeedsToken : Refused)(response.status, code, message);
  }
  noteAnswer();
  return answer as Answer;
}

function isSignIn(path: string, method: Question['method']): boolean {
  return path === routes.session && method === 'PUT';
}

/**
 * What a change by cookie has to carry. Asked for each time, since another tab may have signed in anew; kept nowhere, so
 * that nothing else can read it.
 */
async function csrfHeader(signal: AbortSignal | undefined): Promise<Record<string, string>> {
  const { csrf } = await ask<SessionState>(routes.session, signal ? { signal } : {});
  return csrf === undefined ? {} : { 'x-csrf-token': csrf };
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A path with a query; what is undefined is left out, and an array stands there several times. */
export function withQuery(
  path: string,
  query: Record<string, string | number | boolean | readonly string[] | undefined>,
): string {
  const text = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of [value].flat()) text.append(key, String(one));
  }
  const search = text.toString();
  return search === '' ? path : `${path}?${search}`;
}
