import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { AmberwatchClient } from '#client';
import { incidentAt } from '../support/incidents.js';
import { type RunningApp, startServer, stopAll, temporaryFolder } from '../support/processes.js';
import { closePages, hasBrowser, openPage, startBrowser } from '../support/web.js';

const MINUTE = 60_000;
const now = Date.now();
const iso = (ms: number) => new Date(ms).toISOString();
const breach = {
  at: iso(now + 40 * MINUTE),
  from: iso(now + 35 * MINUTE),
  to: iso(now + 50 * MINUTE),
  probability: 0.83,
  reason: 'rising 1.0 %/min over the last hour',
};
const amber = { color: 'AMBER', value: 60, limit: 70, reason: 'breach-predicted', breach } as const;

/** nginx rises by a percent a minute; its largest process uses half of what all use. */
function batchOf(host: string, minutesAgo: number) {
  const largest = 66 - minutesAgo;
  return {
    id: `program-${host}-${minutesAgo}`,
    host,
    time: iso(now - minutesAgo * MINUTE),
    names: ['nginx', 'cron'],
    count: [4, 1],
    cpu: [host === 'web-1' ? 2 * largest : 10, 1],
    cpuMax: [host === 'web-1' ? largest : 5, 1],
    mem: [8, 1],
    memMax: [2, 1],
    rssBytes: [512 * 2 ** 20, 2 ** 20],
    unit: [0, null],
    units: [
      {
        unit: 'shop.service',
        kind: 'service' as const,
        processes: 4,
        cpu: 2 * largest,
        cpuLimit: 200,
        memBytes: 2 ** 29,
        memLimitBytes: 2 ** 30,
        oomKills: 0,
      },
    ],
  };
}

(hasBrowser ? describe : describe.skip)('a program on the page', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };
  const pages: Awaited<ReturnType<typeof openPage>>[] = [];
  const open = async (query: Record<string, string>): Promise<Page> => {
    const watched = await openPage(browser, `${server.url}/?${new URLSearchParams(query).toString()}`);
    pages.push(watched);
    return watched.page;
  };

  beforeAll(async () => {
    browser = await startBrowser();
    server = await startServer(temporaryFolder());
    const client = new AmberwatchClient({ baseUrl: server.url });
    for (const minutesAgo of [4, 3, 2, 1, 0]) await client.putSamples(batchOf('web-1', minutesAgo));
    await client.putSamples(batchOf('web-2', 0));
    const opened = iso(now - 3 * MINUTE);
    const change = { time: opened, ...amber };
    const { breach: _, ...red } = { ...amber, color: 'RED', value: 75, reason: 'above-limit' } as const;
    const past = (id: string, minutesAgo: number, outcome: 'hit' | 'false') => {
      const closed = iso(now - (minutesAgo - 10) * MINUTE);
      const warning = { time: iso(now - minutesAgo * MINUTE), ...amber, outcome };
      const broke = { time: iso(now - (minutesAgo - 5) * MINUTE), ...red, leadMs: 5 * MINUTE };
      const end = { ...red, time: closed, color: 'GREEN' as const, reason: 'below-clear-level' as const };
      const history = outcome === 'hit' ? [{ ...warning, leadMs: 5 * MINUTE }, broke, end] : [warning, end];
      return incidentAt(now, { id, color: 'GREEN', opened: warning.time, since: closed, closed, history });
    };
    const { color, value, limit, reason } = amber;
    await client.putAlerts({
      incidents: [
        incidentAt(now, {
          id: 'open-amber-1',
          color,
          value,
          limit,
          reason,
          breach,
          opened,
          since: opened,
          history: [change],
        }),
        past('past-hit-001', 50, 'hit'),
        past('past-false-1', 30, 'false'),
      ],
    });
    const { at: breachAt, from: breachFrom, to: breachTo, probability, reason: because } = breach;
    const forecast = { time: iso(now), value: 66, limit: 70, breachAt, breachFrom, breachTo, probability };
    await client.putForecasts({
      full: true,
      cleared: [],
      forecasts: [{ host: 'web-1', process: 'nginx', metric: 'cpu', ...forecast, reason: because }],
    });
  }, 60_000);
  afterEach(() => closePages(browser));
  afterAll(async () => {
    await browser.close();
    await stopAll([server]);
  });

  it('has a history of its largest process and of all, and what is predicted stands there in words', async () => {
    const page = await open({ host: 'web-1', process: 'nginx' });
    await page.getByText(/CPU 70 % in \d+ min \(\d+–\d+\), 83 % likely: rising 1\.0 %\/min/).waitFor();
    await page.getByRole('link', { name: 'CPU of nginx', exact: true }).waitFor();
    const cpu = page.getByRole('region', { name: 'CPU, % of one core' });
    await cpu.getByText('As a table').click();
    const rows = cpu.getByRole('row');
    await rows.filter({ hasText: /66\.0 %\s*132 %/ }).waitFor();
    expect(await rows.first().innerText()).toMatch(/largest process\s+all its processes/);
    const resident = page.getByRole('region', { name: 'Resident memory' });
    await resident.getByText('As a table').click();
    await resident.getByRole('cell', { name: '512 MiB' }).first().waitFor();
  }, 60_000);

  it('tells where else it runs, and leads there', async () => {
    const page = await open({ host: 'web-1', process: 'nginx' });
    const rows = page.getByRole('region', { name: 'Where it runs' }).getByRole('row');
    await rows.nth(2).waitFor();
    expect(await rows.nth(1).innerText()).toMatch(/^web-1/);
    expect(await rows.nth(2).innerText()).toMatch(/^web-2\s+10\.0 %/);
    await rows.nth(2).getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: 'nginx on web-2' }).waitFor();
    expect(new URL(page.url()).search).toBe('?host=web-2&process=nginx');
  }, 60_000);

  it('tells how its past warnings turned out', async () => {
    const page = await open({ host: 'web-1', process: 'nginx' });
    const past = page.getByRole('region', { name: 'Its past alerts' });
    await past.getByText('1 hit, 1 false').waitFor();
    expect(await past.getByRole('row').nth(1).innerText()).toMatch(/^AMBER[^]*false/);
    expect(await past.getByRole('row').nth(2).innerText()).toMatch(/^RED[^]*hit 5 min ahead/);
  }, 60_000);

  it('shows a unit in % of its own limits, with its programs', async () => {
    const page = await open({ host: 'web-1', unit: 'shop.service' });
    await page.getByText('CPU quota 200 % · memory limit 1 GiB').waitFor();
    const memory = page.getByRole('region', { name: 'Working set, % of its limit' });
    await memory.getByText('As a table').click();
    await memory.getByRole('cell', { name: '50.0 %' }).first().waitFor();
    await page.getByRole('link', { name: 'nginx' }).click();
    await page.getByRole('heading', { level: 1, name: 'nginx on web-1' }).waitFor();
  }, 60_000);

  it('says where it has no samples, and shows any name as text', async () => {
    const evil = '<img src=x onerror="document.title=\'broken\'">\n\u202egnp';
    const page = await open({ host: 'web-1', process: evil });
    await page.getByText('CPU, % of one core: no samples in this range.').waitFor();
    await page.getByRole('heading', { level: 1, name: /<img src=x onerror=.*\\n\\u\{202e\}gnp/ }).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).not.toMatch(/broken$/);
  }, 60_000);

  it('complains of nothing on the console, and asks nobody else', () => {
    expect(pages.flatMap(({ problems }) => problems)).toEqual([]);
    expect(pages.flatMap(({ strangers }) => strangers)).toEqual([]);
  });
});
