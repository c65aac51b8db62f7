import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { madeToken, tokenPage } from '#domain';
import { GuardedServer } from '../support/guarded-server.js';

const { ADMIN } = GuardedServer;
const later = new Date(Date.now() + 3_600_000).toISOString();
const MAX_HOSTS = 20;
let server: GuardedServer;
beforeAll(async () => {
  server = await GuardedServer.start({ AMBERWATCH_MAX_HOSTS: String(MAX_HOSTS) });
}, 90_000);
afterAll(() => server.stop());

const tokens = async () =>
  tokenPage.parse(JSON.parse((await server.ask(ADMIN, 'GET', '/api/v1/tokens')).body)).tokens.length;

describe('a way that is meant for one thing', () => {
  it('enrolment: a flood ends at the limit of hosts, the same host fills no list, and none gets more than itself', async () => {
    // A name that is a glob is a name.
    const star = await server.make({ kind: 'enrolment', hosts: ['*'], expiresAt: later });
    const odd = await server.ask(star.token, 'POST', '/api/v1/enrol', { body: { host: 'web-*' } });
    const { token: oddly } = madeToken.parse(JSON.parse(odd.body));
    expect((await server.put(oddly, 'web-3')).status).toBe(403);
    const { token } = await server.make({ kind: 'enrolment', hosts: ['web-*'], expiresAt: later });
    const enrol = (host: string) => server.ask(token, 'POST', '/api/v1/enrol', { body: { host } });
    const before = await tokens();
    const own: string[] = [];
    for (let i = 0; i < 6; i++) own.push(madeToken.parse(JSON.parse((await enrol('web-1')).body)).token);
    expect((await tokens()) - before).toBeLessThanOrEqual(2);
    const statuses: number[] = [];
    for (let i = 0; i < MAX_HOSTS + 10; i++) statuses.push((await enrol(`web-${i}`)).status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(10);
    expect((await enrol('db-1')).status).toBe(403);
    expect((await enrol('*')).status).toBe(403);
    const newest = own.at(-1);
    expect([(await server.put(newest, 'web-1')).status, (await server.put(newest, 'web-2')).status]).toEqual([
      200, 403,
    ]);
  }, 120_000);

  it('silences: nobody silences everything without a name, for ever, or by a token that may not', async () => {
    const silence = { match: { host: '*' }, by: 'x', why: 'x', until: later };
    for (const body of [
      { ...silence, match: {} },
      { ...silence, until: '2999-01-01T00:00:00Z' },
      { ...silence, from: '2999-01-01T00:00:00Z', until: '2999-06-01T00:00:00Z', by: '' },
      { ...silence, by: '   ' },
      { ...silence, why: '' },
    ])
      expect((await server.ask(ADMIN, 'POST', '/api/v1/silences', { body })).status).toBe(400);
    const write = await server.make({ kind: 'write', hosts: ['*'] });
    expect((await server.ask(write.token, 'POST', '/api/v1/silences', { body: silence })).status).toBe(403);
    const { status, body } = await server.ask(ADMIN, 'POST', '/api/v1/silences', { body: silence });
    // Who did it can be read by everybody afterwards, also once it has been ended.
    const { id } = JSON.parse(body) as { id: string };
    expect((await server.ask(ADMIN, 'DELETE', `/api/v1/silences/${id}`)).status).toBe(204);
    const all = await server.ask(ADMIN, 'GET', '/api/v1/silences?state=all');
    expect([status < 300, all.body]).toEqual([true, expect.stringContaining(id)]);
  });

  it('samples of notifications: a few wait for the alarm, and a flood of them pages nobody', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 30; i++) statuses.push((await server.ask(ADMIN, 'POST', '/api/v1/notifications/tests')).status);
    expect(statuses.filter((status) => status < 300).length).toBeLessThanOrEqual(5);
    expect(new Set(statuses.slice(10))).toEqual(new Set([429]));
  });

  it('reports: who may write for a host can not raise an alert, forecast or heartbeat itself', async () => {
    const { token } = await server.make({ kind: 'write', hosts: ['*'] });
    for (const path of ['/api/v1/alerts', '/api/v1/alerts/values', '/api/v1/forecasts', '/api/v1/heartbeats/alarm'])
      expect((await server.ask(token, 'PUT', path, { body: {} })).status).toBe(403);
  });
});
