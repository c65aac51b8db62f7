import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { madeToken, type MadeToken, type Token } from '#domain';
import { type RunningApp, startApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';

const TOKEN = 'a-token-of-enough-length';
const IN_AN_HOUR = new Date(Date.now() + 3_600_000).toISOString();

type Server = RunningApp & { url: string };
const apps: RunningApp[] = [];
afterEach(() => stopAll(apps.splice(0)));

async function start(data = temporaryFolder(), port = '0'): Promise<Server> {
  const server = await startServer(data, { AMBERWATCH_TOKEN: TOKEN, AMBERWATCH_PORT: port });
  apps.push(server);
  return server;
}

function startCollector(serverUrl: string, data: string, env: Record<string, string>): RunningApp {
  const app = startApp('collector', {
    AMBERWATCH_SERVER_URL: serverUrl,
    AMBERWATCH_INTERVAL: '500ms',
    AMBERWATCH_DATA: data,
    AMBERWATCH_CONTROL_PORT: '0',
    AMBERWATCH_HOSTNAME: 'web-1',
    AMBERWATCH_METADATA: 'off',
    ...env,
  });
  apps.push(app);
  return app;
}

const clientOf = ({ url }: Server) => new AmberwatchClient({ baseUrl: url, token: TOKEN });
const invite = (server: Server, hosts = ['web-*']) =>
  clientOf(server).createToken({ kind: 'enrolment', hosts, expiresAt: IN_AN_HOUR });
const knows = async (server: Server, host: string) =>
  (await clientOf(server).hosts()).hosts.some((one) => one.host === host);
const tokensOf = async (server: Server, by: MadeToken): Promise<Token[]> =>
  (await clientOf(server).everyToken()).filter(({ enrolledBy }) => enrolledBy === by.id);

async function enrol(server: Server, by: string, host: string) {
  const response = await fetch(`${server.url}/api/v1/enrol`, {
    method: 'POST',
    headers: { authorization: `Bearer ${by}`, 'content-type': 'application/json' },
    body: JSON.stringify({ host }),
  });
  const body: unknown = await response.json();
  return { status: response.status, body, made: madeToken.safeParse(body).data };
}

let count = 1000;
async function put(server: Server, token: string, host: string): Promise<number> {
  const time = new Date().toISOString();
  const body = JSON.stringify({ id: `enrol-${++count}`, host, time, names: ['nginx'], count: [1], cpu: [1] });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return (await fetch(`${server.url}/api/v1/samples`, { method: 'PUT', headers, body })).status;
}

describe('enrolment', () => {
  it('gives a hundred hosts a token each for one, which writes for its host alone', async () => {
    const server = await start();
    const invitation = await invite(server);
    const hosts = Array.from({ length: 100 }, (_, i) => `web-${i}`);
    const answers = await Promise.all(hosts.map((host) => enrol(server, invitation.token, host)));
    expect(answers.map(({ status }) => status)).toEqual(hosts.map(() => 200));
    const texts = answers.map(({ made }) => made?.token ?? '');
    expect(new Set(texts).size).toBe(100);
    const own = await Promise.all(hosts.map((host, i) => put(server, texts[i] ?? '', host)));
    const others = await Promise.all(hosts.map((_, i) => put(server, texts[i] ?? '', `web-${(i + 1) % 100}`)));
    expect([new Set(own), new Set(others)]).toEqual([new Set([200]), new Set([403])]);
    expect((await tokensOf(server, invitation)).length).toBe(100);
    expect((await enrol(server, invitation.token, 'db-1')).status).toBe(403);
    expect((await enrol(server, texts[0] ?? '', 'web-0')).status).toBe(403);
    expect(await put(server, invitation.token, 'web-0')).toBe(403);
  }, 240_000);

  it('of a host again ends its older tokens after a while, so that the list does not grow', async () => {
    const server = await start();
    const invitation = await invite(server, ['web-*']);
    const made: string[] = [];
    for (let i = 0; i < 4; i++) made.push((await enrol(server, invitation.token, 'web-*')).made?.token ?? '');
    const statuses: number[] = [];
    for (const token of made) statuses.push(await put(server, token, 'web-*'));
    expect(statuses).toEqual([401, 401, 200, 200]);
    expect(await put(server, made[3] ?? '', 'web-1')).toBe(403);
    const left = await tokensOf(server, invitation);
    expect([left.length, left.filter(({ expiresAt }) => expiresAt === null).length]).toEqual([2, 1]);
  }, 240_000);
});

describe('a collector with an enrolment token', () => {
  it('samples while the server is away, enrols once it is there, keeps its token, and loses nothing', async () => {
    const [serverData, data] = [temporaryFolder(), temporaryFolder()];
    const first = await start(serverData);
    const invitation = await invite(first);
    await first.stop();

    const env = { AMBERWATCH_ENROL_TOKEN: invitation.token };
    const collector = startCollector(first.url, data, env);
    await collector.waitFor(/"web-1" is not enrolled: .*ECONNREFUSED/, 60_000);
    const [, control = ''] = await collector.waitFor(/Control port on (http:\S+)/, 60_000);
    const ledger = async () => {
      const page = (await (await fetch(`${control}/get/metrics`)).json()) as {
        Amberwatch: { samples: { sampled: number; acknowledged: number; queued: number; dropped: number } };
      };
      return page.Amberwatch.samples;
    };
    const before = await waitUntil(
      'a backlog',
      async () => {
        const now = await ledger();
        return now.queued > 0 && now;
      },
      60_000,
    );
    const server = await start(serverData, new URL(first.url).port);
    await collector.waitFor(/Enrolled as "web-1" with a token of its own/, 60_000);
    await waitUntil('the backlog is there', async () => (await ledger()).acknowledged >= before.queued, 60_000);
    expect(await ledger()).toMatchObject({ dropped: 0 });
    expect(await knows(server, 'web-1')).toBe(true);

    const kept = join(data, 'token.json');
    expect(statSync(kept).mode & 0o777).toBe(0o600);
    const { token } = JSON.parse(readFileSync(kept, 'utf8')) as { token: string };
    await collector.stop();
    const again = startCollector(first.url, data, env);
    await again.waitFor(/Control port on/, 60_000);
    const acknowledged = await tokensOf(server, invitation);
    expect(acknowledged.length).toBe(1);
    for (const secret of [token, invitation.token]) {
      expect(collector.output() + again.output() + server.output()).not.toContain(secret.slice(-43));
    }
  }, 240_000);

  it('enrols again where its token is taken back, and goes on', async () => {
    const server = await start();
    const invitation = await invite(server);
    const data = temporaryFolder();
    const collector = startCollector(server.url, data, { AMBERWATCH_ENROL_TOKEN: invitation.token });
    await collector.waitFor(/Enrolled as/, 60_000);
    const [first] = await waitUntil(
      'one token',
      async () => {
        const all = await tokensOf(server, invitation);
        return all.length === 1 && all;
      },
      60_000,
    );
    await clientOf(server).revokeToken(first?.id ?? '');
    await collector.waitFor(/does not take the token of this host any more[\s\S]*Enrolled as/, 60_000);
    const [second] = await tokensOf(server, invitation);
    expect(second?.id).not.toBe(first?.id);
    await collector.waitFor(/The server takes samples again/, 60_000);
  }, 240_000);

  it('says why it is not enrolled, and keeps what it samples', async () => {
    const server = await start();
    const invitation = await invite(server, ['db-*']);
    const collector = startCollector(server.url, temporaryFolder(), { AMBERWATCH_ENROL_TOKEN: invitation.token });
    await collector.waitFor(
      /they are kept and sent later: "web-1" is not enrolled: 403 FORBIDDEN This enrolment token/,
    );
    expect(await knows(server, 'web-1')).toBe(false);
  }, 240_000);

  it('goes on with the token that it was given, and shows a kept one to its own server alone', async () => {
    const server = await start();
    const invitation = await invite(server);
    const data = temporaryFolder();
    const foreign = { host: 'web-1', token: 'aw_foreign', server: 'http://127.0.0.1:1' };
    writeFileSync(join(data, 'token.json'), JSON.stringify(foreign));
    const given = startCollector(server.url, data, {
      AMBERWATCH_TOKEN: TOKEN,
      AMBERWATCH_ENROL_TOKEN: invitation.token,
    });
    await waitUntil('samples', () => knows(server, 'web-1'), 60_000);
    await given.stop();
    expect(await tokensOf(server, invitation)).toEqual([]);
    const own = startCollector(server.url, data, { AMBERWATCH_ENROL_TOKEN: invitation.token });
    await own.waitFor(/Enrolled as/, 60_000);
    expect(own.output()).not.toContain('any more');
    const { server: kept } = JSON.parse(readFileSync(join(data, 'token.json'), 'utf8')) as { server: string };
    expect(kept).toBe(server.url);
    expect(readdirSync(data).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  }, 240_000);
});
