import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { AmberwatchClient } from '#client';
import type { CalibrationReport, Incident } from '#domain';
import { type RunningApp, startServer, stopAll, temporaryFolder } from '../support/processes.js';
import { hasBrowser, openPage, settled, startBrowser } from '../support/web.js';

const html = '<img src=x onerror="document.title=\'broken\'">';
/** Turns around what stands behind it, and breaks the line. */
const turned = '\u202Egnp.\u2066exe\u200F\nsecond line\tthird';
const long = `${'w'.repeat(240)}-${html.slice(0, 14)}`;
const names = [html, turned, long];
const time = new Date().toISOString();

/** The same name for the host, its service, its programs, their units and its disk. */
function batchOf(name: string, i: number) {
  const usage = { cpu: [12.5, 3], cpuMax: [12.5, 2], mem: [1, 2], memMax: [1, 1] };
  const unit = { unit: name, kind: 'service', processes: 1, cpu: 12.5, cpuLimit: null } as const;
  return {
    id: `hostile-batch-${i}`,
    host: name,
    service: name,
    time,
    intervalMs: 3_600_000,
    names: [name, 'nginx'],
    count: [1, 2],
    ...usage,
    units: [{ ...unit, memBytes: 1e9, memLimitBytes: 2e9, oomKills: 0, victim: name }],
    unit: [0, null],
    hostUsage: { cpu: 12, mem: 30, cores: 4, memTotalBytes: 8e9, disks: [{ path: name, usedPercent: 50 }] },
  };
}

function alertOf(name: string, i: number): Incident {
  const breach = { at: time, from: time, to: time, probability: 0.6, reason: name.slice(0, 200) };
  const warned = { color: 'AMBER', value: 71, limit: 80, reason: 'breach-predicted' } as const;
  const red = { color: 'RED', value: 93.1, limit: 80, reason: 'above-limit' } as const;
  return {
    id: `hostile-alert-${i}`,
    host: name,
    process: null,
    unit: name,
    metric: 'mem',
    ...red,
    opened: time,
    since: time,
    closed: null,
    rule: name.slice(0, 100),
    victim: name,
    grower: name,
    culprits: [{ process: name, count: 1, share: 50 }],
    history: [
      { time, ...warned, breach, outcome: 'hit', leadMs: 0 },
      { time, ...red, leadMs: 0 },
    ],
  };
}

/** What prediction tells of hosts. */
const calibration: CalibrationReport = {
  time,
  claims: 0,
  bands: [],
  brierBefore: 0,
  brierAfter: 0,
  branches: [{ branch: 'fine', scale: html.slice(0, 40), claims: 0, bands: [], brierBefore: 0, brierAfter: 0 }],
  falseAlarms: {
    aWeek: 2,
    from: time,
    hosts: 3,
    hostWeeks: 3,
    falses: 3,
    hits: 0,
    cameAWeek: 1,
    withheldFalses: 0,
    withheldHits: 0,
    costs: [],
    worst: names.map((host) => ({ host, falses: 1, hits: 0, weeks: 1, offset: 0 })),
  },
};

/** A view of each kind, for the name of that place. */
const views: Record<string, (name: string, i: number) => string> = {
  fleet: () => '/',
  'fleet by service': () => '/?group=service',
  'fleet that looks for it': (name) => `/?${String(new URLSearchParams({ q: name }))}`,
  host: (name) => `/?${String(new URLSearchParams({ host: name }))}`,
  'host at a moment': (name) => `/?${String(new URLSearchParams({ host: name, at: time, pin: name }))}`,
  program: (name) => `/?${String(new URLSearchParams({ host: name, process: name }))}`,
  unit: (name) => `/?${String(new URLSearchParams({ host: name, unit: name }))}`,
  alerts: () => '/?view=alerts',
  alert: (_, i) => `/?alert=hostile-alert-${i}`,
  changes: (name) => `/?${String(new URLSearchParams({ view: 'changes', host: name }))}`,
  honesty: () => '/?view=honesty',
  wall: () => '/?wall',
};

(hasBrowser ? describe : describe.skip)('names from outside stay text, in one line, on a screen of 390 px, in', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };

  beforeAll(async () => {
    browser = await startBrowser();
    server = await startServer(temporaryFolder());
    const client = new AmberwatchClient({ baseUrl: server.url });
    for (const [i, name] of names.entries()) await client.putSamples(batchOf(name, i));
    await client.putAlerts({ incidents: names.map(alertOf) });
    await client.putCalibration(calibration);
    await client.acknowledge('hostile-alert-0', { by: html, why: turned });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await stopAll([server]);
  });

  it.each(Object.keys(views))(
    '%s',
    async (view) => {
      const viewport = { width: 390, height: 844 };
      const { page, context, problems, strangers } = await openPage(browser, server.url, { viewport });
      for (const [i, name] of names.entries()) {
        await page.goto(`${server.url}${views[view]?.(name, i)}`);
        await settled(page);
        expect(await page.locator('img').count()).toBe(0);
        expect(await page.title()).toMatch(/Amberwatch$/);
        expect(await page.evaluate('document.body.innerText.match(/[\\u202e\\u2066\\u200f]/)')).toBeNull();
        const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect({ name, wider }).toEqual({ name, wider: 0 });
      }
      expect(problems).toEqual([]);
      expect(strangers).toEqual([]);
      await context.close();
    },
    60_000,
  );
});
