import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errorReply, madeToken, type MadeToken, type NewToken, tokenPage } from '#domain';
import { startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';

const TOKEN = 'a-token-of-enough-length';
const KINDS = ['admin', 'read', 'write', 'enrolment'] as const;
const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString();

let server: RunningApp & { url: string };
let folder: string;
beforeAll(async () => {
  folder = temporaryFolder();
  server = await startServer(folder, { AMBERWATCH_TOKEN: TOKEN });
}, 60_000);
afterAll(() => stopAll([server]));

interface Asked {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

async function ask(method: string, path: string, { token = TOKEN, body, headers }: Asked = {}) {
  const gone = new AbortController();
  const response = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: gone.signal,
  });
  const isStream = response.headers.get('content-type')?.includes('event-stream') ?? false;
  const text = isStream ? '' : await response.text();
  if (isStream) gone.abort();
  const error = response.status >= 400 ? errorReply.safeParse(JSON.parse(text || '{}')).data : undefined;
  return { status: response.status, code: error?.code, message: error?.message, text, headers: response.headers };
}

async function make(asked: NewToken): Promise<MadeToken> {
  const { text } = await ask('POST', '/api/v1/tokens', { body: asked });
  return madeToken.parse(JSON.parse(text));
}

const listed = async () => tokenPage.parse(JSON.parse((await ask('GET', '/api/v1/tokens')).text)).tokens;
const find = async (id: string) => (await listed()).find((one) => one.id === id);

let count = 0;
const batchOf = (host: string) => ({
  id: `tokens-${String(++count).padStart(6, '0')}`,
  host,
  time: new Date().toISOString(),
  names: ['nginx'],
  count: [1],
  cpu: [1.5],
});
const put = (token: string, host: string) => ask('PUT', '/api/v1/samples', { token, body: batchOf(host) });

/** What each route takes beside an admin's token. A route that is missing here fails the test: somebody has to decide. */
const takes = {
  nobody: `GET /health/live, GET /health/ready, GET /api/v1/session, PUT /api/v1/session, DELETE /api/v1/session`,
  read: `GET /metrics, GET /api/v1/hosts/{host}/metrics, GET /api/v1/hosts/{host}/control,
    GET /api/v1/services/{service}/control, GET /api/v1/control/changes, GET /ressources-usage/get-all,
    GET /ressources-usage/get-all/{host}, GET /ressources-usage/get-all-detailed, GET /api/v1/samples,
    GET /api/v1/units, GET /api/v1/units/history, GET /api/v1/usage, GET /api/v1/usage/hosts, GET /api/v1/history,
    GET /api/v1/hosts/{host}/processes, GET /api/v1/ranking, GET /api/v1/changes, GET /ressources-usage/query-alarm,
    GET /api/v1/alerts, GET /api/v1/alerts/{id}, GET /api/v1/forecasts, GET /api/v1/heartbeats,
    GET /api/v1/calibration, GET /api/v1/forecasts/limits, GET /api/v1/silences, GET /api/v1/stream,
    GET /api/v1/notifications/tests, GET /api/v1/scores, GET /api/v1/setup, GET /api/v1/hosts,
    GET /api/v1/hosts/{host}, GET /api/v1/fleet, GET /servers, GET /api/v1/instances, GET /{address}`,
  write: `PUT /api/v1/samples, PUT /ressources-usage/save-all, PUT /api/v1/hosts/{host}/control, POST /app/post/data`,
  enrolment: `POST /api/v1/enrol`,
  admin: `GET /api/v1/tokens, POST /api/v1/tokens, POST /api/v1/tokens/{id}/renew, DELETE /api/v1/tokens/{id},
    POST /api/v1/hosts/{host}/control, POST /api/v1/services/{service}/control, PUT /api/v1/services/{service}/control,
    PUT /api/v1/alerts, PUT /api/v1/alerts/values, PUT /api/v1/forecasts, PUT /api/v1/heartbeats/{service},
    PUT /api/v1/calibration, PUT /api/v1/forecasts/limits, POST /api/v1/silences, POST /api/v1/silences/preview,
    DELETE /api/v1/silences/{id}, PUT /api/v1/alerts/{id}/acknowledgement, POST /api/v1/notifications/tests,
    POST /api/v1/notifications/routes, PUT /api/v1/notifications/tests/{id}, DELETE /api/v1/hosts/{host}`,
};
const routesOf = (kind: keyof typeof takes) => takes[kind].split(/,\s*/);

