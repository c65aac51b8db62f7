import { lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { RefusedError } from './notifier.js';
import { addressProblem } from './safe-address.js';

const TIMEOUT_MS = 10_000;
/** How much of an answer is read, for the reason of a failure. */
const MAX_ANSWER_BYTES = 4_096;
/** Answers after which another try with the same message is useless. */
const REFUSED = new Set([400, 413, 415, 422]);

export interface PostOptions {
  allowPrivate: boolean;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * POSTs JSON to an address that was checked: the name is resolved once, every address of it is checked, and the
 * connection goes to one of these. A redirect is a failure, because it would lead elsewhere.
 *
 * @throws RefusedError where the receiver refuses the message itself; Error where a later try may succeed
 */
export function postJson(target: string, body: string, options: PostOptions): Promise<void> {
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
      method: 'POST',
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
      response.on('close', () => settle(response.statusCode ?? 0, text, resolve, reject));
      response.on('error', () => undefined);
    });
    request.end(body);
  });
}

function settle(status: number, text: string, resolve: () => void, reject: (error: Error) => void): void {
  if (status >= 200 && status < 300) return resolve();
  if (status >= 300 && status < 400) return reject(new Error(`it redirects (${status}), which is not followed`));
  const reason = `it answered ${status}${text === '' ? '' : ` ${JSON.stringify(text.slice(0, 200))}`}`;
  reject(REFUSED.has(status) ? new RefusedError(reason) : new Error(reason));
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
