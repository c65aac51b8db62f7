import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningApp, startApp, startProcess, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { HttpReceiver } from '../support/receivers.js';
import { join } from 'node:path';

const TOKEN = 'a-token-of-enough-length';
const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\u009b31m';
const main = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'cli', 'main.js');

let hostile: HttpReceiver;
let other: HttpReceiver;
const apps: RunningApp[] = [];
beforeAll(async () => {
  hostile = await HttpReceiver.start();
  other = await HttpReceiver.start();
});
afterAll(async () => {
  await stopAll(apps);
  await Promise.all([hostile.stop(), other.stop()]);
});

function cli(words: string[], env: Record<string, string> = {}): RunningApp {
  const folder = temporaryFolder();
  const all = { DATA_JSON_PATH: join(folder, 'data.json'), AMBERWATCH_TOKEN: TOKEN, ...env };
  const app = startProcess(process.execPath, [main, ...words, '--url', hostile.url], all, folder);
  apps.push(app);
  return app;
}

/** Characters that a terminal obeys. */
const obeyed = /[^\P{Cc}\n\t]/u;

describe('a cluster of a stranger', () => {
  it('writes nothing to the terminal that it would obey', async () => {
    const server = { cpu: '61%', memory: '4%', service: `shop${ESCAPES}` };
    hostile.answer = (response, { url }) =>
      void response.end(JSON.stringify(url === '/servers' ? ['10.0.0.1', `10.0.0.2${ESCAPES}`] : server));
    for (const command of ['servers', 'averages', 'unhealthy']) {
      const app = cli([command], { HEALTH_COUNT: '9' });
      await app.exited;
      expect(app.output()).not.toMatch(obeyed);
      expect(app.output()).toContain('shop');
    }
  }, 60_000);

  it.each<[string, (url: string) => string]>([
    ['no JSON', () => `<html>${ESCAPES}</html>`],
    ['JSON 100,000 deep', () => '['.repeat(100_000)],
    ['20 MB', () => `["${'x'.repeat(20 * 1024 * 1024)}"]`],
    ['something else', () => '{"a": null}'],
    ['null', () => 'null'],
    ['names of objects', () => '["__proto__", "constructor"]'],
  ])(
    'that answers with %s ends in a status and a sentence, not in a crash',
    async (_what, body) => {
      hostile.answer = (response, { url = '' }) => void response.end(body(url));
      const app = cli(['servers']);
      expect([0, 1, 3]).toContain(await app.exited);
      expect(app.output()).not.toMatch(obeyed);
      expect(app.output()).not.toContain('    at ');
    },
    60_000,
  );
});

/** Answers everything by sending the asker to somebody else. */
function redirect(): void {
  hostile.answer = (response, { url = '' }) =>
    void response.writeHead(307, { location: `${other.url}${url}`, 'content-length': 0 }).end();
}

describe('a server that sends its askers elsewhere', () => {
  it('has the token carried there by no program of ours', async () => {
    redirect();
    const follower = { AMBERWATCH_SERVER_URL: hostile.url, AMBERWATCH_TOKEN: TOKEN, AMBERWATCH_INTERVAL: '1s' };
    const own = (name: 'collector' | 'alarm' | 'prediction', port: string) =>
      startApp(name, { ...follower, AMBERWATCH_DATA: temporaryFolder(), [port]: '0', AMBERWATCH_METADATA: 'off' });
    apps.push(
      own('collector', 'AMBERWATCH_CONTROL_PORT'),
      own('alarm', 'AMBERWATCH_ALARM_PORT'),
      own('prediction', 'AMBERWATCH_PREDICTION_PORT'),
    );
    for (const words of [['servers'], ['hosts'], ['alerts'], ['notify', 'test']]) await cli(words).exited;
    const carried = () => hostile.requests.filter(({ headers }) => headers.authorization === `Bearer ${TOKEN}`);
    const kinds = ['/api/v1/samples', '/api/v1/hosts', '/api/v1/alerts'];
    await waitUntil(
      'all have asked',
      () => kinds.every((path) => carried().some((one) => one.path.startsWith(path))),
      60_000,
    );
    expect(other.requests.filter(({ headers }) => JSON.stringify(headers).includes(TOKEN))).toEqual([]);
    expect(apps.slice(-7).filter(({ child }) => child.signalCode !== null)).toEqual([]);
  }, 150_000);
});

describe('what answers in the place of a server', () => {
  it.each<[string, string]>([
    ['a page', `<html>${ESCAPES}${'x'.repeat(300_000)}</html>`],
    ['JSON that is something else', `{"hosts": ${JSON.stringify(ESCAPES)}, "samples": [null], "status": "stop"}`],
    ['nothing', ''],
  ])(
    '%s: alarm, prediction and collector go on, and their lines stay lines',
    async (_what, body) => {
      hostile.answer = (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(body);
      hostile.requests.length = 0;
      const env = { AMBERWATCH_SERVER_URL: hostile.url, AMBERWATCH_TOKEN: TOKEN, AMBERWATCH_METADATA: 'off' };
      const started = (['collector', 'alarm', 'prediction'] as const).map((name) =>
        startApp(name, {
          ...env,
          AMBERWATCH_DATA: temporaryFolder(),
          AMBERWATCH_INTERVAL: '1s',
          AMBERWATCH_CONTROL_PORT: '0',
          AMBERWATCH_ALARM_PORT: '0',
          AMBERWATCH_PREDICTION_PORT: '0',
        }),
      );
      apps.push(...started);
      const asked = () => hostile.requests.filter(({ path }) => path.startsWith('/api/v1/samples?')).length;
      await waitUntil('batches came', () => hostile.requests.some(({ path }) => path === '/api/v1/samples'), 60_000);
      await waitUntil('followers asked, or asked for hosts', () => asked() > 0 || hostile.requests.length > 6, 60_000);
      for (const app of started) {
        expect([app.child.exitCode, app.child.signalCode]).toEqual([null, null]);
        expect(app.output().replaceAll('\n', '')).not.toMatch(obeyed);
        for (const line of app.output().split('\n')) expect(line.length).toBeLessThan(2000);
      }
      await stopAll(started);
    },
    150_000,
  );

  it('as InfluxDB: the server says what it got in one line, and does not start on it', async () => {
    const text = JSON.stringify({ code: `x${ESCAPES}`, message: `no ${ESCAPES}\n${'y'.repeat(200_000)}` });
    hostile.answer = (response) => void response.writeHead(401, { 'content-type': 'application/json' }).end(text);
    const env = { INFLUX_URL: hostile.url, INFLUX_TOKEN: 'MarkOfInflux5t6y', AMBERWATCH_PORT: '0' };
    const app = startApp('server', { ...env, AMBERWATCH_DATA: temporaryFolder() });
    apps.push(app);
    await app.waitFor(/ERROR|WARN|listens/, 55_000);
    expect(app.output().replaceAll('\n', '')).not.toMatch(obeyed);
    for (const line of app.output().split('\n')) expect(line.length).toBeLessThan(2000);
    expect(app.output()).not.toContain('MarkOfInflux5t6y');
  }, 90_000);
});
