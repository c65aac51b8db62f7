import { lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { RefusedError, RetryLaterError } from './notifier.js';
import { addressProblem } from './safe-address.js';

const TIMEOUT_MS = 10_000;
/** How much of an answer is read; Slack answers with the whole message. */
const MAX_ANSWER_BYTES = 256 * 1024;
/** Answers after which another try with the same message is useless. */
const REFUSED = new Set([400, 413, 415, 422]);
/** Answers that may name a time before which another try is useless. */
const LATER = new Set([429, 503]);
/** No receiver is waited for longer at a time. */
const MAX_RETRY_AFTER_MS = 15 * 60_000;

export interface PostOptions {
  allowPrivate: boolean;
  method?: 'POST' | 'PUT';
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * POSTs JSON to an address that was checked: the name is resolved once, every address of it is checked, and the
 * connection goes to one of these. A redirect is a failure, because it would lead elsewhere. Resolves with the answer.
 *
 * @throws RefusedError where the receiver refuses the message itself; RetryLaterError where it says when to come back;
 *   Error where a later try may succeed
 */
export function postJson(target: string, body: string, options: PostOptions): Promise<string> {
  const url = new URL(target);
  const secure = url.protocol === 'https:';
  if (!secure && url.protocol !== 'http:') throw new Error(`${url.protocol} is neither http nor https`);
  const literal = url.hostname.replace(/^\[|\]$/g, '');
  const problem = isIP(literal) === 0 ? undefined : addressProblem(literal, options.allowPrivate);
  if (problem !== undefined) return Promise.reject(new Error(problem));
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  return new Promise((resolve, reject) => {
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method: options.method ?? 'POST',
      agent: false,
      lookup: checkedLookup(options.allowPrivate),
      signal,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'amberwatch',
        ...options.headers,
      },
    });
    request.on('error', (error) => reject(timeout.aborted ? new Error('no answer in time', { cause: error }) : error));
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_ANSWER_BYTES) response.destroy();
      });
      const { statusCode: status = 0, headers } = response;
      response.on('close', () => {
        const failure = problemOf(status, text, headers['retry-after']);
        if (failure) reject(failure);
        else resolve(text);
      });
      response.on('error', () => undefined);
    });
    request.end(body);
  });
}

function problemOf(status: number, text: string, retryAfter: string | undefined): Error | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return new Error(`it redirects (${status}), which is not followed`);
  const reason = `it answered ${status}${text === '' ? '' : ` ${JSON.stringify(text.slice(0, 200))}`}`;
  if (REFUSED.has(status)) return new RefusedError(reason);
  const afterMs = LATER.has(status) ? waitOf(retryAfter ?? retryAfterIn(text)) : undefined;
  return afterMs === undefined ? new Error(reason) : new RetryLaterError(reason, afterMs);
}

/** Telegram says it in the body (https://core.telegram.org/bots/api#responseparameters). */
function retryAfterIn(text: string): string | undefined {
  return /"retry_after":\s*(\d+)/.exec(text)?.[1];
}

/** Milliseconds of a `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). */
function waitOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.min(ms, MAX_RETRY_AFTER_MS));
}

/** Resolves a name and fails where any address of it may not be sent to. */
function checkedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const first = addresses?.[0];
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '');
      for (const { address } of addresses) {
        const problem = addressProblem(address, allowPrivate);
        if (problem !== undefined) return callback(new Error(`${hostname}: ${problem}`), '');
      }
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}