describe('every route', () => {
  it('takes its own kind of token and that of an admin, and refuses all others before it reads the body', async () => {
    const { paths } = JSON.parse((await ask('GET', '/api/openapi.json')).text) as { paths: Record<string, object> };
    const all = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const known = (Object.keys(takes) as (keyof typeof takes)[]).flatMap(routesOf);
    expect(all.toSorted()).toEqual(known.toSorted());

    const tokens = {
      admin: await make({ kind: 'admin' }),
      read: await make({ kind: 'read' }),
      write: await make({ kind: 'write', hosts: ['*'] }),
      enrolment: await make({ kind: 'enrolment', hosts: ['*'], expiresAt: IN_AN_HOUR }),
    };
    for (const kind of KINDS) {
      const allowed = new Set(kind === 'admin' ? known : [...routesOf('nobody'), ...routesOf(kind)]);
      const wrong: string[] = [];
      for (const route of known) {
        const [method = '', path = ''] = route.split(' ');
        const answer = await ask(method, path.replaceAll(/\{\w+\}/g, 'none-such'), { token: tokens[kind].token });
        const isRefused = answer.status === 401 || /A token of the kind/.test(answer.message ?? '');
        if (isRefused === allowed.has(route)) wrong.push(`${kind}: ${route} ${answer.status}`);
      }
      expect(wrong).toEqual([]);
    }
    const head = await ask('HEAD', '/api/v1/tokens', { token: tokens.read.token });
    expect(head.status).toBe(403);
  }, 120_000);

  it('refuses a token that is none, whatever it looks like', async () => {
    const { id, token } = await make({ kind: 'read' });
    const others = [
      `aw_${id}_${'a'.repeat(43)}`,
      token.slice(0, -1),
      `${token}a`,
      id,
      'aw__',
      `aw_${'0'.repeat(10)}_x`,
    ];
    for (const other of others) {
      expect(await ask('GET', '/servers', { token: other })).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    }
    expect((await ask('GET', '/servers', { token })).status).toBe(200);
  }, 60_000);
});

