import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient, SampleSender, trustOf, type TrustSettings } from '#client';
import { errorReply } from '#domain';
import { TestAuthority } from '../support/certificates.js';
import {
  type AppName,
  type RunningApp,
  startApp,
  startServer,
  stopAll,
  temporaryFolder,
  waitUntil,
} from '../support/processes.js';

const TOKEN = 'a-token-of-enough-length';
const folder = temporaryFolder();
const cli = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'cli', 'main.js');

let authority: TestAuthority;
/** Of those that may ask, and whom they trust. */
let known: Record<keyof TrustSettings, string>;
/** Of those that listen. */
let listening: Record<string, string>;
const apps: RunningApp[] = [];

beforeAll(() => {
  authority = new TestAuthority(folder);
  const [server, client] = [authority.sign('server'), authority.sign('client')];
  known = {
    AMBERWATCH_SERVER_CA: authority.cert,
    AMBERWATCH_CLIENT_CERT: client.cert,
    AMBERWATCH_CLIENT_KEY: client.key,
  };
  listening = { AMBERWATCH_TLS_CERT: server.cert, AMBERWATCH_TLS_KEY: server.key };
}, 240_000);
afterEach(() => stopAll(apps.splice(0)));

/** A server by TLS, at the name that is in its certificate. */
async function serve(env: Record<string, string> = listening) {
  const server = await startServer(temporaryFolder(), { AMBERWATCH_TOKEN: TOKEN, ...env });
  apps.push(server);
  expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  return { server, url: server.url.replace('127.0.0.1', 'localhost') };
}

function follow(name: AppName, url: string, env: Record<string, string> = {}): RunningApp {
  const app = startApp(name, {
    AMBERWATCH_SERVER_URL: url,
    AMBERWATCH_TOKEN: TOKEN,
    AMBERWATCH_DATA: temporaryFolder(),
    AMBERWATCH_CONTROL_PORT: '0',
    AMBERWATCH_ALARM_PORT: '0',
    AMBERWATCH_PREDICTION_PORT: '0',
    ...env,
  });
  apps.push(app);
  return app;
}

const clientOf = (baseUrl: string, trust: TrustSettings) =>
  new AmberwatchClient({ baseUrl, token: TOKEN, trust: trustOf(trust) });

const failureOf = (baseUrl: string, trust: TrustSettings) =>
  clientOf(baseUrl, trust)
    .hosts()
    .then(
      () => 'none',
      (error: Error) => error.message,
    );

const amberwatch = (url: string, trust: TrustSettings, ...words: string[]) =>
  spawnSync(process.execPath, [cli, ...words], {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, AMBERWATCH_SERVER_URL: url, AMBERWATCH_TOKEN: TOKEN, ...trust },
  });

/** Asks as Prometheus does, on a connection of its own or one that is kept. */
function read(url: string, agent?: Agent): Promise<{ status: number; body: string }> {
  const client = { cert: readFileSync(known.AMBERWATCH_CLIENT_CERT), key: readFileSync(known.AMBERWATCH_CLIENT_KEY) };
  const headers = { authorization: `Bearer ${TOKEN}` };
  return new Promise((resolve, reject) => {
    const options = { ca: readFileSync(authority.cert), ...client, headers, agent: agent ?? (false as const) };
    get(url, options, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    }).once('error', reject);
  });
}

