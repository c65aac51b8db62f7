import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import type { Incident, SampleBatch } from '#domain';
import { startApp, startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';

let folder: string;
let server: RunningApp & { url: string };
let alarm: RunningApp;
let client: AmberwatchClient;

beforeAll(async () => {
  folder = temporaryFolder();
  server = await startServer(folder);
  client = new AmberwatchClient({ baseUrl: server.url });
  alarm = startApp('alarm', { AMBERWATCH_SERVER_URL: server.url, AMBERWATCH_DATA: temporaryFolder() });
}, 60_000);
afterAll(() => stopAll([alarm, server]));

let sent = 0;
const batch = (host: string, cpu: number, more: Partial<SampleBatch> = {}): SampleBatch => ({
  id: `strangers-${++sent}`,
  host,
  time: new Date().toISOString(),
  intervalMs: 10_000,
  names: ['java'],
  count: [1],
  cpu: [cpu],
  cpuMax: [cpu],
  ...more,
});
const ask = async (path: string, method = 'GET', body?: string) => {
  const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(server.url + path, { method, headers, body });
  return { status: response.status, text: await response.text() };
};
const lists = [
  'hosts',
  'instances',
  'control/changes',
  'alerts?state=all',
  'silences',
  'scores',
  'forecasts',
  'usage',
  'units',
];

/** A fresh process at 99 % turns RED, and every list answers. */
async function probe(host: string): Promise<void> {
  await waitUntil(`${host} is RED`, async () => {
    await client.putSamples(batch(host, 99));
    const { alerts } = JSON.parse((await ask('/ressources-usage/query-alarm')).text) as { alerts: Incident[] };
    return alerts.some((one) => one.host === host && one.color === 'RED');
  });
  for (const list of lists) expect([list, (await ask(`/api/v1/${list}`)).status]).toEqual([list, 200]);
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const report = (more: string) =>
  `{"CPUUtilization":{"CPUUtilization":{"Unit":"percentage","Value":"1"}},"Diskutilization":{"Hostname":"poison"},${more}}`;

const entry = (ageSeconds: number) =>
  `{"timestamp":${Date.now() / 1000 - ageSeconds},"value":1,"process_name":"x","type_data":"cpu"}`;

describe('what strangers send', () => {
  it.each([
    [
      'POST',
      '/app/post/data',
      '{"Diskutilization":{"Hostname":"\\ud800","Percentageused":"1","MountPoint":"\\udc80"}}',
    ],
    ['POST', '/app/post/data', report('"Metadata":{"instance-id":"' + 'x'.repeat(600) + '"}')],
    ['POST', '/app/post/data', report('"MemmoryUtilization":{"Total_Mem":"9999999999P"}')],
    ['POST', '/app/post/data', report(`"deep":${nested(30)}`)],
    ['POST', '/app/post/data', report(`"deep":${nested(5000)}`)],
    ['PUT', '/api/v1/hosts/x/control', '{"revision":0,"status":"running","intervalMs":10000}'],
    ['PUT', '/api/v1/hosts/x/control', '{"revision":0,"status":"running","intervalMs":500}'],
    [
      'PUT',
      '/api/v1/hosts/x/control',
      `{"revision":0,"status":"running","metadata":{"instance-id":"${'y'.repeat(600)}"}}`,
    ],
    // A host that was away for longer than an interval may be.
    ['PUT', '/ressources-usage/save-all', `{"ipaddress":"away","data":[${entry(90_000)},${entry(0)}]}`],
  ])('%s %s %j leaves every list whole and the alarm seeing', async (method, path, body) => {
    expect((await ask(path, method, body)).status).toBeLessThan(500);
    await probe(`probe-${++sent}`);
  });

  it('leaves them whole after a restart too', async () => {
    await alarm.stop();
    await server.stop();
    server = await startServer(folder);
    client = new AmberwatchClient({ baseUrl: server.url });
    alarm = startApp('alarm', { AMBERWATCH_SERVER_URL: server.url, AMBERWATCH_DATA: temporaryFolder() });
    await probe('after-restart');
  });
});

describe("the original's collector", () => {
  it('is one host with one round a request, whose loudest process is RED', async () => {
    const script = join(import.meta.dirname, '../fixtures/original_collector.py');
    expect(execFileSync('python3', [script, server.url, 'original-1'], { encoding: 'utf8' })).toContain('"Ok"');
    await waitUntil('it is RED', async () => (await client.alerts({ host: 'original-1' })).alerts[0]?.color === 'RED');
    const { processes } = JSON.parse((await ask('/api/v1/hosts/original-1/processes')).text) as { processes: object[] };
    expect(processes).toMatchObject([
      { process: 'worker', count: 99, cpu: 193, cpuMax: 95 },
      { process: 'caf\\xe9', count: 1 },
    ]);
    expect(JSON.parse((await ask('/ressources-usage/get-all?host=original-1&aggregate=total')).text)).toMatchObject({
      worker: [49.5, 193],
    });
    expect((await client.alerts({ host: 'original-1', state: 'all' })).alerts[0]?.history).toHaveLength(1);
  });
});

describe('a host', () => {
  it('whose clock is ahead is corrected once three of its ticks agree, and believed when it is set', async () => {
    const AHEAD_MS = 300_000;
    const state = async () => (await client.hosts()).hosts.find((one) => one.host === 'ahead');
    const send = () =>
      client.putSamples(batch('ahead', 95, { time: new Date(Date.now() + AHEAD_MS).toISOString(), intervalMs: 1000 }));
    await send();
    expect(Date.parse((await state())?.lastTime ?? '')).toBeGreaterThan(Date.now() + AHEAD_MS - 5000);
    await waitUntil('its clock is known', async () => {
      await send();
      return (await state())?.clockOffsetMs !== null;
    });
    const host = await state();
    expect(Math.abs((host?.clockOffsetMs ?? 0) - AHEAD_MS)).toBeLessThan(5000);
    expect(Date.parse(host?.lastTime ?? '')).toBeLessThan(Date.now() + 5000);
    await client.putSamples(batch('ahead', 1));
    expect((await state())?.clockOffsetMs).toBeNull();
  });

  it('that sends old samples stands in blind', async () => {
    await client.putSamples(batch('behind', 95, { time: new Date(Date.now() - 3_600_000).toISOString() }));
    const { blind } = JSON.parse((await ask('/ressources-usage/query-alarm')).text) as { blind: string[] };
    expect(blind).toContain('host behind sends samples that are 60 min old');
  });

  it('that is forgotten is gone with its alerts, over a restart too, and new when it sends again', async () => {
    await probe('taken-away');
    expect((await ask('/api/v1/hosts/taken-away', 'DELETE')).status).toBe(204);
    expect((await ask('/api/v1/hosts/taken-away', 'DELETE')).status).toBe(404);
    const { alerts } = await client.alerts({ host: 'taken-away', state: 'all' });
    expect(alerts[0]).toMatchObject({ color: 'GREEN', reason: 'forgotten', closed: expect.any(String) });
    await server.stop();
    server = await startServer(folder);
    client = new AmberwatchClient({ baseUrl: server.url });
    expect((await ask('/api/v1/hosts/taken-away')).status).toBe(404);
    expect((await client.history({ host: 'taken-away', metric: 'cpu' })).series).toHaveLength(1);
    await client.putSamples(batch('taken-away', 1));
    expect((await ask('/api/v1/hosts/taken-away')).status).toBe(200);
  });
});
