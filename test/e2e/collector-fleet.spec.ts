import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import type { ControlChanges, ControlState, HostMetricsPage } from '#domain';
import { type RunningApp, startApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';

const TOKEN = 'a-token-of-enough-length';
const authorization = `Bearer ${TOKEN}`;
const METADATA = {
  'ami-id': 'not available',
  hostname: 'fleet-host',
  'instance-id': 'fleet-host',
  'instance-type': 'not available',
  'public-ipv4': 'not available',
};
const data = temporaryFolder();
const reports: Record<string, unknown>[] = [];
const manager = createServer((incoming, response) => {
  let text = '';
  incoming.on('data', (chunk) => (text += String(chunk)));
  incoming.on('end', () => {
    reports.push({ path: incoming.url, authorization: incoming.headers.authorization, ...JSON.parse(text) });
    response.end('{}');
  });
});
let server: RunningApp & { url: string };
let client: AmberwatchClient;
let collector: RunningApp;
let control: string;

const startCollector = async () => {
  const { port } = manager.address() as AddressInfo;
  collector = startApp('collector', {
    AMBERWATCH_SERVER_URL: server.url,
    AMBERWATCH_TOKEN: TOKEN,
    AMBERWATCH_DATA: data,
    AMBERWATCH_CONTROL_PORT: '0',
    AMBERWATCH_HOSTNAME: 'fleet-host',
    AMBERWATCH_INTERVAL: '1s',
    AMBERWATCH_METADATA: 'off',
    AMBERWATCH_MANAGER_URL: `http://127.0.0.1:${port}`,
  });
  control = (await collector.waitFor(/Control port on (http:\S+)/))[1] as string;
};

beforeAll(async () => {
  await new Promise<void>((resolve) => manager.listen(0, '127.0.0.1', resolve));
  server = await startServer(temporaryFolder(), { AMBERWATCH_TOKEN: TOKEN });
  client = new AmberwatchClient({ baseUrl: server.url, token: TOKEN });
  await startCollector();
}, 60_000);
afterAll(async () => {
  await stopAll([collector, server]);
  manager.closeAllConnections();
  await new Promise((resolve) => manager.close(resolve));
});

const ask = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(control + path, init);
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
};
const change = (path: string, method = 'POST') => ask(path, { method, headers: { authorization } });
const stateOf = async () => {
  const path = `${server.url}/api/v1/hosts/fleet-host/control`;
  return (await (await fetch(path, { headers: { authorization } })).json()) as ControlState;
};
const hostStatus = async () => (await client.hosts()).hosts.find(({ host }) => host === 'fleet-host')?.status;

describe('the reporter routes', () => {
  it('say who answers', async () => {
    expect(await ask('/')).toMatchObject({
      status: 200,
      json: { service: 'amberwatch-collector', host: 'fleet-host', status: 'running', intervalMs: 1000 },
    });
  });

  it("give the original's JSON", async () => {
    const json = await waitUntil('a tick', async () => {
      const page = (await ask('/get/metrics')).json;
      return 'CPUUtilization' in page ? page : undefined;
    });
    expect(json).toMatchObject({
      CPUUtilization: { CPUUtilization: { Unit: 'percentage', Value: expect.stringMatching(/^\d+\.\d\d$/) } },
      MemmoryUtilization: { MemoryUtilized: { Unit: 'percentage', Value: expect.stringMatching(/^\d+$/) } },
      Diskutilization: { Hostname: 'fleet-host', MountPoint: '/' },
      Metadata: METADATA,
      Time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    });
    expect(json['Amberwatch']).toHaveProperty('samples.sampled');
    expect((await ask('/get/metadata')).json).toEqual(METADATA);
  });

  it('give three points of a section, so far apart', async () => {
    const started = performance.now();
    const { json } = await ask('/get/graph?interval=1&metric=CPUUtilization');
    expect(performance.now() - started).toBeGreaterThan(2000);
    const point = { CPUUtilization: { Unit: 'percentage', Value: expect.any(String) }, Time: expect.any(String) };
    expect(json).toEqual({ Label: 'CPUUtilization', Datapoints: [point, point, point] });
  });

  it.each([
    '/get/graph?interval=0&metric=CPUUtilization',
    '/get/graph?interval=61&metric=CPUUtilization',
    '/get/graph?interval=1&metric=Metadata',
    '/get/graph?interval=1',
  ])('refuse %s', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 400, json: { code: 'INVALID' } });
  });

  it.each(['/update/status?status=puase', '/update/interval?interval=abc', '/update/interval?interval=0'])(
    'refuse the change %s',
    async (path) => {
      expect(await change(path)).toMatchObject({ status: 400, json: { code: 'INVALID' } });
    },
  );

  it('refuse a change without the token, and one from a page of another site', async () => {
    expect((await ask('/update/status?status=pause')).status).toBe(401);
    for (const foreign of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const status = await new Promise((resolve, reject) => {
        const headers = { authorization, ...foreign };
        request(`${control}/update/status?status=pause`, { headers }, (response) =>
          resolve(response.resume().statusCode),
        )
          .once('error', reject)
          .end();
      });
      expect(status).toBe(403);
    }
    expect((await ask('/')).json['status']).toBe('running');
  });

  it('reach the manager each interval, without the token of another server', async () => {
    const report = await waitUntil('a report', () => reports.at(-1));
    expect(report).toMatchObject({ path: '/app/post/data', Metadata: METADATA });
    expect(report['authorization']).toBeUndefined();
  });
});

