import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GuardedServer } from '../support/guarded-server.js';
import { waitUntil } from '../support/processes.js';

const { ADMIN } = GuardedServer;
const SESSION = '/api/v1/session';
let server: GuardedServer;
let read: { id: string; token: string };
beforeAll(async () => {
  server = await GuardedServer.start();
  read = await server.make({ kind: 'read' });
}, 90_000);
afterAll(() => server.stop());

const get = (headers: string[], path = '/servers') => server.ask(undefined, 'GET', path, { headers });
const cookieOf = async (token: string, headers: string[] = []) => {
  const { headers: answered } = await fetch(server.app.url + SESSION, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...Object.fromEntries(headers.map((line) => line.split(': '))) },
    body: JSON.stringify({ token }),
  });
  return answered.getSetCookie()[0] ?? '';
};

describe('a token', () => {
  it('counts in its header alone, where no log, history or referrer keeps it', async () => {
    const encoded = encodeURIComponent(ADMIN);
    for (const name of ['token', 'access_token', 'api_key', 'authorization']) {
      expect((await get([], `/servers?${name}=${encoded}`)).status).toBe(401);
    }
    for (const header of [
      `Cookie: token=${ADMIN}`,
      `Cookie: amberwatch=${ADMIN}`,
      `X-Api-Key: ${ADMIN}`,
      `Authorization: Basic ${Buffer.from(`amberwatch:${ADMIN}`).toString('base64')}`,
      `Authorization: ${ADMIN}`,
      `Proxy-Authorization: Bearer ${ADMIN}`,
    ])
      expect((await get([header])).status).toBe(401);
    expect((await get([`Authorization: Bearer ${ADMIN}`])).status).toBe(200);
  });

  it('is not made of what is known about it: its id, its hash, another secret, a part', async () => {
    const other = await server.make({ kind: 'admin' });
    const hash = createHash('sha256').update(read.token);
    const tries = [
      read.id,
      hash.copy().digest('hex'),
      hash.digest('base64url'),
      `aw_${read.id}_${other.token.split('_').at(-1) ?? ''}`,
      read.token.toUpperCase(),
      read.token.slice(0, 20),
      ADMIN.slice(0, -1),
      'undefined',
      'null',
      '[object Object]',
    ];
    // One after the other: who waits for the answer to a wrong one may try again.
    for (const text of tries) expect((await get([`Authorization: Bearer ${text}`])).status).toBe(401);
  }, 60_000);

  it('can not be tried many at a time, and who has a right one is not shut out by that', async () => {
    expect((await server.ask(read.token, 'GET', '/servers')).status).toBe(200);
    const tries = await Promise.all(
      Array.from({ length: 20 }, (_, i) => get([`Authorization: Bearer aw_${read.id}_${'x'.repeat(42)}${i % 10}`])),
    );
    const refused = tries.filter(({ status }) => status === 429);
    expect(new Set(tries.map(({ status }) => status))).toEqual(new Set([401, 429]));
    expect(refused.length).toBeGreaterThan(10);
    for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect((await server.ask(read.token, 'GET', '/servers')).status).toBe(200);
  }, 60_000);
});

describe('a session', () => {
  it('is none that somebody else has chosen before (fixation)', async () => {
    const chosen = 'amberwatch=zzzzzzz.AAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB';
    const cookie = await cookieOf(ADMIN, [`cookie: ${chosen}`]);
    expect(cookie).toMatch(/^amberwatch=\S+; Path=\/; HttpOnly; SameSite=Strict/);
    expect(cookie).not.toContain('AAAAAAAAAAAAAAAA');
    expect((await get([`Cookie: ${chosen}`])).status).toBe(401);
    expect(await cookieOf(ADMIN)).not.toBe(cookie);
  });

  it('is begun by no token that is for machines', async () => {
    const machines = [
      await server.make({ kind: 'write', hosts: ['*'] }),
      await server.make({ kind: 'enrolment', hosts: ['*'], expiresAt: new Date(Date.now() + 3_600_000).toISOString() }),
    ];
    for (const { token } of machines) expect(await cookieOf(token)).toBe('');
  }, 60_000);

  it('may no more than its token, and ends with it', async () => {
    const { id, token } = await server.make({ kind: 'read' });
    const cookie = (await waitUntil('signed in', async () => (await cookieOf(token)) || undefined)).split(';', 1)[0];
    const own = [`Cookie: ${cookie}`, 'Sec-Fetch-Site: same-origin'];
    const { csrf } = JSON.parse((await get(own, SESSION)).body) as { csrf?: string };
    const change = { headers: [...own, `X-CSRF-Token: ${csrf}`], body: { kind: 'admin' } };
    expect((await server.ask(undefined, 'POST', '/api/v1/tokens', change)).status).toBe(403);
    expect((await get(own)).status).toBe(200);
    expect((await server.ask(ADMIN, 'DELETE', `/api/v1/tokens/${id}`)).status).toBe(204);
    expect((await get(own)).status).toBe(401);
  }, 60_000);

  it('changes nothing with the CSRF token of another one', async () => {
    const sessions = [await cookieOf(ADMIN), await cookieOf(ADMIN)].map((cookie) => [
      `Cookie: ${cookie.split(';', 1)[0]}`,
      'Sec-Fetch-Site: same-origin',
    ]);
    const csrf = await Promise.all(
      sessions.map(async (own) => (JSON.parse((await get(own, SESSION)).body) as { csrf: string }).csrf),
    );
    expect(new Set(csrf).size).toBe(2);
    const forget = (who: number, text: string) =>
      server.ask(undefined, 'DELETE', '/api/v1/hosts/x', {
        headers: [...(sessions[who] ?? []), `X-CSRF-Token: ${text}`],
      });
    for (const text of [csrf[1] ?? '', '', 'x', ADMIN]) expect((await forget(0, text)).status).toBe(403);
    expect((await forget(0, csrf[0] ?? '')).status).toBe(404);
  });
});
