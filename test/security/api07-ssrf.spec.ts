import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { postJson } from '../../apps/alarm/notifiers/http-post.js';
import { GuardedServer } from '../support/guarded-server.js';
import { type RunningApp, startApp, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { HttpReceiver } from '../support/receivers.js';

/** The secrets of clouds, and loopback, in whatever way they are written. */
const metadata = [
  'http://169.254.169.254/latest/meta-data/',
  'http://169.254.169.254.:80/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  'http://169.254.43518/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[2002:a9fe:a9fe::]/',
  'http://[fd00:ec2::254]/',
  'http://[fe80::1]/',
  'http://100.100.100.200/',
  'http://168.63.129.16/',
  'http://0.0.0.0/',
  'http://[::]/',
];
const inside = ['http://127.0.0.1/', 'http://127.1/', 'http://[::1]/', 'http://10.0.0.1/', 'http://localhost/'];

let inner: HttpReceiver;
let outer: HttpReceiver;
beforeAll(async () => {
  inner = await HttpReceiver.start();
  outer = await HttpReceiver.start();
});
afterAll(() => Promise.all([inner.stop(), outer.stop()]));

describe('a notification', () => {
  it.each(metadata)('goes to %s in no case', async (url) => {
    for (const allowPrivate of [true, false])
      await expect(postJson(url, '{}', { allowPrivate })).rejects.toThrow(/link-local|metadata|special|private/);
  });

  it.each(inside)('goes to %s only where that is allowed', async (url) => {
    await expect(postJson(url, '{}', { allowPrivate: false })).rejects.toThrow('private address');
  });

  it.each(['file:///etc/passwd', 'gopher://127.0.0.1/', 'ftp://127.0.0.1/', 'data:,x', 'javascript:1'])(
    'goes by no other protocol: %s',
    async (url) => {
      await expect((async () => postJson(url, '{}', { allowPrivate: true }))()).rejects.toThrow(
        'neither http nor https',
      );
    },
  );

  it.each([301, 302, 303, 307, 308])('follows no redirect of status %i to where it may not go', async (status) => {
    outer.answer = (response) => void response.writeHead(status, { location: `${inner.url}/taken` }).end();
    await expect(postJson(outer.url, '{"a":1}', { allowPrivate: true })).rejects.toThrow('redirects');
    expect(inner.requests).toEqual([]);
  });
});

describe('a running alarm', () => {
  const apps: RunningApp[] = [];
  afterAll(() => stopAll(apps));

  it('says that it may not, and asks nobody, where its channel is the metadata service or this machine', async () => {
    const server = await GuardedServer.start();
    apps.push(server.app);
    apps.push(
      startApp('alarm', {
        AMBERWATCH_SERVER_URL: server.app.url,
        AMBERWATCH_TOKEN: GuardedServer.ADMIN,
        AMBERWATCH_DATA: temporaryFolder(),
        AMBERWATCH_ALARM_PORT: '0',
        AMBERWATCH_SLACK_URL: 'http://169.254.169.254/latest/api/token',
        AMBERWATCH_WEBHOOK_URL: `${inner.url}/hook`,
      }),
    );
    await apps[1]?.waitFor(/Alarm follows/, 55_000);
    const client = new AmberwatchClient({ baseUrl: server.app.url, token: GuardedServer.ADMIN });
    const { id } = await client.requestNotifyTest();
    const results = await waitUntil('the results', async () => {
      const { tests } = await client.notifyTests();
      return tests.find((one) => one.id === id)?.results ?? undefined;
    });
    expect(results.map(({ ok }) => ok)).toEqual([false, false]);
    expect(JSON.stringify(results)).toMatch(/metadata[^]*private address/);
    expect(inner.requests).toEqual([]);
  }, 120_000);

  it('is told where to send by its own settings alone: no route of the server takes an address', async () => {
    const server = await GuardedServer.start();
    apps.push(server.app);
    const { body } = await server.ask(undefined, 'GET', '/api/openapi.json');
    const { paths, components } = JSON.parse(body) as {
      paths: Record<string, Record<string, object>>;
      components: object;
    };
    const schemas = (components as { schemas: Record<string, object> }).schemas;
    const bodies = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map((operation) =>
        JSON.stringify((operation as { requestBody?: object }).requestBody ?? {}),
      ),
    );
    const taken = bodies.flatMap((text) => [
      text,
      ...[...text.matchAll(/schemas\/(\w+)/g)].map(([, name]) => JSON.stringify(schemas[name ?? ''] ?? {})),
    ]);
    expect(taken.length).toBeGreaterThan(15);
    expect(taken.filter((text) => /"format":"uri"|"(?:url|webhook|callback|target)":\{/i.test(text))).toEqual([]);
  }, 90_000);
});
