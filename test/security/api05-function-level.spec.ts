import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GuardedServer } from '../support/guarded-server.js';

const { ADMIN } = GuardedServer;
let server: GuardedServer;
let read: string;
beforeAll(async () => {
  server = await GuardedServer.start();
  read = (await server.make({ kind: 'read' })).token;
  await server.put(ADMIN, 'web-1');
}, 90_000);
afterAll(() => server.stop());

const exists = async () => (await server.hosts()).includes('web-1');

/** Ways to write the path of the route that forgets a host. */
const spellings = [
  '/api/v1/hosts/web-1',
  '/api/v1/hosts/web-1/',
  '/api/v1/hosts/web%2d1',
  '/api/v1/h%6fsts/web-1',
  '/%61pi/v1/hosts/web-1',
  '//api/v1/hosts/web-1',
  '/API/V1/HOSTS/web-1',
  '/api/v1/hosts//web-1',
  '/api/v1/./hosts/web-1',
  '/api/v1/x/../hosts/web-1',
  '/health/live/../../api/v1/hosts/web-1',
  '/api/docs/../v1/hosts/web-1',
  '/api/docs/..%2fv1%2fhosts%2fweb-1',
  '/assets/..%2f..%2fapi%2fv1%2fhosts%2fweb-1',
  '/api/v1/hosts;x=/web-1',
  '/api/v1/hosts/web-1;/health/live',
  '/api/v1/hosts/web-1?x=/health/live',
  '/api/v1/hosts/web-1#/health/live',
  '/api/v1/hosts\\web-1',
  '/api/v1/hosts/web-1%00',
  '/api/v1/hosts/web-1%20',
  'http://localhost/api/v1/hosts/web-1',
  'http://localhost/health/live/../../api/v1/hosts/web-1',
];

describe('who may only read', () => {
  it('changes nothing by any route', async () => {
    for (const { method, path } of await server.operations('web-1')) {
      if (method === 'GET' || path === '/api/v1/session') continue;
      const answer = await server.ask(read, method, path, { body: {} });
      expect([method, path, answer.status, answer.code]).toEqual([method, path, 403, 'FORBIDDEN']);
    }
    expect(await exists()).toBe(true);
  });

  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X-Original-Method'])(
    'does not by a method in %s',
    async (header) => {
      for (const token of [read, undefined]) {
        for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
          await server.ask(token, method, '/api/v1/hosts/web-1', { headers: [`${header}: DELETE`] });
          await server.ask(token, method, '/api/v1/hosts/web-1?_method=DELETE', { headers: [`${header}: DELETE`] });
        }
      }
      expect(await exists()).toBe(true);
    },
  );

  it.each(['X-Original-URL', 'X-Rewrite-URL', 'X-Forwarded-Prefix', 'X-Forwarded-Uri'])(
    'reaches no other route by a path in %s',
    async (header) => {
      const answer = await server.ask(undefined, 'GET', '/health/live', { headers: [`${header}: /servers`] });
      expect(JSON.parse(answer.body)).toEqual({ status: 'ok' });
      await server.ask(read, 'DELETE', '/health/live', { headers: [`${header}: /api/v1/hosts/web-1`] });
      expect(await exists()).toBe(true);
    },
  );
});

describe('however a path is written', () => {
  it.each(spellings)('%s is open to nobody without a token, and to no change with one to read', async (path) => {
    for (const method of ['GET', 'HEAD', 'DELETE', 'PUT', 'OPTIONS']) {
      const { status, body } = await server.ask(undefined, method, path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body).not.toContain('nginx');
    }
    for (const method of ['DELETE', 'PUT', 'POST'])
      expect((await server.ask(read, method, path)).status).toBeGreaterThanOrEqual(400);
    expect(await exists()).toBe(true);
  });

  it('a request that is smuggled behind another is none, or asked for its own token', async () => {
    const smuggled = 'DELETE /api/v1/hosts/web-1 HTTP/1.1\r\nHost: localhost\r\n\r\n';
    for (const headers of [
      ['Content-Length: 4', 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'],
      ['Transfer-Encoding: xchunked'],
      ['Transfer-Encoding : chunked'],
      ['Content-Length: 0', `Content-Length: ${smuggled.length}`],
      ['Content-Length: +5'],
    ]) {
      await server.ask(ADMIN, 'PUT', '/api/v1/samples', { headers, body: `0\r\n\r\n${smuggled}` });
      expect(await exists()).toBe(true);
    }
  });
});
