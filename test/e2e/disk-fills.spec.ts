import { appendFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { LoopDisk } from '../support/loop-disk.js';
import { type RunningApp, startApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';

const MIB = 1024 ** 2;
const apps: RunningApp[] = [];
const disk = LoopDisk.make(64 * MIB);

afterEach(async () => {
  await stopAll(apps.splice(0));
  disk?.remove();
});

(disk ? it : it.skip)(
  'a disk that fills is AMBER by a rule with a short horizon before it is RED',
  async () => {
    const path = disk?.path ?? '';
    const rules = join(temporaryFolder(), 'rules.yaml');
    writeFileSync(
      rules,
      `rules:\n  - name: scratch\n    match: { metric: disk, device: '${path}' }\n    limit: 70\n    clear: 60\n    horizon: 10m\n`,
    );
    const server = await startServer(temporaryFolder());
    apps.push(server);
    const env = { AMBERWATCH_SERVER_URL: server.url, AMBERWATCH_HOSTNAME: 'web-1' };
    const start = (app: 'alarm' | 'prediction' | 'collector', more: Record<string, string>) => {
      const running = startApp(app, { ...env, AMBERWATCH_DATA: temporaryFolder(), ...more });
      apps.push(running);
      return running;
    };
    const alarm = start('alarm', { AMBERWATCH_ALARM_PORT: '0', AMBERWATCH_RULES: rules });
    const client = new AmberwatchClient({ baseUrl: server.url });
    await waitUntil(
      'the rule asks for forecasts',
      async () => (await client.forecastLimits()).limits.length > 0,
      60_000,
    );
    start('prediction', { AMBERWATCH_PREDICTION_PORT: '0' });
    start('collector', { AMBERWATCH_INTERVAL: '1s', AMBERWATCH_CONTROL_PORT: '0' });
    await waitUntil(
      'prediction follows',
      async () => (await client.heartbeats()).services.filter(({ status }) => status === 'ok').length === 2,
      120_000,
    );

    const stop = new AbortController();
    const fill = async () => {
      const piece = Buffer.alloc(0.1 * MIB, 1);
      while (!stop.signal.aborted && statfsSync(path).bavail > 0) {
        appendFileSync(join(path, 'log'), piece);
        await delay(500);
      }
    };
    const filling = fill();
    try {
      const name = path.replaceAll('/', '\\/');
      const amber = await alarm.waitFor(new RegExp(`AMBER web-1 \\(host\\) disk ${name} [^\\n]*`), 280_000);
      expect(amber[0]).toMatch(/ % → 70 % in \d+ (s|min) \(\d+–\d+\), \d+ % likely/);
      expect(alarm.stdout()).not.toMatch(new RegExp(`RED +web-1 \\(host\\) disk ${name}`));
      await alarm.waitFor(new RegExp(`RED +web-1 \\(host\\) disk ${name} [^\\n]*`), 280_000);
    } finally {
      stop.abort();
      await filling;
    }
  },
  700_000,
);
