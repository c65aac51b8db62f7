import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ServerTrust } from './server-trust.js';

/** The part of `fetch` that is used here. */
export type Fetch = (
  url: string,
  init: { method?: string; headers?: Record<string, string>; body?: string | undefined; signal: AbortSignal },
) => Promise<Response>;

/** Statuses of answers that have no body, which a `Response` takes none for. */
const EMPTY = new Set([204, 205, 304]);

/**
 * `fetch` for servers that are known by files: Node's own takes no authority and no certificate of a client. A redirect is a
 * failure.
 */
export function trustedFetch(trust: ServerTrust): Fetch {
  const agent = new Agent({ keepAlive: true });
  return (url, { method, headers, body, signal }) => {
    if (!url.startsWith('https:')) return fetch(url, { method, headers, body, signal, redirect: 'error' });
    return new Promise((resolve, reject) => {
      const options = { method, signal, agent, secureContext: trust.context };
      const sent = request(url, { ...options, headers: { 'accept-encoding': 'gzip', ...headers } });
      sent.once('error', (error) => reject(signal.aborted ? signal.reason : error));
      sent.once('response', (response) => {
        const { statusCode: status = 0 } = response;
        if (status >= 300 && status < 400) {
          response.destroy();
          reject(new Error(`it redirects (${status})`));
        } else resolve(asResponse(status, response));
      });
      sent.end(body);
    });
  };
}

function asResponse(status: number, response: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) headers.set(name, String(value));
  if (EMPTY.has(status)) {
    response.resume();
    return new Response(null, { status, headers });
  }
  const isPacked = response.headers['content-encoding'] === 'gzip';
  const body = isPacked ? pipeline(response, createGunzip(), () => undefined) : response;
  return new Response(Readable.toWeb(body) as ReadableStream, { status, headers });
}
