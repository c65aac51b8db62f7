import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { heartbeatService, type HeartbeatService } from '#domain';
import { type RunningApp, startApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';

let server: RunningApp & { url: string };
let client: AmberwatchClient;
const services = new Map<HeartbeatService, RunningApp>();

const start = (service: HeartbeatService) => {
  const settings = { AMBERWATCH_SERVER_URL: server.url, AMBERWATCH_DATA: temporaryFolder() };
  services.set(service, startApp(service, settings));
};
const statusOf = async (service: HeartbeatService) =>
  (await client.heartbeats()).services.find((one) => one.service === service)?.status;

beforeAll(async () => {
  server = await startServer(temporaryFolder());
  client = new AmberwatchClient({ baseUrl: server.url });
  for (const service of heartbeatService.options) start(service);
  for (const service of heartbeatService.options) {
    await waitUntil(`${service} is up`, async () => (await statusOf(service)) === 'ok');
  }
}, 60_000);
afterAll(() => stopAll([...services.values(), server]));

it("raises for a reporter's CPU the same incident as for any host's", async () => {
  const report = {
    CPUUtilization: { CPUUtilization: { Unit: 'percentage', Value: '97.5' } },
    Diskutilization: { Hostname: 'reporter-1', MountPoint: '/', Percentageused: '95' },
  };
  const response = await fetch(`${server.url}/app/post/data`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(report),
  });
  expect(response.status).toBe(200);
  const alerts = await waitUntil('two alerts', async () => {
    const page = await client.alerts({ host: 'reporter-1' });
    return page.alerts.length === 2 && page.alerts;
  });
  expect(alerts.map(({ metric, color, value }) => ({ metric, color, value }))).toEqual(
    expect.arrayContaining([
      { metric: 'cpu', color: 'RED', value: 97.5 },
      { metric: 'disk', color: 'RED', value: 95 },
    ]),
  );
});

describe.each(heartbeatService.options)('the service %s', (service) => {
  it('pauses with its next poll, is said to be blind, and goes on', async () => {
    await client.controlService(service, { status: 'pause' });
    await waitUntil('paused', async () => (await statusOf(service)) === 'paused');
    expect((await client.alarmState()).blind).toContain(`${service} is paused`);
    await client.controlService(service, { status: 'resume' });
    await waitUntil('resumed', async () => (await statusOf(service)) === 'ok');
  });

  it('stops cleanly, and is not stopped again after a new start', async () => {
    await client.controlService(service, { status: 'stop' });
    expect(await services.get(service)?.exited).toBe(0);
    start(service);
    const before = (await client.heartbeats()).services.find((one) => one.service === service)?.instance;
    await waitUntil('a new instance', async () => {
      const now = (await client.heartbeats()).services.find((one) => one.service === service);
      return now?.instance !== before && now?.status === 'ok';
    });
    await client.controlService(service, { logLevel: 'debug' });
    expect(services.get(service)?.child.exitCode).toBeNull();
  });
});
