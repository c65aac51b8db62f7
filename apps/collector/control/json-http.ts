import { request as plainRequest, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { ServerTrust } from '#client/server-trust';
import { tlsWords } from '#client/tls-words';

export interface JsonCall {
  method: 'PUT' | 'POST';
  body: unknown;
  token?: string | undefined;
  trust?: ServerTrust | undefined;
  timeoutMs: number;
}

/** An answer other than a 2xx. */
export class AnswerError extends Error {
  constructor(readonly status: number) {
    super(`HTTP ${status}`);
  }
}

const MAX_ANSWER_BYTES = 64 * 1024;

/** Sends JSON and resolves with the parsed answer to a 2xx; rejects with a sentence for anything else. */
export function sendJson(url: URL, { method, body, token, trust, timeoutMs }: JsonCall): Promise<unknown> {
  const bytes = Buffer.from(JSON.stringify(body));
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': bytes.length,
  };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      reject(
        new Error(
          signal.aborted ? `no answer in ${timeoutMs / 1000} s` : (tlsWords(error) ?? (error.message || error.code)),
        ),
      );
    const sent =
      url.protocol === 'https:'
        ? secureRequest(url, { method, headers, signal, secureContext: trust?.context } as RequestOptions)
        : plainRequest(url, { method, headers, signal });
    sent.once('error', fail);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length <= MAX_ANSWER_BYTES) chunks.push(chunk);
      });
      response.once('error', fail);
      response.once('end', () => {
        const status = response.statusCode ?? 0;
        if (status < 200 || status >= 300) return reject(new AnswerError(status));
        resolve(parse(Buffer.concat(chunks).toString('utf8')));
      });
    });
    sent.end(bytes);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
