import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import type { Incident } from '#domain';
import { Browser, chromium } from '../support/browser.js';
import { startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';

if (!chromium)
  process.stderr.write('SKIPPED-SUITE: chromium (no chromium found: install it, in Debian the package chromium)\n');

const evil = '<img src=x onerror="document.title=\'broken\'">';
const time = new Date().toISOString();

function batchOf(host: string, id: string) {
  const usage = { cpu: [12.5, 3], cpuMax: [12.5, 2], mem: [1, 2], memMax: [1, 1] };
  return { id, host, time, intervalMs: 3_600_000, names: [evil, 'nginx'], count: [1, 2], ...usage };
}

function red(id: string, host: string, process: string | null): Incident {
  const reached = { color: 'RED', value: 93.1, limit: 80, reason: 'above-limit' } as const;
  const history = [
    { ...reached, time, color: 'AMBER' as const, value: 71, reason: 'breach-predicted' as const },
    { time, ...reached },
  ];
  return { id, host, process, metric: 'cpu', ...reached, opened: time, since: time, closed: null, history };
}

(chromium ? describe : describe.skip)('the dashboard in a real browser', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };
  let client: AmberwatchClient;
  const apps: RunningApp[] = [];
  const start = async (env: Record<string, string> = {}) => {
    const app = await startServer(temporaryFolder(), env);
    apps.push(app);
    return app;
  };
  const beat = async (to: AmberwatchClient) => {
    const one = { instance: 'test', version: '0', follows: true };
    for (const service of ['alarm', 'prediction'] as const) await to.heartbeat(service, one);
  };

  beforeAll(async () => {
    browser = new Browser();
    server = await start();
    client = new AmberwatchClient({ baseUrl: server.url });
    await client.putSamples(batchOf(evil, 'dashboard-1'));
    await client.putSamples(batchOf('web-2', 'dashboard-2'));
    await client.putAlerts({
      incidents: [red('dashboard-alert-1', evil, evil), red('dashboard-alert-2', evil, null)],
    });
  }, 60_000);
  afterAll(async () => {
    browser.close();
    await stopAll(apps);
  });

  it('shows alerts, hosts and programs, a hostile name as text, and one colour a host', async () => {
    await beat(client);
    await client.putAlertValues({ values: [{ id: 'dashboard-alert-1', current: 97.3, peak: 99.9 }] });
    const page = await browser.open(`${server.url}/`);
    await page.titled('RED · Amberwatch');
    expect(await page.value('document.querySelectorAll("img").length')).toBe(0);
    expect(await page.shows('#programs', /nginx/)).toContain('<img src=x onerror=');
    expect(await page.shows('#alerts', /93\.1/)).toMatch(/97\.3\t99\.9\t80/);
    await page.fill('#filter', 'WEB-2');
    await page.value('document.querySelector("#filter").dispatchEvent(new Event("input"))');
    await page.shows('#program-count', /^2$/);
    const hosts = (await page.shows('#hosts tbody', /web-2/)).split('\n');
    expect(hosts[0]).toMatch(/^RED\t<img/);
    expect(hosts[1]).toMatch(/^GREEN\tweb-2/);
    if (process.env['AMBERWATCH_PICTURES']) await page.picture(`${process.env['AMBERWATCH_PICTURES']}/page.png`);
  }, 90_000);

  it('shows what was said against what came true, once prediction has counted', async () => {
    const page = await browser.open(`${server.url}/`);
    await page.titled('RED · Amberwatch');
    expect(await page.value('document.querySelector("#calibration-section").hidden')).toBe(true);
    const band = { from: 0.6, to: 0.7, claims: 40, claimed: 0.64, cameTrue: 0.5, low: 0.35, high: 0.65 };
    const counted = { claims: 40, bands: [band], brierBefore: 0.25, brierAfter: 0.2 };
    const found = { aWeek: 2, from: time, hosts: 3, hostWeeks: 10, falses: 20, hits: 20, cameAWeek: 2 };
    const falseAlarms = {
      ...found,
      withheldFalses: 30,
      withheldHits: 5,
      worst: [],
      costs: [{ aWeek: 2, falses: 20, kept: 61, of: 100 }],
    };
    await client.putCalibration({
      time,
      ...counted,
      branches: [{ branch: 'coarse', scale: 'steps of 5 min', ...counted }],
      falseAlarms,
    });
    const later = await browser.open(`${server.url}/`);
    expect(await later.shows('#calibration tbody', /coarse/)).toMatch(
      /^coarse\tsteps of 5 min\t60–70 %\t40\t64 %\t50 % \(35–65\)/,
    );
    expect(await later.shows('#false-alarms', /false and/)).toContain('2.00 came: 20 false and 20 true since');
    await later.shows('#false-alarms', /At 2 a week 61 of 100 breaches/);
  }, 90_000);

  it('says BLIND with the reason, and never GREEN, while it can not know', async () => {
    const empty = await start();
    const page = await browser.open(`${empty.url}/`);
    await page.titled('BLIND · Amberwatch');
    expect(await page.shows('#blind', /./)).toBe(
      'May not see all: no prediction has reported; no alarm has reported; no host has reported',
    );
    expect(await page.value('document.querySelector("#state").className')).toBe('badge BLIND');
    expect(decodeURIComponent(await page.value('document.querySelector("#icon").href'))).toContain('<pattern');
    expect(await page.shows('#no-alerts', /./)).toBe('No alert is open, but not all can be seen.');

    const of = new AmberwatchClient({ baseUrl: empty.url });
    await of.putSamples(batchOf('web-1', 'dashboard-3'));
    await beat(of);
    await page.titled('Amberwatch');
    expect(await page.shows('#state', /./)).toBe('GREEN');
    await empty.stop('SIGKILL');
    await page.titled('BLIND · Amberwatch');
    expect(await page.shows('#blind', /./)).toMatch(/no answer from the server since \d\d:\d\d:\d\d UTC/);
  }, 90_000);

  it('opens on the alert that its address names, to acknowledge and silence it', async () => {
    await beat(client);
    const page = await browser.open(`${server.url}/?alert=dashboard-alert-1`);
    await page.shows('#incident-title', /^RED <img src=x/);
    await page.shows('#timeline tbody', /AMBER\t71\.0\tbreach predicted\n.*RED\t93\.1\tabove limit/);
    expect(await page.shows('#preview', /mute 1 open alert .* 1 host/)).toContain('<img');
    await page.click('#acknowledge');
    expect((await client.silences()).silences).toEqual([]);

    await page.fill('#quiet [name=by]', 'ann');
    await page.fill('#quiet [name=why]', '<b>on it');
    await page.click('#acknowledge');
    await page.shows('#quiet-result', /^acknowledged$/);
    await page.shows('#incident-facts', /acknowledged by ann until .*: <b>on it/);
    await page.shows('#alerts', /acknowledged by ann until .*: <b>on it/);

    await page.fill('#quiet [name=scope]', 'host');
    await page.value('document.querySelector("[name=scope]").dispatchEvent(new Event("change"))');
    await page.shows('#preview', /mute 2 open alerts/);
    if (process.env['AMBERWATCH_PICTURES']) await page.picture(`${process.env['AMBERWATCH_PICTURES']}/incident.png`);
    await page.click('#silence');
    await page.shows('#quiet-result', /^silenced$/);
    const { alerts } = await client.alarmState();
    expect(alerts).toMatchObject([{ silenced: { by: 'ann' } }, { silenced: { by: 'ann' } }]);
    await page.fill('#quiet [name=why]', '');
    await page.click('#incident-facts button');
    await page.shows('#quiet-result', /^ended$/);
    expect((await client.alert('dashboard-alert-1')).acknowledged).toBeUndefined();

    await page.click('#incident form[method=dialog] button');
    await waitUntil('the address names no alert', async () => (await page.value('location.search')) === '');
    const gone = await browser.open(`${server.url}/?alert=gone-for-good`);
    await gone.shows('#problem', /No alert has the id "gone-for-good"/);
  }, 90_000);

  it('asks for the token where reads need one, and shows nothing before', async () => {
    const guarded = await start({ AMBERWATCH_TOKEN: 'a-token-of-enough-length' });
    const page = await browser.open(`${guarded.url}/`);
    await page.shows('#login', /asks for its token/);
    await page.titled('BLIND · Amberwatch');
    expect(await page.value('document.querySelectorAll("tbody tr").length')).toBe(0);
    await page.fill('#token', 'a-token-of-enough-length');
    await page.click('#login button');
    await page.shows('#updated', /UTC/);
    expect(await page.value('document.querySelector("#login").hidden')).toBe(true);
  }, 90_000);
});