describe('wrong tokens', () => {
  it('are slowed down on every route, but not what was right from the same address', async () => {
    const { token } = await make({ kind: 'read' });
    expect((await ask('GET', '/servers', { token })).status).toBe(200);
    for (const [method, path] of [
      ['GET', '/servers'],
      ['GET', '/api/v1/session'],
      ['PUT', '/api/v1/samples'],
      ['GET', '/api/v1/tokens'],
    ] as const) {
      const tries = Promise.all(Array.from({ length: 20 }, () => ask(method, path, { token: 'wrong' })));
      const right = await Promise.all(Array.from({ length: 5 }, () => ask('GET', '/servers', { token })));
      expect(right.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      const refused = (await tries).filter(({ code }) => code === 'TOO_MANY_REQUESTS');
      expect([path, refused.length > 0 && refused.length < 20]).toEqual([path, true]);
      expect(refused[0]?.headers.get('retry-after')).toBe('1');
    }
  }, 60_000);
});

describe('a token to write', () => {
  it('writes for its hosts and for no other, and what is refused is stored nowhere', async () => {
    const { token } = await make({ kind: 'write', hosts: ['web-*', 'db.1'] });
    for (const host of ['web-1', 'web-', 'db.1']) expect((await put(token, host)).status).toBe(200);
    for (const host of ['db-1', 'xweb-1', 'WEB-1', 'db.11', 'constructor']) {
      const refused = await put(token, host);
      expect(refused).toMatchObject({ status: 403, code: 'FORBIDDEN' });
      expect(refused.message).toBe(`This token may not write for the host "${host}", only for: web-*, db.1.`);
    }
    const { text } = await ask('GET', '/servers');
    expect(JSON.parse(text)).toEqual(expect.arrayContaining(['db.1', 'web-', 'web-1']));
    expect(text).not.toMatch(/db-1|xweb|WEB|db\.11|constructor/);
  });

  it('is bound on every route that it takes', async () => {
    const { token } = await make({ kind: 'write', hosts: ['mine'] });
    const report = (host: string) => ({ Diskutilization: { Hostname: host, MountPoint: '/', Percentageused: '39%' } });
    const entry = { timestamp: Date.now() / 1000, value: 1, process_name: 'x', type_data: 'cpu' };
    const state = { revision: 0, status: 'running' };
    const writes = (host: string): [string, string, object][] => [
      ['PUT', '/api/v1/samples', batchOf(host)],
      ['PUT', '/ressources-usage/save-all', { ipaddress: host, data: [entry] }],
      ['PUT', `/api/v1/hosts/${host}/control`, state],
      ['POST', '/app/post/data', report(host)],
    ];
    expect(writes('a').length).toBe(routesOf('write').length);
    for (const [host, status] of [
      ['mine', 200],
      ['another-one', 403],
    ] as const) {
      for (const [method, path, body] of writes(host)) {
        expect([path, (await ask(method, path, { token, body })).status]).toEqual([path, status]);
      }
    }
    const all = await Promise.all(['/servers', '/api/v1/instances'].map(async (path) => (await ask('GET', path)).text));
    expect(all.join()).toContain('mine');
    expect(all.join()).not.toContain('another-one');
  });

  it('does not take over the machine that another host is known as', async () => {
    const [a, b] = [
      await make({ kind: 'write', hosts: ['cloud-a'] }),
      await make({ kind: 'write', hosts: ['cloud-b'] }),
    ];
    const report = { revision: 0, status: 'running', metadata: { 'instance-id': 'i-0a' } };
    for (const [token, host] of [
      [a.token, 'cloud-a'],
      [b.token, 'cloud-b'],
    ] as const) {
      expect((await ask('PUT', `/api/v1/hosts/${host}/control`, { token, body: report })).status).toBe(200);
    }
    const { instances } = JSON.parse((await ask('GET', '/api/v1/instances')).text) as { instances: { id: string }[] };
    expect(instances).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: 'i-0a', host: 'cloud-a' }),
        expect.objectContaining({ id: 'cloud-b', host: 'cloud-b' }),
      ]),
    );
  });
});

