import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface MetadataAnswer {
  body: string;
  headers: IncomingHttpHeaders;
}

/** Asks the metadata service; undefined for anything but a 200 in time. */
export type Ask = (
  path: string,
  options?: { method?: string; headers?: Record<string, string> },
) => Promise<MetadataAnswer | undefined>;

const MAX_BYTES = 256 * 1024;

/** Asks one address directly, never through a proxy, until the signal is aborted. */
export function askAt(baseUrl: string, signal: AbortSignal): Ask {
  const agent = new Agent({ keepAlive: false });
  return (path, { method = 'GET', headers = {} } = {}) =>
    new Promise((resolve) => {
      const sent = request(new URL(path, baseUrl), { method, headers, agent, signal });
      sent.once('error', () => resolve(undefined));
      sent.once('response', (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > MAX_BYTES) sent.destroy(new Error('too long'));
          else chunks.push(chunk);
        });
        response.once('error', () => resolve(undefined));
        response.once('end', () => {
          const body = Buffer.concat(chunks).toString('utf8').trim();
          resolve(response.statusCode === 200 ? { body, headers: response.headers } : undefined);
        });
      });
      sent.end();
    });
}
