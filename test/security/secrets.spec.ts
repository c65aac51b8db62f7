import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { AmberwatchClient } from '#client';
import { alarmSettings } from '../../apps/alarm/alarm.config.js';
import { cliSettings } from '../../apps/cli/cli.config.js';
import { collectorSettings } from '../../apps/collector/collector.config.js';
import { predictionSettings } from '../../apps/prediction/prediction.config.js';
import { serverSettings } from '../../apps/server/server.config.js';
import { startInflux, type TestInflux } from '../support/influxd.js';
import { type RunningApp, startProcess, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { HttpReceiver, MailReceiver } from '../support/receivers.js';
import { placesOf, type Shown } from '../support/secret-search.js';

const schemas = {
  server: serverSettings,
  collector: collectorSettings,
  prediction: predictionSettings,
  alarm: alarmSettings,
  cli: cliSettings,
};
type Program = keyof typeof schemas;

/** What must be seen nowhere, by the variable that holds it. A new secret setting has to be added here. */
const secrets: Record<string, string> = {
  AMBERWATCH_TOKEN: 'Mark+Token/7f3k9q2x',
  AMBERWATCH_ENROL_TOKEN: 'MarkEnrol5w8e2r',
  INFLUX_TOKEN: 'token-of-the-tests',
  AMBERWATCH_SLACK_URL: 'MarkSlackUrl8s7d6f',
  AMBERWATCH_SLACK_TOKEN: 'xoxb-MarkSlackToken3h4j',
  AMBERWATCH_SMTP_URL: 'Mark+Mail/pass2k3l',
  AMBERWATCH_WEBHOOK_URL: 'MarkWebhookUrl5g6h7',
  AMBERWATCH_WEBHOOK_SECRET: 'MarkWebhookSecret9z8x',
  AMBERWATCH_ALERTMANAGER_URL: 'MarkAlertmanager4d5f',
  AMBERWATCH_NTFY_URL: 'MarkNtfyTopic2q3w4e',
  AMBERWATCH_NTFY_TOKEN: 'MarkNtfyToken6t7y8u',
  AMBERWATCH_TELEGRAM_TOKEN: '123456:MarkTelegram1a2s',
  AMBERWATCH_PAGERDUTY_KEY: 'MarkPagerDuty0p9o8i',
  AMBERWATCH_OPSGENIE_KEY: 'MarkOpsgenie7u6y5t',
  GET_REQ_HEADER: 'MarkHeader3e4r5t6y',
};

const secretsOf = (program: Program) =>
  Object.entries(schemas[program].shape)
    .filter(([, schema]) => (schema as z.ZodType).meta()?.['secret'] === true)
    .map(([name]) => name);

/** Refuses everything and repeats what it was sent, as many servers do. */
let parrot: HttpReceiver;
let mail: MailReceiver;
let influx: TestInflux | undefined;
let serverUrl: string;
const apps: RunningApp[] = [];
const folders: string[] = [];
const shown: Shown[] = [];

/** The variables of a program, each secret as it is used there. */
function environmentOf(program: Program): Record<string, string> {
  const values: Record<string, string> = {
    ...secrets,
    AMBERWATCH_SLACK_URL: `${parrot.url}/services/T0/B0/${secrets['AMBERWATCH_SLACK_URL']}`,
    AMBERWATCH_SMTP_URL: `smtp://user:${encodeURIComponent(secrets['AMBERWATCH_SMTP_URL'] ?? '')}@127.0.0.1:${mail.port}`,
    AMBERWATCH_WEBHOOK_URL: `${parrot.url}/hook/${secrets['AMBERWATCH_WEBHOOK_URL']}`,
    AMBERWATCH_ALERTMANAGER_URL: `${parrot.url}/${secrets['AMBERWATCH_ALERTMANAGER_URL']}`,
    AMBERWATCH_NTFY_URL: `${parrot.url}/${secrets['AMBERWATCH_NTFY_URL']}`,
    GET_REQ_HEADER: JSON.stringify({ 'x-key': secrets['GET_REQ_HEADER'] }),
  };
  return Object.fromEntries(secretsOf(program).map((name) => [name, values[name] ?? '']));
}

const main = (program: Program) => join(import.meta.dirname, '..', '..', 'dist', 'apps', program, 'main.js');

function start(program: Program, env: Record<string, string>, node: string[] = [], args: string[] = []): RunningApp {
  const folder = temporaryFolder();
  folders.push(folder);
  const all = { AMBERWATCH_DATA: folder, LOG_LEVEL: 'debug', ...environmentOf(program), ...env };
  const app = startProcess(process.execPath, [...node, main(program), ...args], all, folder);
  apps.push(app);
  return app;
}

const bearer = { authorization: `Bearer ${secrets['AMBERWATCH_TOKEN']}` };

async function keep(where: string, url: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(url, init);
  const head = JSON.stringify([...response.headers]);
  shown.push({ where, text: `${head} ${await response.text()}` });
  return response.status;
}

beforeAll(async () => {
  parrot = await HttpReceiver.start();
  parrot.answer = (response, { url, headers, method }) => {
    const { body = '' } = parrot.requests.at(-1) ?? {};
    response.writeHead(404).end(`Cannot ${method} ${url} ${headers.authorization ?? ''} ${body.slice(0, 100)}`);
  };
  mail = await MailReceiver.start(false);
  influx = await startInflux();
  const store: Record<string, string> = influx ? { INFLUX_URL: influx.url, INFLUX_ORG: influx.org } : {};
  // As its own process does, a file of the rules tells of RED at once.
  const rules = join(temporaryFolder(), 'rules.yaml');
  writeFileSync(rules, 'rules:\n  - { name: at-once, for: 0s }\n');
  const server = start('server', { AMBERWATCH_PORT: '0', ...store });
  [, serverUrl = ''] = await server.waitFor(/listens on (http:\/\/\S+?),? /, 55_000);
  const follower = { AMBERWATCH_SERVER_URL: serverUrl };
  start('collector', { ...follower, AMBERWATCH_CONTROL_PORT: '0', AMBERWATCH_INTERVAL: '1s' });
  start('prediction', { ...follower, AMBERWATCH_PREDICTION_PORT: '0' });
  start('alarm', {
    ...follower,
    AMBERWATCH_ALARM_PORT: '0',
    AMBERWATCH_RULES: rules,
    AMBERWATCH_NOTIFY_PRIVATE: 'allow',
    AMBERWATCH_NOTIFY_WAIT: '1s',
    AMBERWATCH_SLACK_CHANNEL: 'C1234567890',
    AMBERWATCH_SLACK_API: `${parrot.url}/slack`,
    AMBERWATCH_SMTP_TLS: 'optional',
    AMBERWATCH_MAIL_FROM: 'a@example.com',
    AMBERWATCH_MAIL_TO: 'b@example.com',
    AMBERWATCH_TELEGRAM_CHAT: '-100123',
    AMBERWATCH_TELEGRAM_URL: parrot.url,
    AMBERWATCH_PAGERDUTY_URL: parrot.url,
    AMBERWATCH_OPSGENIE_URL: parrot.url,
  });
}, 180_000);
afterAll(async () => {
  await stopAll(apps);
  await Promise.all([parrot.stop(), mail.stop(), influx?.stop()]);
});

describe('no secret is seen', () => {
  it('of any setting: each is in this test', () => {
    const all = (Object.keys(schemas) as Program[]).flatMap(secretsOf);
    expect(all.length).toBeGreaterThan(15);
    expect([...new Set(all)].filter((name) => secrets[name] === undefined)).toEqual([]);
  });

  it('after an alert that every channel refuses, repeating what it was sent', async () => {
    const client = new AmberwatchClient({ baseUrl: serverUrl, token: secrets['AMBERWATCH_TOKEN'] ?? '' });
    await apps[3]?.waitFor(/Alarm follows/, 55_000);
    const sample = { names: ['java'], count: [1], cpu: [99], cpuMax: [99] };
    await client.putSamples({ id: 'secrets-1', host: 'web-1', time: new Date().toISOString(), ...sample });
    const asked = () => parrot.requests.map(({ path }) => path).join(' ');
    for (const path of [/\/hook\//, /MarkAlertmanager/, /\/bot123456:/, /\/v2\/enqueue/, /\/v2\/alerts/])
      await waitUntil(`a message to ${String(path)}`, () => path.test(asked()));
    const { id } = await client.requestNotifyTest();
    const tests = await waitUntil('the results of a test of the channels', async () => {
      const { tests: all } = await client.notifyTests();
      return all.some((one) => one.id === id && one.results) && all;
    });
    shown.push({ where: 'the results of a test', text: JSON.stringify(tests) });
    // What is not sent there can't be repeated, and would show nothing here.
    expect(placesOf(secrets, [{ where: '', text: JSON.stringify(parrot.requests) }]).length).toBeGreaterThan(7);
  }, 120_000);

  it('in any answer of any port, with the token and without, fine or not', async () => {
    const { paths } = (await (await fetch(`${serverUrl}/api/openapi.json`)).json()) as {
      paths: Record<string, Record<string, object>>;
    };
    for (const [path, methods] of Object.entries(paths)) {
      if (path === '/api/v1/stream') continue;
      // Whoever has shown the token gets it back in the command that connects a host.
      const known = path === '/api/v1/setup' ? {} : bearer;
      for (const headers of [{}, known, { authorization: 'Bearer wrong' }]) {
        const url = serverUrl + path.replace(/\{\w+\}/g, 'web-1');
        if ('get' in methods) await keep(`GET ${path}`, url, { headers });
        for (const method of Object.keys(methods).filter((one) => one !== 'get' && one !== 'delete')) {
          const json = { ...headers, 'content-type': 'application/json' };
          await keep(`${method} ${path}`, url, { method: method.toUpperCase(), headers: json, body: '{"a": 1}' });
        }
      }
    }
    for (const path of ['/', '/api/docs', '/api/openapi.json']) await keep(path, serverUrl + path);
    const own = apps.slice(1, 4).map((app) => /(?:Control port|Metrics) on (http:\/\/[^/\s]+)/.exec(app.output())?.[1]);
    for (const url of own) {
      for (const path of ['/', '/metrics', '/health/live', '/get/metrics', '/get/metadata'])
        await keep(`${url}${path}`, `${url}${path}`);
    }
    expect(shown.length).toBeGreaterThan(150);
  }, 120_000);

  it('in what a wrong configuration, --help and --health say', async () => {
    const wrong = { ...secrets, AMBERWATCH_TOKEN: 'MarkShort1', AMBERWATCH_WEBHOOK_SECRET: 'MarkShort2' };
    for (const program of ['server', 'collector', 'prediction', 'alarm'] as const) {
      // None of these is the URL or the number that it has to be.
      const names = secretsOf(program);
      const env = Object.fromEntries(names.map((name) => [name, `${(wrong as Record<string, string>)[name]} `]));
      const app = start(program, { ...env, AMBERWATCH_PORT: 'x', LOG_LEVEL: 'x' });
      const told = ['--help', '--health'].map((flag) => start(program, {}, [], [flag]).exited);
      expect(await app.exited).toBe(1);
      await Promise.all(told);
      // Put into words, and no crash of what reads them.
      expect(app.output()).not.toContain('    at ');
    }
    for (const words of [['servers'], ['hosts'], ['nonsense'], ['notify', 'test']]) {
      const asked = { AMBERWATCH_SERVER_URL: parrot.url };
      const wrongHeader = { GET_REQ_HEADER: `${secrets['GET_REQ_HEADER']}{` };
      await Promise.all([start('cli', asked, [], words).exited, start('cli', wrongHeader, [], words).exited]);
    }
    expect(
      placesOf(
        { short: 'MarkShort' },
        apps.map(({ pid, output }) => ({ where: `${pid}`, text: output() })),
      ),
    ).toEqual([]);
  }, 180_000);

  it('where a process ends by an error that nobody caught, which shows its own values', async () => {
    const crash = 'process.on("SIGUSR2",()=>new URL("http://["+process.env.AMBERWATCH_TOKEN))';
    const app = start('prediction', { AMBERWATCH_SERVER_URL: serverUrl, AMBERWATCH_PREDICTION_PORT: '0' }, [
      '--import',
      `data:text/javascript,${encodeURIComponent(crash)}`,
    ]);
    await app.waitFor(/Metrics on/, 55_000);
    expect(await app.stop('SIGUSR2')).toBe(1);
    expect(app.output()).toMatch(/Invalid URL[^]*input: 'http:\/\/\[\[secret\]'/);
  }, 90_000);

  it('while the database is away', async () => {
    await influx?.stop();
    influx = undefined;
    for (const path of ['/api/v1/usage', '/api/v1/history?host=web-1&name=java&metric=cpu', '/health/ready'])
      await keep(path, serverUrl + path, { headers: bearer });
    const sample = { names: ['java'], count: [1], cpu: [99] };
    const batch = { id: 'secrets-2', host: 'web-1', time: new Date().toISOString(), ...sample };
    const json = { ...bearer, 'content-type': 'application/json' };
    const put = { method: 'PUT', headers: json, body: JSON.stringify(batch) };
    await keep('a write', `${serverUrl}/api/v1/samples`, put);
  }, 90_000);

  it('in the list of processes, in any line that was written, and in any file that is kept', async () => {
    for (const { pid, child } of apps) {
      if (child.exitCode !== null) continue;
      for (const file of ['cmdline', 'comm', 'stat'])
        shown.push({ where: `${file} of a process`, text: readFileSync(`/proc/${pid}/${file}`, 'utf8') });
    }
    for (const app of apps.slice(0, 4)) await app.stop();
    for (const app of apps) shown.push({ where: 'what a process wrote', text: app.output() });
    for (const folder of folders) {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (entry.isFile()) shown.push({ where: path, text: readFileSync(path, 'latin1') });
      }
    }
    expect(apps[0]?.output()).toMatch(/ERROR|WARN/);
    expect(placesOf(secrets, shown)).toEqual([]);
  }, 90_000);
});

it('a secret is found in whatever form it is written', () => {
  const secret = 'Mark+"x"/9';
  const forms = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret),
    Buffer.from(`user:${secret}`).toString('base64'),
    Buffer.from(`us:${secret} and more`).toString('base64url'),
    `{"authorization":"Basic ${Buffer.from(`u:${secret}`).toString('base64')}"}`,
  ];
  for (const text of forms) expect(placesOf({ A: secret }, [{ where: 'here', text }])).toHaveLength(1);
  expect(placesOf({ A: secret }, [{ where: 'here', text: 'Mark and 9' }])).toEqual([]);
});
