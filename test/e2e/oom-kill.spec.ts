import { afterEach, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { hasLimitedGroups, LimitedGroup } from '../support/limited-group.js';
import { type RunningApp, startApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';

const LIMIT = 160 * 1024 ** 2;
const apps: RunningApp[] = [];
const groups: LimitedGroup[] = [];

afterEach(async () => {
  await stopAll(apps.splice(0));
  for (const group of groups.splice(0)) await group.remove();
});

const linesAbout = (app: RunningApp, name: string) =>
  app
    .stdout()
    .split('\n')
    .filter((line) => / (RED|AMBER|GREEN) /.test(line) && line.includes(` ${name} mem `))
    .map((line) => line.slice(21));

(hasLimitedGroups ? describe : describe.skip)('a leak in a control group with a limit', () => {
  it('is AMBER before it is killed, RED with victim and grower when it is, then GREEN', async () => {
    const name = `awtest-leak-${process.pid}`;
    const group = new LimitedGroup(name, LIMIT);
    groups.push(group);
    const server = await startServer(temporaryFolder());
    apps.push(server);
    const env = { AMBERWATCH_SERVER_URL: server.url, AMBERWATCH_HOSTNAME: 'web-1' };
    const start = (app: 'alarm' | 'prediction' | 'collector', more: Record<string, string> = {}) => {
      const running = startApp(app, { ...env, AMBERWATCH_DATA: temporaryFolder(), ...more });
      apps.push(running);
      return running;
    };
    const alarm = start('alarm', { AMBERWATCH_ALARM_PORT: '0' });
    start('prediction', { AMBERWATCH_PREDICTION_PORT: '0' });
    start('collector', { AMBERWATCH_INTERVAL: '1s', AMBERWATCH_CONTROL_PORT: '0' });
    const client = new AmberwatchClient({ baseUrl: server.url });
    await waitUntil(
      'alarm and prediction follow',
      async () => {
        const { services } = await client.heartbeats();
        return services.length === 2 && services.every(({ status }) => status === 'ok');
      },
      120_000,
    );

    // One that is larger than the leak for long, and steady: it grows no more once it is there.
    apps.push(
      await group.run('steady', 'globalThis.kept = Buffer.alloc(8 * 1024 * 1024, 1); setInterval(() => {}, 1000)'),
    );
    const leak = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(128 * 1024, 1)), 250);';
    const leaking = await group.run('leaky', leak);
    apps.push(leaking);
    expect(await leaking.exited).toBe('SIGKILL');
    const killed = await alarm.waitFor(new RegExp(`RED +web-1 ${name} mem OOM: [^\\n]*`), 60_000);
    await alarm.waitFor(new RegExp(`GREEN web-1 ${name} mem`), 60_000);

    const lines = linesAbout(alarm, name);
    expect(lines[0]).toMatch(new RegExp(`^AMBER web-1 ${name} mem [\\d.]+ % of its 160 MiB → 80 % in `));
    expect(lines[0]).toMatch(/likely: leaky grew [\d.]+ (KiB|MiB)\/min since \d\d:\d\d/);
    expect(killed[0]).toMatch(
      /OOM: the kernel killed leaky \([\d.]+ % of its 160 MiB, leaky grew [\d.]+ (KiB|MiB)\/min/,
    );
    expect(lines.at(-1)).toMatch(/^GREEN /);
    const alert = await waitUntil('its record is closed', async () => {
      const { alerts } = await client.alerts({ state: 'closed' });
      return alerts.find(({ unit, metric }) => unit === name && metric === 'mem');
    });
    expect(alert).toMatchObject({ process: null, victim: 'leaky', grower: 'leaky', limitBytes: LIMIT });
  }, 600_000);
});
