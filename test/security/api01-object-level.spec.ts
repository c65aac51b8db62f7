import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GuardedServer } from '../support/guarded-server.js';

const { ADMIN } = GuardedServer;
let server: GuardedServer;
let mine: string;
beforeAll(async () => {
  server = await GuardedServer.start();
  mine = (await server.make({ kind: 'write', hosts: ['web-1', '10.0.0.7'] })).token;
  expect((await server.put(ADMIN, 'web-2')).status).toBe(200);
}, 90_000);
afterAll(() => server.stop());

describe('the token of one host', () => {
  it.each([
    ['another name', 'web-2'],
    ['one that is longer', 'web-11'],
    ['its own in capitals', 'WEB-1'],
    ['its own with a space', 'web-1 '],
    ['its own with a letter that looks the same', 'wеb-1'],
    ['its own with nothing to see in it', 'web\u200b-1'],
    ['its own and a line more', 'web-1\nweb-2'],
    ['a glob', 'web-*'],
    ['the dashes of an address', '10-0-0-7'],
    ['a name that objects have', '__proto__'],
  ])('writes nothing for %s', async (_what, host) => {
    const before = await server.hosts();
    expect(await server.put(mine, host)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    const data = [{ timestamp: Date.now() / 1000, value: 99, process_name: 'x', type_data: 'cpu' }];
    const original = { body: { ipaddress: host, data } };
    expect((await server.ask(mine, 'PUT', '/ressources-usage/save-all', original)).status).toBe(403);
    const report = { body: { Diskutilization: { Hostname: host, Percentageused: '1' } } };
    expect((await server.ask(mine, 'POST', '/app/post/data', report)).status).toBe(403);
    const state = { body: { revision: 0, status: 'stopped' } };
    const path = `/api/v1/hosts/${encodeURIComponent(host)}/control`;
    expect((await server.ask(mine, 'PUT', path, state)).status).toBe(403);
    expect(await server.hosts()).toEqual(before);
  });

  it('does not write for another by naming itself as well', async () => {
    const time = new Date().toISOString();
    const rest = `"time":"${time}","names":["x"],"count":[1],"cpu":[99]`;
    for (const hosts of ['"host":"web-1","host":"web-3"', '"host":"web-3","host":"web-1","h\\u006fst":"web-3"']) {
      const answer = await server.ask(mine, 'PUT', '/api/v1/samples', { body: `{"id":"twice-0001",${hosts},${rest}}` });
      expect(answer.status).toBe(403);
    }
    for (const path of ['/api/v1/hosts/web%2D2/control', '/api/v1/hosts/web-1%2f..%2fweb-2/control']) {
      const answer = await server.ask(mine, 'PUT', path, { body: { revision: 0, status: 'stopped' } });
      expect(answer.status).toBe(403);
    }
    expect(await server.hosts()).not.toContain('web-3');
  });

  it('does not keep the samples of another out by an id that the other will use', async () => {
    const other = (await server.make({ kind: 'write', hosts: ['web-4'] })).token;
    const id = 'guessed-0001';
    expect((await server.put(mine, 'web-1', { id })).status).toBe(200);
    expect((await server.put(other, 'web-4', { id })).status).toBe(200);
    const { body } = await server.ask(ADMIN, 'GET', '/api/v1/usage?host=web-4');
    expect(body).toContain('"nginx"');
  });

  it('sees, orders and forgets nobody, itself included', async () => {
    for (const host of ['web-1', 'web-2']) {
      for (const [method, path, body] of [
        ['GET', `/api/v1/hosts/${host}`],
        ['GET', `/${host}`],
        ['GET', `/api/v1/history?host=${host}&name=nginx&metric=cpu`],
        ['DELETE', `/api/v1/hosts/${host}`],
        ['POST', `/api/v1/hosts/${host}/control`, { status: 'stop' }],
        ['GET', `/api/v1/hosts/${host}/control`],
      ] as const) {
        const answer = await server.ask(mine, method, path, body ? { body } : {});
        expect([path, answer.status]).toEqual([path, 403]);
      }
    }
    expect(await server.hosts()).toEqual(expect.arrayContaining(['web-1', 'web-2']));
  });

  it('finds no alert, silence or token by the beginning of its id', async () => {
    for (const path of ['/api/v1/alerts/0', '/api/v1/alerts/aaaa', '/api/v1/silences/aaaa', '/api/v1/tokens/aaaa']) {
      const method = path.includes('alerts') ? 'GET' : 'DELETE';
      expect((await server.ask(mine, method, path)).status).toBe(403);
      expect((await server.ask(undefined, method, path)).status).toBe(401);
    }
  });
});
