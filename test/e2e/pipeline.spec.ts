import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { isoToMicros, microsToIso, type SampleBatch } from '#domain';
import {
  startApp,
  startProcess,
  startServer,
  stopAll,
  temporaryFolder,
  waitUntil,
  type AppName,
  type RunningApp,
} from '../support/processes.js';

const apps: RunningApp[] = [];
afterEach(async () => {
  await stopAll(apps.splice(0));
});

async function server(data: string, env: Record<string, string> = {}) {
  const started = await startServer(data, env);
  apps.push(started);
  return started;
}

function start(name: AppName, url: string, env: Record<string, string> = {}): RunningApp {
  const app = startApp(name, {
    AMBERWATCH_SERVER_URL: url,
    AMBERWATCH_DATA: temporaryFolder(),
    AMBERWATCH_CONTROL_PORT: '0',
    ...env,
  });
  apps.push(app);
  return app;
}

/** Alarm and prediction, both following. */
async function startWatchers(url: string) {
  const alarm = start('alarm', url);
  const prediction = start('prediction', url);
  const client = new AmberwatchClient({ baseUrl: url });
  await waitUntil('alarm and prediction follow', async () => {
    const { services } = await client.heartbeats();
    return services.every(({ status }) => status === 'ok');
  });
  return { alarm, prediction, client };
}

/** All incidents, once none is open. */
function closed(client: AmberwatchClient) {
  return waitUntil('every incident is recorded as closed', async () => {
    if ((await client.alerts({ state: 'open' })).alerts.length > 0) return undefined;
    return client.alerts({ state: 'all' });
  });
}

/** A process of that name which uses a whole core, however busy the machine is where it may have real-time priority. */
function burn(name: string): RunningApp {
  const folder = temporaryFolder();
  const program = join(folder, name);
  symlinkSync('/bin/sh', program);
  const bounded = ['90', program, '-c', 'while :; do :; done'];
  const realTime = spawnSync('chrt', ['--rr', '1', 'true']).status === 0;
  const burner = realTime
    ? startProcess('chrt', ['--rr', '1', 'timeout', ...bounded], {}, folder)
    : startProcess('timeout', bounded, {}, folder);
  apps.push(burner);
  return burner;
}

let sequence = 0;
function batchAt(time: string, values: { cpu?: number; mem?: number }, extra: Partial<SampleBatch> = {}): SampleBatch {
  const { cpu, mem } = values;
  return {
    id: `pipeline-${process.pid}-${sequence++}`,
    host: 'web-1',
    time,
    intervalMs: 1000,
    names: ['java\u001b[2J'],
    count: [1],
    ...(cpu !== undefined && { cpu: [cpu], cpuMax: [cpu] }),
    ...(mem !== undefined && { mem: [mem], memMax: [mem] }),
    ...extra,
  };
}

const now = () => new Date().toISOString();
/** The name's escape code as the console shows it. */
const JAVA = 'java\\\\x1b\\[2J';

describe('from a PUT to the console', () => {
  it('a ramp turns AMBER by the prediction process, RED at the limit and GREEN when it is over, as one incident', async () => {
    const { url } = await server(temporaryFolder());
    const { alarm, client } = await startWatchers(url);
    // Forty minutes of samples, rising from 40 % to 72 %: 0.8 %/min, so 80 % comes in ten minutes.
    const end = isoToMicros(now()) - 1_000_000;
    const ticks = 240;
    for (let tick = 0; tick <= ticks; tick++) {
      const time = microsToIso(end - (ticks - tick) * 10_000_000);
      await client.putSamples(batchAt(time, { mem: 40 + (32 * tick) / ticks }, { intervalMs: 10_000 }));
    }
    await alarm.waitFor(
      new RegExp(`^\\S+Z AMBER web-1 ${JAVA} mem 7[12]\\.\\d % → 80 % in \\d+ min \\(\\d+–\\d+\\)`, 'm'),
    );
    const [forecast] = (await client.forecasts()).forecasts;
    expect(forecast).toMatchObject({ host: 'web-1', process: 'java\u001b[2J', metric: 'mem', limit: 80 });
    const aheadMinutes = (Date.parse(forecast?.breachAt ?? '') - Date.now()) / 60_000;
    expect(aheadMinutes).toBeGreaterThan(3);
    expect(aheadMinutes).toBeLessThan(25);

    await client.putSamples(batchAt(now(), { mem: 85 }));
    await alarm.waitFor(new RegExp(`^\\S+Z RED {3}web-1 ${JAVA} mem 85\\.0 % > 80 %`, 'm'));
    // The console comes first, the record after it.
    const state = await waitUntil('the record is RED', async () => {
      const current = await client.alarmState();
      return current.color === 'RED' && current;
    });
    expect(state.alerts).toMatchObject([{ process: 'java\u001b[2J', metric: 'mem', color: 'RED', value: 85 }]);
    await waitUntil('GREEN', async () => {
      await client.putSamples(batchAt(now(), { mem: 20 }));
      return /GREEN web-1/.test(alarm.stdout());
    });
    expect(alarm.stdout()).toMatch(new RegExp(`^\\S+Z GREEN web-1 ${JAVA} mem 20\\.0 % \\(was RED for `, 'm'));
    const { alerts } = await closed(client);
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.history.map(({ color }) => color)).toEqual(['AMBER', 'RED', 'GREEN']);
  }, 90_000);

  it('a process that burns a core is RED by the real collector, and GREEN after it ended', async () => {
    const { url } = await server(temporaryFolder());
    const { alarm, client } = await startWatchers(url);
    start('collector', url, { AMBERWATCH_INTERVAL: '1s', AMBERWATCH_HOSTNAME: 'this-host' });
    const burner = burn('amberburn');
    await alarm.waitFor(/Z RED {3}this-host amberburn cpu \d+\.\d % > 80 %/, 40_000);
    const usage = await client.usageByName({ host: 'this-host' });
    expect(usage['amberburn']?.[1]).toBeGreaterThan(30);
    await burner.stop('SIGTERM');
    await alarm.waitFor(/Z GREEN this-host amberburn cpu .*was RED for/, 40_000);
  }, 120_000);
});

