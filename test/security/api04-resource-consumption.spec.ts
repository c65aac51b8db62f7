import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GuardedServer } from '../support/guarded-server.js';
import { waitUntil } from '../support/processes.js';

const { ADMIN } = GuardedServer;
/** As many as the server lets be open at once. */
const MAX_STREAMS = 500;
let server: GuardedServer;
beforeAll(async () => {
  server = await GuardedServer.start();
  await server.put(ADMIN, 'a'.repeat(250));
}, 90_000);
afterAll(() => server.stop());

describe('what costs more than it looks', () => {
  it.each([
    '/api/v1/history?host=a&name=b&metric=cpu&points=1000000000',
    '/api/v1/history?host=a&name=b&metric=cpu&limit=1000000000',
    '/api/v1/hosts?limit=1000000000',
    '/api/v1/usage?limit=99999999',
    '/api/v1/alerts?limit=99999999',
    '/api/v1/tokens?limit=99999999',
    '/api/v1/ranking?limit=99999999',
    '/api/v1/ranking?points=99999999',
    '/api/v1/samples?wait=999999',
    '/api/v1/history?host=a&name=b&metric=cpu&step=1ms&from=2000-01-01T00:00:00Z',
    `/api/v1/hosts?cursor=${'A'.repeat(5000)}`,
  ])('is refused: %s', async (path) => {
    expect(await server.ask(ADMIN, 'GET', path)).toMatchObject({ status: 400, code: 'INVALID' });
  });

  it('is a glob of many stars no more than any other, against the longest name', async () => {
    const match = { host: `${'*a'.repeat(120)}*b` };
    const answer = await server.ask(ADMIN, 'POST', '/api/v1/silences/preview', { body: { match } });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([200, expect.objectContaining({ hostCount: 0 })]);
    const token = await server.make({ kind: 'write', hosts: [match.host] });
    expect((await server.put(token.token, 'a'.repeat(250))).status).toBe(403);
  });

  it('is paid by nobody who has not shown a token: no body is read, unpacked or parsed', async () => {
    const bomb = gzipSync(Buffer.alloc(15 * 1024 * 1024, ' ')).toString('latin1');
    for (const { method, path } of await server.operations()) {
      if (method === 'GET' || path === '/api/v1/session') continue;
      const headers = ['Content-Type: application/json', 'Content-Encoding: gzip', 'Content-Length: 1000000000'];
      const answer = await server.ask(undefined, method, path, { headers, body: bomb.slice(0, 100) });
      expect([path, answer.status]).toEqual([path, 401]);
    }
  }, 60_000);

  it('is a stream: so many are served, the next are told to come again, and places become free', async () => {
    const gone = new AbortController();
    const open = async () => {
      const headers = { authorization: `Bearer ${ADMIN}` };
      const response = await fetch(`${server.app.url}/api/v1/stream`, { headers, signal: gone.signal });
      return response.status;
    };
    const statuses: number[] = [];
    for (let i = 0; i < MAX_STREAMS; i += 50) statuses.push(...(await Promise.all(Array.from({ length: 50 }, open))));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await open()).toBe(429);
    expect((await server.ask(ADMIN, 'GET', '/servers')).status).toBe(200);
    gone.abort();
    await waitUntil('a place is free', async () => {
      const probe = new AbortController();
      const headers = { authorization: `Bearer ${ADMIN}` };
      const { status } = await fetch(`${server.app.url}/api/v1/stream`, { headers, signal: probe.signal });
      probe.abort();
      return status === 200;
    });
  }, 120_000);

  it('is a list that a stranger could grow: labels, globs and reasons are bounded', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const long = 'x'.repeat(100_000);
    for (const [path, body] of [
      ['/api/v1/tokens', { kind: 'read', name: long }],
      ['/api/v1/tokens', { kind: 'write', hosts: Array.from({ length: 1000 }, (_, i) => `h${i}`) }],
      ['/api/v1/tokens', { kind: 'write', hosts: [long] }],
      ['/api/v1/silences', { match: { host: 'a' }, by: long, why: 'x', until: later }],
      ['/api/v1/silences', { match: { host: 'a' }, by: 'x', why: long, until: later }],
      ['/api/v1/silences', { match: { host: long }, by: 'x', why: 'x', until: later }],
    ] as const)
      expect(await server.ask(ADMIN, 'POST', path, { body })).toMatchObject({ status: 400, code: 'INVALID' });
  });
});
