import { afterEach, describe, expect, it } from '@jest/globals';
import { startApp, startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';
import { checkMetrics, hasPromtool } from '../support/promtool.js';

const apps: RunningApp[] = [];
afterEach(async () => {
  await stopAll(apps.splice(0));
});

describe('the metrics of the services that follow', () => {
  it.each([
    ['prediction', 'AMBERWATCH_PREDICTION_PORT', 'amberwatch_prediction_follows 1\n'],
    ['alarm', 'AMBERWATCH_ALARM_PORT', 'amberwatch_alarm_open_incidents 0\n'],
  ] as const)('of %s are what Prometheus reads', async (name, variable, line) => {
    const server = await startServer(temporaryFolder());
    const env = { AMBERWATCH_SERVER_URL: server.url, AMBERWATCH_DATA: temporaryFolder(), [variable]: '0' };
    const app = startApp(name, env);
    apps.push(server, app);
    const [, url] = await app.waitFor(/Metrics on (http:\S+)\/metrics/);
    const page = await waitUntil(line, async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return text.includes(line) && text;
    });
    expect(await (await fetch(`${url}/health/live`)).json()).toEqual({ status: 'ok' });
    expect(hasPromtool ? checkMetrics(page) : '').toBe('');
    expect(await app.stop()).toBe(0);
  });
});
