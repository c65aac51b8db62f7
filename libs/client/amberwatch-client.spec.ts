import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from './amberwatch-client.js';

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** A client of a server that gives one answer to everything. */
async function clientOf(status: number, answer: unknown): Promise<AmberwatchClient> {
  server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new AmberwatchClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

describe('a client that is older than its server', () => {
  it('reads an answer without the keys that it does not know', async () => {
    const client = await clientOf(200, { services: [], region: 'north' });
    await expect(client.heartbeats()).resolves.toEqual({ services: [] });
  });

  it.each([
    [409, 'INVALID', false],
    [507, 'INTERNAL', true],
  ])('takes an error %i with a code that it does not know for one of its kind', async (status, code, retryable) => {
    const client = await clientOf(status, { statusCode: status, code: 'BRAND_NEW', message: 'Said so.', hint: 1 });
    await expect(client.heartbeats()).rejects.toMatchObject({ code, retryable, message: 'Said so.' });
  });

  it('still refuses what is wrong in a key that it knows', async () => {
    const client = await clientOf(200, { services: 'none' });
    await expect(client.heartbeats()).rejects.toThrow(/what this version can't read: services/);
  });
});
