import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sampleBatch, type SampleBatch } from '#domain';
import { type RunningApp, startApp, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { checkMetrics, hasPromtool } from '../support/promtool.js';

const apps: RunningApp[] = [];
let data: string;
let server: Server;
/** Batches in the order in which they came, repeated ones included. */
let received: SampleBatch[];
let mode: 'ok' | 'silent' | 'away';

beforeEach(async () => {
  data = temporaryFolder();
  received = [];
  mode = 'ok';
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      if (request.url !== '/api/v1/samples') return response.writeHead(404).end();
      if (mode === 'away') return response.writeHead(503).end();
      const bytes = Buffer.concat(chunks);
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      received.push(JSON.parse(text.toString()) as SampleBatch);
      if (mode === 'ok') response.writeHead(204).end();
      return undefined;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  await stopAll(apps.splice(0));
  server.closeAllConnections();
  server.close();
});

afterAll(() => stopAll(apps));

function start(env: Record<string, string> = {}): RunningApp {
  const app = startApp('collector', {
    AMBERWATCH_SERVER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AMBERWATCH_INTERVAL: '200ms',
    AMBERWATCH_DATA: data,
    AMBERWATCH_CONTROL_PORT: '0',
    AMBERWATCH_HOSTNAME: 'web-1',
    ...env,
  });
  apps.push(app);
  return app;
}

async function control(app: RunningApp): Promise<string> {
  const [, url] = await app.waitFor(/Control port on (http:\S+)/);
  return url as string;
}

interface Tallies {
  sampled: number;
  acknowledged: number;
  queued: number;
  dropped: number;
  quarantined: number;
}

async function ledgerOf(url: string): Promise<Tallies> {
  const page = (await (await fetch(`${url}/get/metrics`)).json()) as { Amberwatch: { samples: Tallies } };
  return page.Amberwatch.samples;
}

const arrived = (count: number) => waitUntil(`${count} batches`, () => received.length >= count);

describe('the collector', () => {
  test('runs alone against any server that answers with a 2xx, and says what it saw at each tick', async () => {
    const app = start({ AMBERWATCH_TRACE_TICKS: '1' });
    await arrived(3);
    const [, seen] = await app.waitFor(/TICK n=(\d+)/);
    expect(Number(seen)).toBeGreaterThan(5);
    for (const batch of received) expect(sampleBatch.parse(batch)).toEqual(batch);
    const [first, second] = received as [SampleBatch, SampleBatch];
    expect(first.host).toBe('web-1');
    expect(first.intervalMs).toBe(200);
    expect(first.names).toContain('node');
    expect(first.id).not.toBe(second.id);
    const nodeStarted = received.slice(0, 3).map(({ names, started }) => started?.[names.indexOf('node')] ?? Infinity);
    // This test is a Node as well, and may not be the oldest one.
    expect(nodeStarted[0]).toBeLessThanOrEqual(Date.now() / 1000 - process.uptime() + 1);
    expect(new Set(nodeStarted).size).toBe(1);
    const { ledger } = second.hostUsage as NonNullable<SampleBatch['hostUsage']>;
    const { hostMs, programsMs, endedMs, kernelMs, residualMs } = ledger as NonNullable<typeof ledger>;
    expect(programsMs + endedMs + kernelMs + residualMs).toBeCloseTo(hostMs, 6);
    expect(await app.stop('SIGINT')).toBe(0);
  });

  test('what was sampled while the server was away and the collector was killed arrives, each batch once acknowledged', async () => {
    mode = 'away';
    const first = start();
    await first.waitFor(/The server takes no samples/);
    const { queued } = await waitUntil('a queue', async () => {
      const ledger = await ledgerOf(await control(first));
      return ledger.queued > 100 && ledger;
    });
    await first.stop('SIGKILL');
    mode = 'ok';
    const second = start();
    await second.waitFor(/wait from an earlier run/);
    const ledger = await waitUntil('an empty queue', async () => {
      const now = await ledgerOf(await control(second));
      expect(now.acknowledged + now.queued + now.dropped + now.quarantined).toBe(now.sampled);
      return now.queued === 0 && now;
    });
    expect(ledger.dropped + ledger.quarantined).toBe(0);
    expect(ledger.acknowledged).toBeGreaterThanOrEqual(queued);
    expect(new Set(received.map(({ id }) => id)).size).toBe(received.length);
    expect(received.reduce((sum, { names }) => sum + names.length, 0)).toBeGreaterThanOrEqual(ledger.acknowledged);
    await second.stop();
  });

  test('a batch that was sent but not acknowledged when it was killed comes again under its own id', async () => {
    mode = 'silent';
    const first = start();
    await arrived(1);
    await first.stop('SIGKILL');
    const [lost] = received as [SampleBatch];
    mode = 'ok';
    start();
    await waitUntil('the same batch', () => received.filter(({ id }) => id === lost.id).length === 2);
    expect(received.filter(({ id }) => id === lost.id)).toEqual([lost, lost]);
  });

  test('a second collector on the same spool is refused and told who the first one is', async () => {
    const first = start();
    await arrived(1);
    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.output()).toContain(`in use by process ${first.pid} on`);
  });

  test('of two collectors that start at the same moment on one spool, one goes on, also after a kill', async () => {
    for (let round = 0; round < 4; round++) {
      const both = [start(), start()];
      const first = await Promise.race(both.map(async (app) => ({ app, status: await app.exited })));
      expect(first.status).toBe(1);
      expect(first.app.output()).toMatch(/in use by process \d+ on/);
      const [owner] = both.filter((app) => app !== first.app) as [RunningApp];
      const before = received.length;
      await arrived(before + 1);
      expect(await owner.stop('SIGKILL')).toBe('SIGKILL');
    }
  });

  test('a volume that takes nothing is said once, and samples still arrive', async () => {
    const app = start({ AMBERWATCH_DATA: '/proc/nowhere' });
    await arrived(3);
    expect(app.output().match(/can't be written/g)).toHaveLength(1);
    const metrics = await (await fetch(`${await control(app)}/metrics`)).text();
    expect(metrics).toContain('amberwatch_collector_spool_in_memory 1');
  });

  test('the control port shows health, the ledger and the original page, and nothing else', async () => {
    const app = start();
    const url = await control(app);
    await arrived(2);
    expect(await (await fetch(`${url}/health/live`)).json()).toMatchObject({
      status: 'ok',
      service: 'amberwatch-collector',
    });
    const page = (await (await fetch(`${url}/get/metrics`)).json()) as Record<string, Record<string, unknown>>;
    expect(Object.keys(page)).toEqual(
      expect.arrayContaining([
        'CPUUtilization',
        'DiskActivity',
        'Diskutilization',
        'MemmoryUtilization',
        'Metadata',
        'NetworkActivity',
        'Time',
      ]),
    );
    expect(page['CPUUtilization']).toMatchObject({
      CPUUtilization: { Unit: 'percentage', Value: expect.stringMatching(/^\d+\.\d\d$/) },
    });
    expect(page['Diskutilization']).toMatchObject({
      Hostname: 'web-1',
      MountPoint: '/',
      Totalsize: expect.stringMatching(/^[\d.]+[KMGTP]$/),
    });
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
  });

  (hasPromtool ? test : test.skip)('its metrics are what Prometheus takes', async () => {
    const app = start();
    const url = await control(app);
    await arrived(2);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(checkMetrics(metrics)).toBe('');
  });

  test('no request to the control port ends it, and it goes on sampling', async () => {
    const app = start();
    const url = new URL(await control(app));
    await arrived(1);
    for (const target of ['//', 'http://[', '*', '/metrics#x', '', '/%00', '//evil.example/']) {
      for (const method of ['GET', 'CONNECT', 'OPTIONS', '\0']) {
        const socket = connect(Number(url.port), url.hostname);
        socket.on('error', () => undefined).resume();
        socket.end(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
        await once(socket, 'close');
      }
    }
    const before = received.length;
    await arrived(before + 3);
    expect(await app.stop()).toBe(0);
  });

  test('wrong settings are said all at once, and nothing is started', async () => {
    const app = start({ AMBERWATCH_INTERVAL: 'often', AMBERWATCH_MAX_NAMES: '0', AMBERWATCH_SERVER_URL: 'nowhere' });
    expect(await app.exited).toBe(1);
    for (const name of ['AMBERWATCH_INTERVAL', 'AMBERWATCH_MAX_NAMES', 'AMBERWATCH_SERVER_URL'])
      expect(app.output()).toContain(name);
  });

  test('wrong naming rules are one clear sentence', async () => {
    const app = start({ AMBERWATCH_NAMING: join(data, 'missing.json') });
    expect(await app.exited).toBe(1);
    expect(app.output()).toMatch(/ERROR The naming rules in \S+missing\.json can't be read/);
  });
});
