import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { startServer, stopAll, temporaryFolder, type RunningApp } from '../support/processes.js';

const browser = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { timeout: 20_000 }).status === 0,
);
if (!browser)
  process.stderr.write('SKIPPED-SUITE: chromium (no chromium found: install it, in Debian the package chromium)\n');

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--virtual-time-budget=6000',
  '--dump-dom',
];

/** The page as the browser has it once its scripts have run. */
function render(url: string): string {
  const run = spawnSync(browser as string, [...flags, `--user-data-dir=${temporaryFolder()}`, url], {
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  return run.stdout;
}

(browser ? describe : describe.skip)('the dashboard in a real browser', () => {
  let server: RunningApp & { url: string };
  const evil = '<img src=x onerror="document.title=\'broken\'">';

  beforeAll(async () => {
    server = await startServer(temporaryFolder());
    const client = new AmberwatchClient({ baseUrl: server.url });
    const time = new Date().toISOString();
    await client.putSamples({
      id: 'dashboard-1',
      host: evil,
      time,
      names: [evil, 'nginx'],
      count: [1, 2],
      cpu: [12.5, 3],
      cpuMax: [12.5, 2],
      mem: [1, 2],
      memMax: [1, 1],
    });
    await client.putAlerts({
      incidents: [
        {
          id: 'dashboard-alert',
          host: evil,
          process: evil,
          metric: 'cpu',
          color: 'RED',
          value: 93.1,
          limit: 80,
          opened: time,
          since: time,
          closed: null,
          reason: 'above-limit',
          history: [{ time, color: 'RED', value: 93.1, limit: 80, reason: 'above-limit' }],
        },
      ],
    });
  }, 60_000);
  afterAll(() => stopAll([server]));

  it('shows alerts, hosts and programs, and a hostile name as text', () => {
    const page = render(`${server.url}/`);
    expect(page).toContain('<title>RED · Amberwatch</title>');
    expect(page).toContain('&lt;img src=x onerror=');
    expect(page).not.toContain('<img');
    expect(page).toMatch(/nginx<\/td>.*?<td class="number">2<\/td>/s);
    expect(page).toContain('May not see all: no prediction has reported; no alarm has reported');
  }, 90_000);

  it('asks for the token where reads need one, and shows nothing before', async () => {
    const guarded = await startServer(temporaryFolder(), { AMBERWATCH_TOKEN: 'a-token-of-enough-length' });
    const page = render(`${guarded.url}/`);
    expect(page).toMatch(/<form id="login">/);
    expect(page).toContain('<tbody></tbody>');
    await stopAll([guarded]);
  }, 90_000);
});