describe("the host's own metrics", () => {
  it('are stored under the names of Telegraf', async () => {
    const read = async (measurement: string, field: string) => {
      const path = `${server.url}/api/v1/hosts/fleet-host/metrics?measurement=${measurement}&field=${field}`;
      return (await (await fetch(path, { headers: { authorization } })).json()) as HostMetricsPage;
    };
    const { series } = await waitUntil('two ticks', async () => {
      const page = await read('cpu', 'usage_idle');
      return page.series.length > 0 && page;
    });
    expect(series[0]?.tags).toEqual({ cpu: 'cpu-total' });
    expect((await read('mem', 'used_percent')).series[0]?.points[0]?.[1]).toBeGreaterThan(0);
    expect((await read('system', 'uptime')).series).toHaveLength(1);
  });
});

describe('control at run time', () => {
  it('pauses and resumes from the port, and the server shows it', async () => {
    await waitUntil('the host', hostStatus);
    expect(await change('/update/status?status=pause', 'GET')).toEqual({ status: 200, json: { Status: 'pause' } });
    await waitUntil('paused', async () => (await hostStatus()) === 'paused');
    expect(await change('/update/status?status=resume')).toEqual({ status: 200, json: { Status: 'resume' } });
    await waitUntil('running', async () => (await hostStatus()) === 'ok');
    const path = `${server.url}/api/v1/control/changes?target=fleet-host`;
    const { changes } = (await (await fetch(path, { headers: { authorization } })).json()) as ControlChanges;
    expect(changes.at(-1)).toMatchObject({ request: { status: 'pause' }, by: 'the target itself' });
  });

  it('obeys the server with the answer to the next batch, and while it is paused', async () => {
    await client.controlHost('fleet-host', { status: 'pause', intervalMs: 2000 });
    await waitUntil('obeyed', async () => !(await stateOf()).pending);
    expect((await stateOf()).report).toMatchObject({ status: 'paused', intervalMs: 2000 });
    await client.controlHost('fleet-host', { status: 'resume' });
    await waitUntil('resumed', async () => (await stateOf()).report?.status === 'running');
  });

  it('remembers interval and pause over a restart', async () => {
    expect(await change('/update/interval?interval=3')).toEqual({
      status: 200,
      json: { Status: 'Post interval updated', Interval: 3 },
    });
    await change('/update/status?status=pause');
    expect(await collector.stop()).toBe(0);
    await startCollector();
    await waitUntil('as before', async () => (await ask('/')).json['status'] === 'paused');
    expect((await ask('/')).json['intervalMs']).toBe(3000);
    await change('/update/status?status=resume');
    await change('/update/interval?interval=1');
  });

  it('ends cleanly when it is told to stop, and is not stopped again after a new start', async () => {
    await client.controlHost('fleet-host', { status: 'stop' });
    expect(await collector.exited).toBe(0);
    await startCollector();
    const sequence = async () =>
      ((await ask('/get/metrics')).json['Amberwatch'] as { ticks: { done: number } }).ticks.done;
    await waitUntil('ticks', async () => (await sequence()) >= 3);
    expect(await change('/update/status?status=stop')).toEqual({ status: 200, json: { Status: 'stop' } });
    expect(await collector.exited).toBe(0);
  });
});
