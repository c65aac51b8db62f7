import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askRaw, type RawRequest } from '../support/ask-raw.js';
import { type RunningApp, startApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { sendRaw } from '../support/raw-http.js';

const TOKEN = 'a-token-of-enough-length';
const BEARER = `Authorization: Bearer ${TOKEN}`;

let apps: RunningApp[] = [];
const urls: Record<string, string> = {};
const folders: string[] = [];
/** A folder that everybody may enter, as many volumes are. */
function newFolder(): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}

beforeAll(async () => {
  const server = await startServer(newFolder(), { AMBERWATCH_TOKEN: TOKEN, AMBERWATCH_READS: 'open' });
  const closed = await startServer(newFolder());
  const env = { AMBERWATCH_SERVER_URL: server.url, AMBERWATCH_TOKEN: TOKEN };
  const collector = startApp('collector', { ...env, AMBERWATCH_DATA: newFolder(), AMBERWATCH_CONTROL_PORT: '0' });
  const alarm = startApp('alarm', { ...env, AMBERWATCH_DATA: newFolder(), AMBERWATCH_ALARM_PORT: '0' });
  const prediction = startApp('prediction', { ...env, AMBERWATCH_DATA: newFolder(), AMBERWATCH_PREDICTION_PORT: '0' });
  apps = [server, closed, collector, alarm, prediction];
  urls['server'] = server.url;
  urls['closed'] = closed.url;
  urls['collector'] = (await collector.waitFor(/Control port on (\S+)/, 55_000))[1] as string;
  urls['alarm'] = new URL((await alarm.waitFor(/Metrics on (\S+)/, 55_000))[1] as string).origin;
  urls['prediction'] = new URL((await prediction.waitFor(/Metrics on (\S+)/, 55_000))[1] as string).origin;
}, 180_000);
afterAll(() => stopAll(apps));

const ask = (name: string, request: RawRequest) => askRaw(urls[name] as string, request);
const everywhere = ['server', 'closed', 'collector', 'alarm', 'prediction'];
const withPages = ['server', 'closed'];

const wanted = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'deny',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': expect.stringMatching(/frame-ancestors 'none'/),
  'permissions-policy': expect.stringContaining('geolocation=()'),
};
const telling = ['server', 'x-powered-by', 'access-control-allow-origin', 'access-control-allow-methods'];

/** Fails for an answer that lacks a header, or tells what nobody has to know. */
function expectSecure(headers: Record<string, string>): void {
  expect(headers).toMatchObject(wanted);
  for (const name of telling) expect(headers).not.toHaveProperty(name);
}

describe('every answer', () => {
  it.each(everywhere)('of the %s has the headers, errors and refusals too', async (name) => {
    const requests: RawRequest[] = [
      { path: '/' },
      { path: '/metrics' },
      { path: '/health/live' },
      { path: '/metrics', method: 'HEAD' },
      { path: '/nothing/here' },
      { path: '/%' },
      { path: '/metrics', method: 'DELETE' },
      { path: '/api/v1/samples', method: 'PUT', body: '{' },
      { path: '/api/v1/samples', method: 'PUT', headers: [BEARER], body: '{' },
      { path: '/metrics', headers: ['Host: evil.example'] },
      { path: '/metrics', headers: ['Expect: tea'] },
      { path: `/${'a'.repeat(5000)}` },
      { path: `/${'a'.repeat(50_000)}` },
      { path: 'localhost:80', method: 'CONNECT' },
      { method: 'FOO' },
    ];
    const seen = new Set<number>();
    for (const request of requests) {
      const { status, headers } = await ask(name, request);
      expectSecure(headers);
      seen.add(status);
    }
    for (const status of [200, 400, 403, 404, 405, 431]) expect(seen).toContain(status);
    const { headers } = await sendRaw(urls[name] as string, '\x16\x03\x01\x02\0junk\r\n\r\n');
    for (const header of Object.keys(wanted)) expect(headers).toContain(`\r\n${header}: `);
  });

  it.each(withPages)(
    'of the %s with data is kept by no cache; a stream and the page have the headers',
    async (name) => {
      const data = await ask(name, { path: '/servers' });
      expect([data.status, data.headers['cache-control']]).toEqual([200, 'no-store']);
      const gone = new AbortController();
      const stream = await fetch(`${urls[name]}/api/v1/stream`, { signal: gone.signal });
      expect(Object.fromEntries(stream.headers)).toMatchObject({ 'x-content-type-options': 'nosniff' });
      gone.abort();
      const { headers } = await ask(name, { path: '/' });
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|data:/);
    },
  );
});

