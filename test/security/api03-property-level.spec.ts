import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GuardedServer } from '../support/guarded-server.js';

const { ADMIN } = GuardedServer;
let server: GuardedServer;
beforeAll(async () => {
  server = await GuardedServer.start();
  await server.put(ADMIN, 'web-1');
}, 90_000);
afterAll(() => server.stop());

const later = new Date(Date.now() + 3_600_000).toISOString();
const silence = { match: { host: 'a' }, by: 'x', why: 'x', until: later };
const past = '2020-01-01T00:00:00Z';

describe('what only the server may set', () => {
  it.each<[string, string, string, object]>([
    ['the id of a silence', 'POST', '/api/v1/silences', { ...silence, id: 'chosen' }],
    ['when a silence was made', 'POST', '/api/v1/silences', { ...silence, created: past }],
    ['the alert that a silence acknowledges', 'POST', '/api/v1/silences', { ...silence, incident: 'x', color: 'RED' }],
    ['that a silence is an acknowledgement', 'POST', '/api/v1/silences', { ...silence, kind: 'acknowledgement' }],
    ['the text of a token', 'POST', '/api/v1/tokens', { kind: 'read', token: 'aw_chosen_chosen' }],
    ['the hash of a token', 'POST', '/api/v1/tokens', { kind: 'read', hash: 'x', secretHash: 'x' }],
    ['the id of a token', 'POST', '/api/v1/tokens', { kind: 'read', id: 'environment' }],
    ['the use of a token', 'POST', '/api/v1/tokens', { kind: 'read', lastUsedAt: past, createdAt: past }],
    ['who enrolled a token', 'POST', '/api/v1/tokens', { kind: 'write', hosts: ['a'], enrolledBy: 'x' }],
    ['the number of an order', 'POST', '/api/v1/hosts/web-1/control', { status: 'pause', revision: 999_999 }],
    ['more rights in a session', 'PUT', '/api/v1/session', { token: ADMIN, kind: 'admin', until: later }],
  ])('is not taken from a body: %s', async (_what, method, path, body) => {
    expect(await server.ask(ADMIN, method, path, { body })).toMatchObject({ status: 400, code: 'INVALID' });
  });

  it('is not reached by names that objects have', async () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const body = `{"kind":"read","${key}":{"kind":"admin","isAdmin":true}}`;
      const answer = await server.ask(ADMIN, 'POST', '/api/v1/tokens', { body });
      expect(answer.status === 400 || (JSON.parse(answer.body) as { kind: string }).kind === 'read').toBe(true);
    }
    const { status } = await server.ask(ADMIN, 'GET', '/servers?__proto__[kind]=admin&constructor=x');
    expect([200, 400]).toContain(status);
  });
});

describe('what an answer tells', () => {
  it('is neither a secret, nor its hash, nor where and how the server runs, to whoever reads', async () => {
    const read = await server.make({ kind: 'read' });
    const made = await server.make({ kind: 'write', hosts: ['web-1'], name: 'shown' });
    const hidden = [
      ADMIN,
      made.token,
      made.token.split('_').at(-1) ?? '',
      server.folder,
      process.cwd(),
      process.execPath,
    ];
    for (const text of [ADMIN, made.token, made.token.split('_').at(-1) ?? '']) {
      const hash = createHash('sha256').update(text);
      hidden.push(hash.copy().digest('hex'), hash.copy().digest('base64').slice(0, 40), hash.digest('base64url'));
    }
    let answered = 0;
    for (const { method, path } of await server.operations('web-1')) {
      if (method !== 'GET' || path === '/api/v1/stream') continue;
      for (const token of [read.token, ADMIN, undefined]) {
        // Whoever has the server's own token is told it in the command that connects a host.
        if (token === ADMIN && path === '/api/v1/setup') continue;
        const { status, body } = await server.ask(token, method, path);
        if (status === 200) answered++;
        const seen = hidden.filter((text) => text !== '' && body.includes(text));
        expect([path, seen]).toEqual([path, []]);
      }
    }
    expect(answered).toBeGreaterThan(30);
    const tokens = await server.ask(ADMIN, 'GET', '/api/v1/tokens');
    expect([tokens.body.includes(made.id), /hash|secret"/i.test(tokens.body)]).toEqual([true, false]);
    expect((await server.ask(read.token, 'GET', '/api/v1/tokens')).status).toBe(403);
  }, 120_000);

  it('to who has no token does not tell a host that exists from one that does not', async () => {
    const known = await server.ask(undefined, 'GET', '/api/v1/hosts/web-1');
    const unknown = await server.ask(undefined, 'GET', '/api/v1/hosts/web-9');
    expect([known.status, known.body]).toEqual([401, unknown.body]);
  });
});
