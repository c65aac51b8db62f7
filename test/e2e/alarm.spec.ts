import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Incident, SampleBatch } from '#domain';
import { AmberwatchClient } from '#client';
import { type RunningApp, startApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';

let batches = 0;

/** A tick of this moment; readings are `[cpu, mem]` of single processes. */
function tick(programs: Record<string, [number, number]>, more: Partial<SampleBatch> = {}): SampleBatch {
  const values = Object.values(programs);
  return {
    id: `alarm-e2e-${process.pid}-${++batches}`,
    host: 'web-1',
    time: new Date().toISOString(),
    intervalMs: 5_000,
    names: Object.keys(programs),
    count: values.map(() => 1),
    cpu: values.map(([cpu]) => cpu),
    cpuMax: values.map(([cpu]) => cpu),
    mem: values.map(([, mem]) => mem),
    memMax: values.map(([, mem]) => mem),
    ...more,
  };
}

const linesOf = (app: RunningApp) =>
  app
    .stdout()
    .split('\n')
    .filter((line) => /^\S+Z (RED|AMBER|GREEN) /.test(line))
    .map((line) => line.slice(21));

describe('the alarm beside a real server', () => {
  let server: RunningApp & { url: string };
  let client: AmberwatchClient;
  const apps: RunningApp[] = [];
  const alarm = async (env: Record<string, string> = {}) => {
    const app = startApp('alarm', { AMBERWATCH_SERVER_URL: server.url, AMBERWATCH_DATA: temporaryFolder(), ...env });
    apps.push(app);
    await app.waitFor(/Alarm follows/);
    return app;
  };

  beforeEach(async () => {
    server = await startServer(temporaryFolder());
    apps.push(server);
    client = new AmberwatchClient({ baseUrl: server.url });
  });
  afterEach(() => stopAll(apps.splice(0)));

  it('says RED and GREEN once each, and after it was killed neither repeats nor forgets', async () => {
    const first = await alarm();
    await client.putSamples(tick({ 'nginx\n\u001b[2J': [93.1, 1], quiet: [1, 1] }));
    await first.waitFor(/RED/);
    await waitUntil('the record', async () => (await client.alerts()).alerts.length === 1);
    await first.stop('SIGKILL');
    const second = await alarm();
    await client.putSamples(tick({ 'nginx\n\u001b[2J': [94, 1], java: [1, 90] }));
    await second.waitFor(/RED/);
    expect(linesOf(second)).toEqual(['RED   web-1 java mem 90.0 % > 80 %']);
    expect(linesOf(first)).toEqual(['RED   web-1 nginx\\n\\x1b[2J cpu 93.1 % > 80 %']);
    await waitUntil('both in the state', async () => (await client.alarmState()).alerts.length === 2);
    // Never so far ahead that the server takes the clock of the host for a fast one.
    for (let i = 1; i <= 3; i++)
      await client.putSamples(tick({ java: [1, 90] }, { time: aheadBy(0.5 * i), intervalMs: 400 }));
    await second.waitFor(/GREEN/);
    expect(linesOf(second)[1]).toMatch(/^GREEN web-1 nginx\\n\\x1b\[2J cpu ended \(was RED for \d+ s\)$/);
    await waitUntil('its end in the state', async () => (await client.alarmState()).alerts.length === 1);
    const state = await client.alarmState();
    expect(state).toMatchObject({ color: 'RED', alerts: [{ process: 'java', metric: 'mem' }] });
    expect(await second.stop('SIGTERM')).toBe(0);
  });

  it('says what broke its limit while it was away and still does, without any newer sample', async () => {
    const first = await alarm();
    await client.putSamples(tick({ nginx: [10, 1] }));
    await waitUntil('a heartbeat', async () => {
      const { services } = await client.heartbeats();
      return services.some(({ service, status }) => service === 'alarm' && status === 'ok');
    });
    expect(await first.stop('SIGTERM')).toBe(0);
    await client.putSamples(tick({ nginx: [93, 1] }));
    const second = await alarm();
    await second.waitFor(/RED/);
    expect(linesOf(second)).toEqual(['RED   web-1 nginx cpu 93.0 % > 80 %']);
  });

  it('keeps the server up to date on the values of what is open', async () => {
    await alarm();
    await client.putSamples(tick({ nginx: [81, 1] }));
    const shown = async () => (await client.alarmState()).alerts[0];
    await waitUntil('RED in the state', async () => (await shown())?.color === 'RED');
    await client.putSamples(tick({ nginx: [99.5, 1] }));
    const high = await waitUntil('the newest value', async () => {
      const alert = await shown();
      return alert?.current === 99.5 ? alert : undefined;
    });
    expect(high).toMatchObject({ value: 81, peak: 99.5 });
    await client.putSamples(tick({ nginx: [10, 1] }));
    const low = await waitUntil('that it is back below', async () => {
      const alert = await shown();
      return alert?.belowSince === undefined ? undefined : alert;
    });
    expect(low).toMatchObject({ color: 'RED', current: 10, peak: 99.5 });
    const { alerts } = await client.alerts();
    expect(alerts[0]).toMatchObject({ current: 10, peak: 99.5, belowSince: low.belowSince });
  }, 60_000);

  it('warns from a forecast and turns RED as the same incident', async () => {
    const app = await alarm();
    await client.putSamples(tick({ java: [1, 70] }));
    const series = { host: 'web-1', process: 'java', metric: 'mem' as const };
    const in12Min = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    const forecast = {
      ...series,
      time: new Date().toISOString(),
      value: 71.4,
      limit: 80,
      probability: 0.9,
      reason: 'leak',
    };
    const breach = { breachAt: in12Min(12), breachFrom: in12Min(9), breachTo: in12Min(17) };
    await client.putForecasts({ full: true, forecasts: [{ ...forecast, ...breach }], cleared: [] });
    await app.waitFor(/AMBER/);
    await client.putSamples(tick({ java: [1, 85] }));
    await app.waitFor(/RED/);
    expect(linesOf(app)[0]).toBe('AMBER web-1 java mem 71.4 % → 80 % in 12 min (9–17), 90 % likely: leak');
    expect(linesOf(app)[1]).toMatch(/^RED {3}web-1 java mem 85\.0 % > 80 % \(predicted \d+ m?s before\)$/);
    const [incident] = await waitUntil<Incident[]>('the record', async () => {
      const { alerts } = await client.alerts();
      return alerts[0]?.color === 'RED' ? alerts : undefined;
    });
    expect(incident?.history.map(({ color, outcome }) => [color, outcome])).toEqual([
      ['AMBER', 'hit'],
      ['RED', undefined],
    ]);
  });

  it('asks for forecasts of the limits of its rules, and warns of a disk by such a one', async () => {
    const rules = join(temporaryFolder(), 'rules.yml');
    const write = (limit: number) =>
      writeFileSync(rules, `rules: [{ name: ram, match: { device: /run/* }, limit: ${limit}, horizon: 10m }]`);
    const asked = (limit: number) =>
      waitUntil('the limits of the rules are known', async () => {
        const { limits } = await client.forecastLimits();
        return limits.length === 2 && limits.every((one) => one.limit === limit) && limits;
      });
    write(60);
    const app = await alarm({ AMBERWATCH_RULES: rules });
    expect(await asked(60)).toEqual([
      { metric: 'disk', limit: 60, horizonMs: 600_000 },
      { metric: 'inodes', limit: 60, horizonMs: 600_000 },
    ]);
    write(65);
    app.child.kill('SIGHUP');
    await asked(65);
    const disks = [{ path: '/run/scratch', usedPercent: 40 }];
    await client.putSamples(tick({}, { hostUsage: { cpu: 1, mem: 1, memTotalBytes: 1e9, disks } }));
    const inMin = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    const breach = { breachAt: inMin(8), breachFrom: inMin(6), breachTo: inMin(12) };
    const forecast = {
      host: 'web-1',
      process: null,
      metric: 'disk' as const,
      device: '/run/scratch',
      time: inMin(0),
      value: 40,
      limit: 65,
      probability: 0.7,
      reason: 'fills 3 %/min',
      ...breach,
    };
    const other = { ...forecast, limit: 90, breachAt: inMin(16), breachTo: inMin(20) };
    await client.putForecasts({ full: true, forecasts: [other, forecast], cleared: [] });
    await app.waitFor(/AMBER/);
    expect(linesOf(app)).toEqual([
      'AMBER web-1 (host) disk /run/scratch 40.0 % → 65 % in 8 min (6–12), 70 % likely: fills 3 %/min',
    ]);
    const [alert] = await waitUntil('the record', async () => {
      const { alerts } = await client.alerts();
      return alerts.length === 1 && alerts;
    });
    expect(alert).toMatchObject({ device: '/run/scratch', rule: 'ram' });
  });

  it('says a kill in a unit at once, and every list answers', async () => {
    const app = await alarm();
    const killed: SampleBatch['units'] = [
      {
        unit: 'checkout.service',
        kind: 'service',
        processes: 1,
        cpu: 5,
        cpuLimit: null,
        memBytes: 100 * 1024 ** 2,
        memLimitBytes: 512 * 1024 ** 2,
        oomKills: 1,
        victim: 'java',
      },
    ];
    await client.putSamples(tick({ sh: [1, 1] }, { units: killed }));
    await app.waitFor(/RED/);
    expect(linesOf(app)).toEqual([
      'RED   web-1 checkout.service mem OOM: the kernel killed java (19.5 % of its 512 MiB)',
    ]);
    const shown = { process: null, unit: 'checkout.service', metric: 'mem', color: 'RED' };
    await waitUntil('the record', async () => (await client.alarmState()).alerts.length === 1);
    expect((await client.alarmState()).alerts).toMatchObject([{ ...shown, reason: 'oom-killed' }]);
    await client.putSamples(tick({ java: [99, 1] }));
    await app.waitFor(/web-1 java cpu 99\.0 % > 80 %/);
    for (const route of ['hosts', 'alerts?state=all', 'units', 'forecasts', 'usage', 'silences', 'scores'])
      expect((await fetch(`${server.url}/api/v1/${route}`)).status).toBe(200);
    expect((await fetch(`${server.url}/ressources-usage/query-alarm`)).status).toBe(200);
    const { alerts } = await client.previewSilence({ unit: 'checkout*' });
    expect(alerts).toMatchObject([shown]);
  });

  it('stays while its server is away, says so once, and goes on when it is back', async () => {
    const app = await alarm();
    const port = new URL(server.url).port;
    await server.stop('SIGTERM');
    await app.waitFor(/can't be reached/);
    server = await startServer(temporaryFolder(), { AMBERWATCH_PORT: port });
    apps.push(server);
    await app.waitFor(/The server is back/);
    await client.putSamples(tick({ nginx: [99, 1] }));
    await app.waitFor(/RED/);
    expect(app.output().match(/can't be reached/g)).toHaveLength(1);
  });

  it('judges what came while its server was restarted: what is over is recorded, what still holds is told once', async () => {
    await server.stop('SIGTERM');
    const data = temporaryFolder();
    server = await startServer(data);
    client = new AmberwatchClient({ baseUrl: server.url });
    apps.push(server);
    const app = await alarm();
    await client.putSamples(tick({ nginx: [10, 1] }, { time: aheadBy(-58) }));
    await waitUntil('the tick is judged', async () => (await client.hosts()).hosts.length === 1);
    // It can't see the new server before the samples are there.
    process.kill(app.pid, 'SIGSTOP');
    const port = new URL(server.url).port;
    await server.stop('SIGTERM');
    server = await startServer(data, { AMBERWATCH_PORT: port });
    apps.push(server);
    const own = (used: number): SampleBatch['hostMetrics'] => [
      { measurement: 'cpu', tags: { cpu: 'cpu-total' }, fields: { usage_idle: 80, usage_iowait: 5 } },
      { measurement: 'mem', tags: {}, fields: { used_percent: 50 } },
      { measurement: 'disk', tags: { path: '/var' }, fields: { used_percent: used } },
    ];
    for (const [ago, nginx, java, disk] of [
      [50, 95, 10, 97],
      [40, 10, 10, 50],
      [30, 10, 10, 50],
      [20, 10, 10, 50],
      [10, 10, 90, 50],
      [0, 10, 91, 50],
    ] as const) {
      const batch = tick(
        { nginx: [nginx, 1], java: [1, java] },
        { time: aheadBy(-ago), intervalMs: 10_000, hostMetrics: own(disk) },
      );
      for (const host of ['web-1', 'new-1']) await client.putSamples({ ...batch, id: `${batch.id}-${host}`, host });
    }
    process.kill(app.pid, 'SIGCONT');
    const alerts = await waitUntil('all records', async () => {
      const [open, closed] = await Promise.all([client.alerts({ state: 'open' }), client.alerts({ state: 'closed' })]);
      return open.alerts.length === 2 && closed.alerts.length === 4 && [...open.alerts, ...closed.alerts];
    });
    for (const host of ['web-1', 'new-1']) {
      const records = alerts.filter((one) => one.host === host);
      expect(records.map(({ process: name, metric, color }) => [name, metric, color])).toEqual(
        expect.arrayContaining([
          ['java', 'mem', 'RED'],
          ['nginx', 'cpu', 'GREEN'],
          [null, 'disk', 'GREEN'],
        ]),
      );
    }
    expect(linesOf(app).sort()).toEqual(['RED   new-1 java mem 90.0 % > 80 %', 'RED   web-1 java mem 90.0 % > 80 %']);
  });
});

function aheadBy(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