describe('tokens', () => {
  it('are shown once, kept as hashes, and listed with their last use, also after a restart', async () => {
    const made = await make({ kind: 'write', hosts: ['kept-1'], name: 'the shop' });
    expect(made).toMatchObject({ kind: 'write', hosts: ['kept-1'], name: 'the shop', lastUsedAt: null });
    expect(made.token).toMatch(new RegExp(`^aw_${made.id}_[0-9A-Za-z]{43}$`));
    const answer = await ask('POST', '/api/v1/tokens', { body: { kind: 'read' } });
    expect(answer.headers.get('cache-control')).toBe('no-store');

    expect((await put(made.token, 'kept-1')).status).toBe(200);
    const used = await find(made.id);
    expect(used).toMatchObject({ lastUsedAt: expect.any(String), lastUsedFrom: '127.0.0.1' });
    expect(await find('environment')).toMatchObject({ kind: 'admin', createdAt: null, lastUsedFrom: '127.0.0.1' });
    await server.stop();
    const secret = made.token.slice(-43);
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      expect([file.name, readFileSync(join(file.parentPath, file.name)).includes(secret)]).toEqual([file.name, false]);
    }
    server = await startServer(folder, { AMBERWATCH_TOKEN: TOKEN });
    expect(await find(made.id)).toEqual(used);
    expect((await put(made.token, 'kept-1')).status).toBe(200);
    expect(JSON.stringify(await listed())).not.toContain(secret);
    expect(server.output()).not.toContain(secret);
  }, 120_000);

  it('end at once when they are revoked, by the beginning of their id, and the sessions begun with them too', async () => {
    const made = await make({ kind: 'read' });
    const session = await ask('PUT', '/api/v1/session', { body: { token: made.token } });
    const cookie = session.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
    const byCookie = async () => (await fetch(`${server.url}/servers`, { headers: { cookie } })).status;
    expect([await byCookie(), (await ask('GET', '/servers', made)).status]).toEqual([200, 200]);
    expect((await ask('DELETE', `/api/v1/tokens/${made.id.slice(0, 6)}`)).status).toBe(204);
    expect([await byCookie(), (await ask('GET', '/servers', made)).status]).toEqual([401, 401]);
    expect(await find(made.id)).toBeUndefined();
    expect((await ask('DELETE', `/api/v1/tokens/${made.id}`)).code).toBe('NOT_FOUND');
    expect((await ask('DELETE', '/api/v1/tokens/environment')).code).toBe('INVALID');
  });

  it('end a stream that they were asked for with, and leave those of others', async () => {
    const [one, other] = [await make({ kind: 'read' }), await make({ kind: 'read' })];
    const follow = async ({ token }: MadeToken) => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${server.url}/api/v1/stream`, { headers });
      let text = '';
      const end = response.body
        ?.pipeThrough(new TextDecoderStream())
        .pipeTo(new WritableStream({ write: (part: string) => void (text += part) }));
      return { end, text: () => text };
    };
    const [mine, others] = [await follow(one), await follow(other)];
    await ask('DELETE', `/api/v1/tokens/${one.id}`);
    await mine.end;
    await waitUntil('an event for the other', async () => {
      await put(TOKEN, 'streamed');
      return others.text().includes('streamed');
    });
    expect(mine.text()).not.toContain('streamed');
    await ask('DELETE', `/api/v1/tokens/${other.id}`);
    await others.end;
  }, 60_000);

  it('are renewed: both secrets go on for a while, and a revocation ends both', async () => {
    const first = await make({ kind: 'read' });
    const second = madeToken.parse(JSON.parse((await ask('POST', `/api/v1/tokens/${first.id}/renew`)).text));
    expect(second.id).toBe(first.id);
    expect(second.token).not.toBe(first.token);
    const graceMs = Date.parse(second.oldSecretUntil ?? '') - Date.now();
    expect(graceMs > 0 && graceMs <= 600_000).toBe(true);
    const both = async () => [
      (await ask('GET', '/servers', first)).status,
      (await ask('GET', '/servers', second)).status,
    ];
    expect(await both()).toEqual([200, 200]);
    await ask('DELETE', `/api/v1/tokens/${first.id}`);
    expect(await both()).toEqual([401, 401]);
  });

  it('end by themselves', async () => {
    const expiresAt = new Date(Date.now() + 5000).toISOString();
    const made = await make({ kind: 'read', expiresAt });
    await waitUntil('the end', async () => (await ask('GET', '/servers', made)).status === 401);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    expect(await find(made.id)).toMatchObject({ expiresAt });
  });

  it.each<[string, object, RegExp]>([
    ['a write token without hosts', { kind: 'write' }, /^hosts: must be there/],
    ['a write token for nothing', { kind: 'write', hosts: [] }, /^hosts:/],
    ['a read token for hosts', { kind: 'read', hosts: ['a'] }, /^hosts: belongs to no read token/],
    ['an enrolment token without an end', { kind: 'enrolment', hosts: ['*'] }, /^expiresAt: must be there/],
    ['one that is over', { kind: 'read', expiresAt: '2026-01-01T00:00:00Z' }, /^expiresAt:.*over already/],
    ['a kind that there is not', { kind: 'root' }, /^kind:/],
    ['a key that there is not', { kind: 'read', admin: true }, /admin/],
  ])('are not made as %s', async (_what, body, message) => {
    const answer = await ask('POST', '/api/v1/tokens', { body });
    expect([answer.code, answer.message]).toEqual(['INVALID', expect.stringMatching(message)]);
  });

  it('are made by nobody where the server has none of its own', async () => {
    const free = await startServer(temporaryFolder());
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"kind":"read"}' };
    const answer = await fetch(`${free.url}/api/v1/tokens`, init);
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('AMBERWATCH_TOKEN')]);
    await stopAll([free]);
  }, 60_000);
});
