import { request as plainRequest } from 'node:http';
import { text } from 'node:stream/consumers';

const ANSWER_LIMIT_MS = 5_000;

/** What an instance answers to `--health`. */
export interface InstanceAnswer {
  ok: boolean;
  text: string;
}

/**
 * The answer of an instance on this machine, for `--health`. Its certificate is not checked: it is made for the name that
 * others know, nothing secret is sent, and an expired one is what the health of clients shows.
 *
 * @throws Error with a sentence for people where none comes
 */
export async function askInstance(url: string): Promise<InstanceAnswer> {
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
  try {
    const secure = url.startsWith('https:') ? (await import('node:https')).request : undefined;
    return await new Promise((resolve, reject) => {
      const request = (secure ?? plainRequest)(url, { signal, agent: false, rejectUnauthorized: false });
      request.once('error', reject);
      request.once('response', (response) => {
        const { statusCode = 0 } = response;
        text(response).then((body) => resolve({ ok: statusCode >= 200 && statusCode < 300, text: body }), reject);
      });
      request.end();
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = signal.aborted ? `no answer within ${ANSWER_LIMIT_MS / 1000} s` : (code ?? message);
    throw new Error(`Nothing answers at ${url} (${why}); is it running, and on this port?`, { cause: error });
  }
}