describe('all of it by TLS, with certificates of clients', () => {
  it('turns RED for a process of this host, from the collector to the console, and every port says when its certificate ends', async () => {
    const secured = { ...listening, AMBERWATCH_TLS_CA: authority.cert };
    const { server, url } = await serve(secured);
    const rules = join(folder, 'rules.yaml');
    writeFileSync(rules, "rules: [{ name: any, match: { process: '*', metric: mem }, limit: 0.0001, clear: 0 }]\n");
    const collector = follow('collector', url, {
      ...known,
      ...secured,
      AMBERWATCH_HOSTNAME: 'web-1',
      AMBERWATCH_INTERVAL: '2s',
    });
    const prediction = follow('prediction', url, { ...known, ...secured });
    const alarm = follow('alarm', url, { ...known, ...secured, AMBERWATCH_RULES: rules });
    await alarm.waitFor(/^\S+Z RED +web-1 \S.* mem [\d.]+ % > /m, 60_000);
    const client = clientOf(url, known);
    await waitUntil(
      'prediction follows',
      async () => {
        const { services } = await client.heartbeats();
        return services.some(({ service, status }) => service === 'prediction' && status === 'ok');
      },
      240_000,
    );
    const shown = amberwatch(url, known, 'alerts');
    expect({ status: shown.status, stderr: shown.stderr }).toEqual({ status: 1, stderr: '' });
    expect(shown.stdout).toMatch(/RED.*web-1/);
    const servers = amberwatch(url, known, 'servers', '--fresh');
    expect(servers.stdout).toMatch(/web-1/);

    const [, control] = await collector.waitFor(/Control port on (https:\S+)/);
    const [, alarmMetrics] = await alarm.waitFor(/Metrics on (https:\S+)/);
    const [, predictionMetrics] = await prediction.waitFor(/Metrics on (https:\S+)/);
    for (const address of [`${control}/metrics`, alarmMetrics, predictionMetrics]) {
      const { status, body } = await read(String(address));
      expect(status).toBe(200);
      expect(body).toMatch(/^amberwatch_tls_certificate_expiration_timestamp_seconds [1-9]\d{9}$/m);
    }
    const healthy = startApp(
      'server',
      { ...secured, AMBERWATCH_PORT: new URL(server.url).port, AMBERWATCH_TOKEN: TOKEN },
      { args: ['--health'] },
    );
    apps.push(healthy);
    expect([await healthy.exited, healthy.output()]).toEqual([0, 'ok\n']);
    for (const app of [collector, prediction, alarm])
      expect(app.output()).not.toMatch(/ (WARN|ERROR) .*(TLS|certificate|reached)/);
  }, 240_000);

  it('refuses whoever shows none, in words', async () => {
    const { url } = await serve({ ...listening, AMBERWATCH_TLS_CA: authority.cert });
    const { AMBERWATCH_SERVER_CA } = known;
    const needed = 'This port needs the certificate of a client, signed by an authority that is trusted here.';
    expect(await failureOf(url, { AMBERWATCH_SERVER_CA })).toBe(needed);
    expect(await failureOf(url, known)).toBe('none');
    const { status, stderr } = amberwatch(url, { AMBERWATCH_SERVER_CA }, 'hosts');
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(needed) });
  }, 240_000);
});

describe('a certificate of the server that is renewed', () => {
  it('is in use without a connection being dropped, and a broken one is not', async () => {
    const renewed = authority.sign('renewed');
    const { server, url } = await serve({ AMBERWATCH_TLS_CERT: renewed.cert, AMBERWATCH_TLS_KEY: renewed.key });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const kept = new Set<unknown>();
    agent.on('free', (socket) => kept.add(socket));
    const live = `${url}/health/live`;
    expect((await read(live, agent)).status).toBe(200);
    const endsAt = async () => {
      const { body } = await read(`${url}/metrics`, agent);
      return Number(/^amberwatch_tls_certificate_expiration_timestamp_seconds (\d+)$/m.exec(body)?.[1]);
    };
    // The connection is in use all the time, so that it ends for no other reason.
    const before = await endsAt();
    authority.sign('renewed', { days: 90 });
    await waitUntil('the new certificate is in use', async () => (await endsAt()) > before, 60_000);
    expect((await read(live, agent)).status).toBe(200);
    expect(kept.size).toBe(1);
    writeFileSync(renewed.cert, 'half of a certific');
    await server.waitFor(
      /ERROR The changed certificate is not used, the one before stays: AMBERWATCH_TLS_CERT: \S+ holds no/,
      60_000,
    );
    expect((await read(live)).status).toBe(200);
    agent.destroy();
  }, 240_000);

  it('is refused at the start in one sentence where it does not fit its key', async () => {
    const env = {
      AMBERWATCH_TLS_CERT: listening['AMBERWATCH_TLS_CERT'] as string,
      AMBERWATCH_TLS_KEY: known.AMBERWATCH_CLIENT_KEY,
    };
    const app = startApp('server', { ...env, AMBERWATCH_PORT: '0', AMBERWATCH_DATA: temporaryFolder() });
    apps.push(app);
    expect(await app.exited).toBe(1);
    expect(app.output()).toContain(
      `AMBERWATCH_TLS_KEY: the key in ${env.AMBERWATCH_TLS_KEY} does not belong to the certificate in ${env.AMBERWATCH_TLS_CERT}`,
    );
  }, 240_000);
});