describe('a name that was made to resolve to this machine', () => {
  it.each(everywhere)('is refused by the %s on every path, known or not', async (name) => {
    for (const path of ['/', '/metrics', '/health/live', '/servers', '/api/v1/session', '/nothing', '/get/metrics']) {
      const answer = await ask(name, { path, headers: ['Host: evil.example'] });
      expect({ path, ...answer }).toMatchObject({ path, status: 403, code: 'FORBIDDEN' });
      expect(answer.body).not.toMatch(/version|process_/);
    }
  });

  it('can not be hidden behind a second Host, an absolute target or a proxy header', async () => {
    const evil = ['Host: evil.example', 'Host: localhost'];
    expect((await ask('server', { path: '/servers', headers: evil })).status).toBeGreaterThanOrEqual(400);
    const proxied = ['Host: evil.example', 'X-Forwarded-Host: localhost', 'Forwarded: host=localhost'];
    expect((await ask('server', { path: '/servers', headers: proxied })).status).toBe(403);
    const absolute = await ask('server', { path: 'http://localhost/servers', headers: ['Host: evil.example'] });
    expect(absolute.status).toBe(403);
  });

  it.each(['server:8000', '10.0.0.7', '[::1]:8000', 'localhost'])('is not %s, where reads are open', async (host) => {
    expect((await ask('server', { path: '/servers', headers: [`Host: ${host}`] })).status).toBe(200);
  });
});

describe('another site', () => {
  it.each(everywhere)('is told by the %s nothing that its pages could read', async (name) => {
    const origin = 'Origin: http://evil.example';
    const asks = ['Access-Control-Request-Method: PUT', 'Access-Control-Request-Headers: authorization'];
    for (const path of ['/servers', '/metrics', '/api/v1/samples', '/update/status?status=stop']) {
      const preflight = await ask(name, { method: 'OPTIONS', path, headers: [origin, ...asks] });
      expect(preflight.status).toBeGreaterThanOrEqual(400);
      expectSecure(preflight.headers);
      expectSecure((await ask(name, { path: '/metrics', headers: [origin] })).headers);
    }
  });

  it.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain', 'application/xml'])(
    'can not send a form to change something: %s',
    async (type) => {
      const silence = { match: { host: 'a' }, by: 'x', why: 'x', until: new Date(Date.now() + 60_000).toISOString() };
      for (const name of withPages) {
        for (const [method, path] of [
          ['POST', '/api/v1/silences'],
          ['PUT', '/api/v1/samples'],
          ['PUT', '/ressources-usage/save-all'],
          ['POST', '/app/post/data'],
          ['POST', '/api/v1/notifications/tests'],
        ] as const) {
          const answer = await ask(name, { method, path, headers: [BEARER, `Content-Type: ${type}`], body: silence });
          expect({ path, ...answer }).toMatchObject({ path, status: 415, code: 'UNSUPPORTED_TYPE' });
        }
      }
    },
  );

  it('can not stop a collector by a picture, also in a browser that does not say whose page asks', async () => {
    const path = '/update/status?status=stop';
    const browser = 'User-Agent: Mozilla/5.0 (Macintosh) AppleWebKit/605 Safari/605';
    for (const headers of [
      [browser],
      [browser, 'Referer: http://evil.example/'],
      ['Sec-Fetch-Site: cross-site'],
      ['Origin: http://evil.example'],
    ]) {
      expect(await ask('collector', { path, headers: [...headers, BEARER] })).toMatchObject({ status: 403 });
    }
    expect((await ask('collector', { path: '/metrics' })).status).toBe(200);
  });
});

describe('what is not said', () => {
  it.each(everywhere)('by the %s in an error: where it runs, on what, and what stands in its code', async (name) => {
    const odd = [
      { path: '/%00' },
      { path: '/..%2f..%2fetc%2fpasswd' },
      { path: '/assets/..%2fmain.js' },
      { path: '/api/docs/..%2f..%2fpackage.json' },
      { path: '/api/v1/hosts/%ff' },
      { path: '/api/v1/history?points=x' },
      { path: '/api/v1/samples', method: 'PUT', headers: [BEARER], body: '{"id": 1, "host": {' },
      { path: '/get/graph?interval=x&metric=__proto__' },
    ];
    for (const request of odd) {
      const { status, body } = await ask(name, request);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body).not.toMatch(/node_modules|\/dist\/|file:\/\/| at .*:\d+:\d+|root:x:0|fastify|nestjs/i);
    }
  });
});

describe('what is kept', () => {
  it('can be read by nobody else on this machine, also in a folder that others may enter', async () => {
    // Those of both servers and of the collector; the others keep something once there is something to keep.
    const first = folders.slice(0, 3);
    await waitUntil('something is kept', () => first.every((folder) => readdirSync(folder).length > 0));
    const open = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0),
    );
    expect(open).toEqual([]);
  });
});