describe('when a process is killed', () => {
  it('the alarm comes back without repeating or forgetting what is RED', async () => {
    const { url } = await server(temporaryFolder());
    const { alarm, client } = await startWatchers(url);
    await client.putSamples(batchAt(now(), { cpu: 95 }));
    await alarm.waitFor(/Z RED {3}web-1/);
    await waitUntil('the incident is recorded', async () => (await client.alarmState()).alerts.length === 1);
    await alarm.stop('SIGKILL');

    const again = start('alarm', url);
    await client.putSamples(batchAt(now(), { cpu: 96 }));
    await waitUntil('GREEN', async () => {
      await client.putSamples(batchAt(now(), { cpu: 5 }));
      return /Z GREEN web-1/.test(again.stdout());
    });
    expect(again.stdout()).not.toMatch(/Z RED/);
    const { alerts } = await closed(client);
    expect(alerts.map(({ color, history }) => [color, history.map((change) => change.color)])).toEqual([
      ['GREEN', ['RED', 'GREEN']],
    ]);
  }, 60_000);

  it('the server loses nothing it acknowledged, and nobody exits because it is away', async () => {
    const data = temporaryFolder();
    const first = await server(data);
    const port = new URL(first.url).port;
    const { alarm, prediction, client } = await startWatchers(first.url);
    const collector = start('collector', first.url, { AMBERWATCH_INTERVAL: '1s', AMBERWATCH_HOSTNAME: 'this-host' });
    await waitUntil('the collector reports', async () =>
      (await client.hosts()).hosts.some(({ host }) => host === 'this-host'),
    );
    const acknowledged: number[] = [];
    const base = Math.floor(Date.now() / 1000) * 1_000_000 - 60_000_000;
    const writing = (async () => {
      for (let i = 0; ; i++) {
        await client.putSamples(
          batchAt(microsToIso(base + i * 1000), { cpu: i / 1000 }, { host: 'writer', names: ['w'] }),
        );
        acknowledged.push(i / 1000);
      }
    })().catch(() => undefined);
    await waitUntil('writes', () => acknowledged.length > 100);
    await first.stop('SIGKILL');
    await writing;

    await server(data, { AMBERWATCH_PORT: port });
    const detailed = (await (
      await fetch(`${first.url}/ressources-usage/get-all-detailed?host=writer&metric=cpu`)
    ).json()) as { w: number[] };
    const stored = new Set(detailed.w);
    expect(acknowledged.filter((value) => !stored.has(value))).toEqual([]);
    await waitUntil(
      'alarm and prediction follow again',
      async () => (await client.heartbeats()).services.every(({ status }) => status === 'ok'),
      40_000,
    );
    await client.putSamples(batchAt(now(), { cpu: 99 }));
    await alarm.waitFor(/Z RED {3}web-1/);
    for (const app of [alarm, prediction, collector]) expect(app.child.exitCode).toBeNull();
  }, 120_000);

  it('without prediction RED works on, and the alarm says that it is blind for AMBER', async () => {
    const { url } = await server(temporaryFolder());
    const alarm = start('alarm', url);
    const client = new AmberwatchClient({ baseUrl: url });
    await waitUntil('the alarm follows', async () => {
      const { blind } = await client.alarmState();
      return blind.includes('no prediction has reported') && !blind.some((reason) => reason.includes('alarm'));
    });
    await client.putSamples(batchAt(now(), { cpu: 95 }));
    await alarm.waitFor(/Z RED {3}web-1/);
  }, 60_000);
});

describe('stopping', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'each process ends with status 0 on %s, and says so last',
    async (signal) => {
      const { url } = await server(temporaryFolder());
      const { alarm, prediction } = await startWatchers(url);
      const collector = start('collector', url, { AMBERWATCH_INTERVAL: '1s' });
      await waitUntil(
        'the collector reports',
        async () => (await new AmberwatchClient({ baseUrl: url }).hosts()).hosts.length === 1,
      );
      const [serverApp] = apps as [RunningApp];
      const all = [alarm, prediction, collector, serverApp];
      expect(await Promise.all(all.map((app) => app.stop(signal)))).toEqual([0, 0, 0, 0]);
      for (const app of all) expect(app.output()).toMatch(new RegExp(`Z INFO  Stopped after ${signal}\\n$`));
    },
    60_000,
  );
});