describe('what goes wrong between a client and a server', () => {
  let plain: ReturnType<typeof createServer>;
  let plainUrl: string;
  beforeAll(async () => {
    plain = createServer((_request, response) => void response.end('{}'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    plainUrl = `127.0.0.1:${(plain.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    plain.closeAllConnections();
    plain.close();
  });

  /** What each kind of client says: by files, by those of Node alone, and the collector's. */
  async function saidOf(url: string, trust: TrustSettings): Promise<string[]> {
    const sender = new SampleSender({ serverUrl: url, trust: trustOf(trust), timeoutMs: 20_000 });
    const { message } = await sender.send(Buffer.from('{}'), false);
    sender.close();
    return [await failureOf(url, trust), message];
  }

  it('is told with the way out: an unknown authority, another name, an expired certificate', async () => {
    const { url } = await serve();
    const unknown = /its certificate is signed by nobody who is trusted here; AMBERWATCH_SERVER_CA names the file/;
    for (const trust of [{}, { AMBERWATCH_SERVER_CA: new TestAuthority(folder, 'stranger').cert }]) {
      for (const said of await saidOf(url, trust)) expect(said).toMatch(unknown);
    }
    const { AMBERWATCH_SERVER_CA } = known;
    const elsewhere = authority.sign('elsewhere', { names: ['DNS:elsewhere.example'] });
    const other = await serve({ AMBERWATCH_TLS_CERT: elsewhere.cert, AMBERWATCH_TLS_KEY: elsewhere.key });
    for (const said of await saidOf(other.url, { AMBERWATCH_SERVER_CA })) {
      expect(said).toMatch(/its certificate is for another name \(.*elsewhere\.example/);
    }
    const old = authority.sign('old', { days: -1 });
    const late = await serve({ AMBERWATCH_TLS_CERT: old.cert, AMBERWATCH_TLS_KEY: old.key });
    expect(late.server.output()).toMatch(/WARN {2}The certificate in \S+ has expired on/);
    for (const said of await saidOf(late.url, { AMBERWATCH_SERVER_CA })) {
      expect(said).toMatch(/its certificate has expired/);
    }
  }, 240_000);

  it('is told where one side speaks TLS and the other does not', async () => {
    const { url } = await serve();
    const { AMBERWATCH_SERVER_CA } = known;
    for (const trust of [{}, { AMBERWATCH_SERVER_CA }]) {
      for (const said of await saidOf(`https://${plainUrl}`, trust)) {
        expect(said).toMatch(/it does not speak TLS on this port; use http:\/\/$/);
      }
      for (const said of await saidOf(url.replace('https:', 'http:'), trust)) {
        expect(said).toBe('This port speaks TLS: use https://.');
      }
    }
    const answer = await fetch(`${url.replace('https:', 'http:')}/api/v1/hosts`);
    expect([answer.status, errorReply.parse(await answer.json()).code]).toEqual([426, 'TLS_REQUIRED']);
  }, 240_000);

  it('keeps the samples of a collector whose address lacks the s', async () => {
    const { url } = await serve();
    const collector = follow('collector', url.replace('https:', 'http:'), { AMBERWATCH_INTERVAL: '1s' });
    await collector.waitFor(
      /they are kept and sent later: 426 TLS_REQUIRED This port speaks TLS: use https:\/\/\./,
      60_000,
    );
    expect(collector.output()).not.toContain('put aside');
  }, 240_000);
});

describe('files of trust', () => {
  it('that are missing or do not belong together keep a client from starting, and the command line from asking', async () => {
    const missing = join(folder, 'missing.pem');
    const app = follow('prediction', 'https://localhost:1', { AMBERWATCH_SERVER_CA: missing });
    expect(await app.exited).toBe(1);
    expect(app.output()).toContain(`AMBERWATCH_SERVER_CA: there is no file ${missing}`);
    const mixed = { ...known, AMBERWATCH_CLIENT_KEY: listening['AMBERWATCH_TLS_KEY'] };
    const { status, stderr } = amberwatch('https://localhost:1', mixed, 'hosts');
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('not usable as PEM (the key does not belong to the certificate)'),
    });
  }, 240_000);
});
