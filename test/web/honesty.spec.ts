import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { AmberwatchClient } from '#client';
import type { CalibrationReport, Incident } from '#domain';
import { type RunningApp, startServer, stopAll, temporaryFolder } from '../support/processes.js';
import { closePages, hasBrowser, openPage, startBrowser } from '../support/web.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

type Outcome = 'hit' | 'early' | 'false' | 'missed';

/** An alert that is over, with what became of its warning. */
function over(id: string, host: string, outcome: Outcome, openedMs: number, leadMs = 12 * MINUTE_MS): Incident {
  const at = (ms: number) => new Date(openedMs + ms).toISOString();
  const values = { value: 71, limit: 80 };
  const breach = { at: at(leadMs), from: at(leadMs / 2), to: at(leadMs * 2), probability: 0.6, reason: 'it rises' };
  const warning = { time: at(0), color: 'AMBER', ...values, reason: 'breach-predicted', breach } as const;
  const broken = { time: at(leadMs), color: 'RED', value: 93, limit: 80, reason: 'above-limit' } as const;
  const end = { time: at(2 * leadMs), color: 'GREEN', ...values, reason: 'ended' } as const;
  const history: Incident['history'] =
    outcome === 'missed'
      ? [broken, end]
      : outcome === 'false'
        ? [{ ...warning, outcome }, end]
        : [{ ...warning, outcome, leadMs }, { ...broken, leadMs }, end];
  const closed = end.time;
  const opened = history[0]?.time ?? closed;
  const now = { color: 'GREEN', ...values, reason: 'ended', opened, since: closed, closed } as const;
  return { id, host, process: 'java', metric: 'mem', rule: 'leaks', ...now, history };
}

function several(count: number, host: string, outcome: Outcome, openedMs: number): Incident[] {
  return Array.from({ length: count }, (_, i) => over(`${host}-${outcome}-${i}`, host, outcome, openedMs));
}

(hasBrowser ? describe : describe.skip)('the view of how honest the warnings are', () => {
  let browser: Browser;
  const servers: RunningApp[] = [];
  const start = async () => {
    const server = await startServer(temporaryFolder());
    servers.push(server);
    return { url: server.url, client: new AmberwatchClient({ baseUrl: server.url }) };
  };

  beforeAll(async () => {
    browser = await startBrowser();
  }, 60_000);
  afterEach(() => closePages(browser));
  afterAll(async () => {
    await browser.close();
    await stopAll(servers);
  });

  it('says what will stand there, and when, while nothing is counted', async () => {
    const { url } = await start();
    const { page } = await openPage(browser, `${url}/?view=honesty`);
    await page.getByText('No warning and no breach has ended in 30 days.').waitFor();
    await page.getByText('Prediction has not counted its claims yet.').waitFor();
    await page.getByText('It does so once a day', { exact: false }).waitFor();
  });

  it('gives each figure with its cases and its interval, by rule, kind and host', async () => {
    const { url, client } = await start();
    const yesterday = Date.now() - DAY_MS;
    await client.putAlerts({
      incidents: [
        ...several(21, 'web-1', 'hit', yesterday),
        ...several(7, 'web-1', 'false', yesterday),
        ...several(4, 'web-1', 'missed', yesterday),
        ...several(3, 'web-2', 'hit', Date.now() - 60 * DAY_MS),
      ],
    });
    const { page } = await openPage(browser, `${url}/?view=honesty`);
    const precision = page.locator('.figures > div', { hasText: 'Precision' });
    await precision.getByText('75 %', { exact: true }).waitFor();
    expect(await precision.innerText()).toMatch(/21 of 28 warnings came true in time\s+95 % sure: 57 % to 87 %/);
    expect(await page.locator('.figures > div', { hasText: 'Recall' }).innerText()).toMatch(
      /84 %\s+21 of 25 breaches had a warning before\s+95 % sure: 65 % to 94 %/,
    );
    expect(await page.locator('.figures > div', { hasText: 'Median lead' }).innerText()).toMatch(/12 min/);
    await page.getByRole('table', { name: 'Warnings by rule' }).getByRole('cell', { name: 'leaks' }).waitFor();
    await page.getByRole('table', { name: 'Warnings by kind' }).getByRole('cell', { name: 'programs' }).waitFor();
    expect(await page.getByRole('table', { name: 'Warnings by host' }).getByRole('row').count()).toBe(2);

    await page.getByRole('button', { name: '90 days' }).click();
    const few = page.getByRole('table', { name: 'Warnings by host' }).getByRole('row', { name: 'web-2' });
    await few.waitFor();
    expect(await few.innerText()).toContain('too few to say (n 3)');
    expect(new URL(page.url()).search).toBe('?view=honesty&last=90d');
    await page.getByRole('link', { name: 'web-2' }).click();
    expect(new URL(page.url()).search).toBe('?host=web-2');
  });

  it('shows what was said against what came true, and what false alarms are asked for, came and cost', async () => {
    const { url, client } = await start();
    await client.putCalibration(reportAt(new Date().toISOString()));
    const { page } = await openPage(browser, `${url}/?view=honesty`);
    const claims = page.getByRole('table', { name: 'coarse, steps of 5 min: 73 claims' });
    await claims.waitFor();
    expect(await claims.getByRole('row').allInnerTexts()).toEqual([
      'Said\tOn average\tClaims\tCame true (95 %)\tSo it was',
      '60–70 %\t64 %\t40\t50 % (35–65)\tas said',
      '80–90 %\t84 %\t30\t50 % (33–67)\tsaid too much',
      '90–100 %\t95 %\t3\t100 % (44–100)\ttoo few to say',
    ]);
    const alarms = page.locator('section', { has: page.getByRole('heading', { name: 'False alarms a week' }) });
    expect(await alarms.innerText()).toMatch(/Asked for\s+2\.0[^]*Came\s+2\.00\s+20 false and 20 true since/);
    expect(await alarms.innerText()).toContain('At 2.0 a week, 61 of 100 breaches would still have had a warning');
  });
});

function reportAt(time: string): CalibrationReport {
  const bands = [
    { from: 0.6, to: 0.7, claims: 40, claimed: 0.64, cameTrue: 0.5, low: 0.35, high: 0.65 },
    { from: 0.8, to: 0.9, claims: 30, claimed: 0.84, cameTrue: 0.5, low: 0.33, high: 0.67 },
    { from: 0.9, to: 1, claims: 3, claimed: 0.95, cameTrue: 1, low: 0.44, high: 1 },
  ];
  const counted = { claims: 73, bands, brierBefore: 0.25, brierAfter: 0.2 };
  const found = { aWeek: 2, from: time, hosts: 3, hostWeeks: 10, falses: 20, hits: 20, cameAWeek: 2 };
  return {
    time,
    ...counted,
    branches: [{ branch: 'coarse', scale: 'steps of 5 min', ...counted }],
    falseAlarms: {
      ...found,
      withheldFalses: 30,
      withheldHits: 5,
      worst: [],
      costs: [{ aWeek: 2, falses: 20, kept: 61, of: 100 }],
    },
  };
}
