import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { AmberwatchClient } from '#client';
import type { Incident, IncidentChange } from '#domain';
import { incidentAt } from '../support/incidents.js';
import { type RunningApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { closePages, hasBrowser, openPage, startBrowser } from '../support/web.js';

const evil = '<img src=x onerror="document.title=\'broken\'">';
const MINUTE = 60_000;
const now = Date.now();
const iso = (ms: number) => new Date(ms).toISOString();

const breach = {
  at: iso(now + 40 * MINUTE),
  from: iso(now + 35 * MINUTE),
  to: iso(now + 50 * MINUTE),
  probability: 0.83,
  reason: 'rising 2.1 %/min over the last hour',
};
const amberAt = (ms: number, more: Partial<IncidentChange> = {}): IncidentChange => ({
  time: iso(ms),
  color: 'AMBER',
  value: 61,
  limit: 80,
  reason: 'breach-predicted',
  breach,
  ...more,
});
const redAt = (ms: number, more: Partial<IncidentChange> = {}): IncidentChange => ({
  time: iso(ms),
  color: 'RED',
  value: 93.1,
  limit: 80,
  reason: 'above-limit',
  ...more,
});

const amber = incidentAt(now, {
  id: 'amber-nginx',
  process: 'nginx',
  color: 'AMBER',
  value: 61,
  reason: 'breach-predicted',
  breach,
  history: [amberAt(now - 2 * MINUTE)],
});
const red = incidentAt(now, {
  id: 'red-evil-0001',
  host: evil,
  process: evil,
  runbook: 'https://runbooks.example/cpu',
  rule: 'busy',
  history: [
    amberAt(now - 14 * MINUTE, { outcome: 'hit', leadMs: 12 * MINUTE }),
    redAt(now - 2 * MINUTE, { leadMs: 12 * MINUTE }),
  ],
});
const ofHost = incidentAt(now, {
  id: 'red-host-mem',
  host: evil,
  process: null,
  metric: 'mem',
  culprits: [{ process: 'postgres', count: 12, share: 52.1 }],
});
const silent = incidentAt(now, {
  id: 'red-no-data',
  host: 'gone-1',
  process: null,
  metric: 'data',
  value: null,
  limit: null,
  reason: 'no-data',
  history: [redAt(now - 2 * MINUTE, { value: null, limit: null, reason: 'no-data' })],
});

function past(i: number): Incident {
  const opened = now - (i + 2) * 30 * MINUTE;
  const closed = iso(opened + 20 * MINUTE);
  const warning = [amberAt(opened, { outcome: 'hit', leadMs: 9 * MINUTE }), amberAt(opened, { outcome: 'false' })][
    i % 2
  ] as IncidentChange;
  const end: IncidentChange = { ...redAt(0), time: closed, color: 'GREEN', value: 40, reason: 'below-clear-level' };
  return incidentAt(now, {
    id: `past-${String(i).padStart(4, '0')}`,
    process: `job-${i}`,
    color: 'GREEN',
    opened: iso(opened),
    since: closed,
    closed,
    history: i % 2 ? [warning, end] : [warning, redAt(opened + 9 * MINUTE, { leadMs: 9 * MINUTE }), end],
  });
}

(hasBrowser ? describe : describe.skip)('alerts on the page', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };
  let client: AmberwatchClient;
  const pages: Awaited<ReturnType<typeof openPage>>[] = [];
  const open = async (path: string): Promise<Page> => {
    const watched = await openPage(browser, `${server.url}${path}`);
    pages.push(watched);
    return watched.page;
  };

  beforeAll(async () => {
    browser = await startBrowser();
    server = await startServer(temporaryFolder());
    client = new AmberwatchClient({ baseUrl: server.url });
    for (const [i, cpu] of [20, 60, 93.1].entries()) {
      const time = iso(now - (4 - i) * MINUTE);
      const usage = { cpu: [cpu, 3], cpuMax: [cpu, 2], mem: [1, 2], memMax: [1, 1] };
      await client.putSamples({
        id: `alerts-${i}-0001`,
        host: evil,
        time,
        names: [evil, 'nginx'],
        count: [1, 2],
        ...usage,
      });
    }
    await client.putSamples({
      id: 'alerts-web-0001',
      host: 'web-1',
      time: iso(now),
      names: ['nginx'],
      count: [1],
      cpu: [61],
      cpuMax: [61],
    });
    const olds = Array.from({ length: 120 }, (_, i) => past(i));
    await client.putAlerts({ incidents: [red, amber, ofHost, silent, ...olds] });
    await client.putAlertValues({ values: [{ id: red.id, current: 97.3, peak: 99.9 }] });
  }, 60_000);
  afterEach(() => closePages(browser));
  afterAll(async () => {
    await browser.close();
    await stopAll([server]);
  });

  it('lists what is open, the worst first, with what is predicted in words and a hostile name as text', async () => {
    const page = await open('/?view=alerts');
    const items = page.getByRole('region', { name: /^Open/ }).getByRole('listitem');
    await items.nth(3).waitFor();
    const texts = await items.allInnerTexts();
    expect(texts.filter((text) => text.startsWith('RED'))).toHaveLength(3);
    expect(texts.at(-1)).toMatch(
      /^AMBER[^]*CPU of nginx on web-1[^]*80 % in \d+ min \(\d+–\d+\), 83 % likely: rising 2\.1/,
    );
    expect(texts.join('\n')).toMatch(/CPU of <img src=x onerror=[^]*97\.3 % peak 99\.9 %, limit 80 %/);
    expect(texts.join('\n')).toMatch(/Predicted 12 min ahead\./);
    expect(texts.join('\n')).toMatch(/No data on gone-1[^]*The host has sent nothing for/);
    expect(await page.locator('img').count()).toBe(0);
  }, 60_000);

  it('narrows them down by colour, host and program, and all of it stands in the address', async () => {
    const page = await open('/?view=alerts');
    const items = page.getByRole('region', { name: /^Open/ }).getByRole('listitem');
    await items.nth(3).waitFor();
    await page.getByRole('button', { name: 'AMBER' }).click();
    await items.filter({ hasText: 'RED' }).first().waitFor({ state: 'detached' });
    expect(await items.count()).toBe(1);
    expect(new URL(page.url()).search).toBe('?view=alerts&state=amber');
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.getByLabel('Program').fill(evil);
    await page.keyboard.press('Tab');
    await items.filter({ hasText: 'nginx' }).first().waitFor({ state: 'detached' });
    expect(await items.count()).toBe(1);
    const again = await open(new URL(page.url()).search.replace(/^/, '/'));
    await again.getByRole('link', { name: /CPU of <img/ }).waitFor();
  }, 60_000);

  it('pages through the past, with how each was predicted', async () => {
    const page = await open('/?view=alerts&state=closed');
    const rows = page.getByRole('region', { name: 'Past' }).getByRole('row');
    await rows.filter({ hasText: /job-0 on/ }).waitFor();
    expect(await rows.filter({ hasText: /job-0 on/ }).innerText()).toMatch(/^RED[^]*hit 9 min ahead/);
    expect(await rows.filter({ hasText: /job-1 on/ }).innerText()).toMatch(/^AMBER[^]*false/);
    const table = page.getByRole('table');
    expect(await table.getAttribute('aria-rowcount')).toBe('101');
    await page.getByRole('button', { name: 'Older ones' }).click();
    await waitUntil('all are there', async () => (await table.getAttribute('aria-rowcount')) === '121');
    expect(await page.getByRole('button', { name: 'Older ones' }).count()).toBe(0);
  }, 60_000);

  it('shows one with its chart, its past and where it leads', async () => {
    const page = await open(`/?alert=${red.id}`);
    await page.getByRole('heading', { level: 1, name: /RED CPU of <img src=x/ }).waitFor();
    const timeline = page.getByRole('region', { name: 'Its past' }).getByRole('listitem');
    expect(await timeline.nth(0).innerText()).toMatch(
      /AMBER[^]*61\.0 % of 80 %: a breach is predicted: 80 % for[^]*hit: came true in time, 12 min ahead/,
    );
    expect(await timeline.nth(1).innerText()).toMatch(
      /RED[^]*93\.1 % of 80 %: AMBER → RED 12 min after the warning, above its limit/,
    );
    const runbook = page.getByRole('link', { name: 'https://runbooks.example/cpu' });
    expect(await runbook.getAttribute('rel')).toBe('noopener noreferrer');
    await page.getByText('As a table').click();
    await page.getByRole('cell', { name: '93.1 %' }).waitFor();
    await page.getByRole('link', { name: evil }).first().click();
    expect(new URL(page.url()).searchParams.get('host')).toBe(evil);
  }, 60_000);

  it('shows the path to the limit of what is predicted, and says where there is nothing to draw', async () => {
    const page = await open(`/?alert=${amber.id}`);
    await page
      .getByText(/It is at 61\.0 %; its limit is 80 %\. 80 % in \d+ min \(\d+–\d+\), 83 % likely: rising/)
      .waitFor();
    await page.getByRole('application', { name: /CPU of nginx/ }).waitFor();
    const gone = await open(`/?alert=${silent.id}`);
    await gone.getByText('While a host sends nothing there is nothing to draw.').waitFor();
    const host = await open(`/?alert=${ofHost.id}`);
    await host.getByText('postgres (12 processes): 52.1 % of the host').waitFor();
  }, 60_000);

  it('asks who and why before it acknowledges, tells what a silence will mute before it silences, and ends both', async () => {
    const page = await open(`/?alert=${red.id}`);
    await page.getByText(/mute 1 open alert .* on 1 host/).waitFor();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    expect((await client.silences()).silences).toEqual([]);

    await page.getByLabel('Who').fill('ann');
    await page.getByLabel('Why').fill('<b>on it');
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /^Acknowledged\.$/ })
      .waitFor();
    await page.getByText(/by ann until .*: <b>on it/).waitFor();

    await page.getByRole('combobox', { name: 'What' }).selectOption('host');
    await page.getByText(/mute 2 open alerts \(.*<img.*\) and what comes on 1 host/).waitFor();
    await page.getByRole('button', { name: 'Silence' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /^Silenced\.$/ })
      .waitFor();
    const { alerts } = await client.alerts({ host: evil });
    expect(alerts).toMatchObject([{ silenced: { by: 'ann' } }, { silenced: { by: 'ann' } }]);

    const end = page.getByRole('button', { name: 'End what ann said' });
    await end.nth(1).waitFor();
    await end.nth(0).click();
    await waitUntil('one of the two is left', async () => (await end.count()) === 1);
    await end.click();
    await end.waitFor({ state: 'detached' });
    const after = await client.alert(red.id);
    expect([after.acknowledged, after.silenced]).toEqual([undefined, undefined]);

    const other = await open(`/?alert=${amber.id}`);
    await other.getByLabel('Who').waitFor();
    expect(await other.getByLabel('Who').inputValue()).toBe('');
    await page.reload();
    await page.getByLabel('Who').waitFor();
    expect(await page.getByLabel('Who').inputValue()).toBe('ann');
  }, 90_000);

  it('follows an alert that turns RED and ends while it is looked at', async () => {
    const moving = { ...amber, id: 'moving-0001', process: 'moving' };
    await client.putAlerts({ incidents: [moving] });
    const page = await open('/?alert=moving-0001');
    await page.getByRole('heading', { level: 1, name: /^AMBER/ }).waitFor();
    const turned = redAt(now, { leadMs: 2 * MINUTE });
    const { breach: _, ...rest } = moving;
    const reds: Incident = {
      ...rest,
      ...turned,
      color: 'RED',
      reason: 'above-limit',
      history: [...moving.history, turned],
    };
    const { time: _time, leadMs: _lead, ...whole } = reds as Incident & Partial<IncidentChange>;
    await client.putAlerts({ incidents: [whole] });
    await page.getByRole('heading', { level: 1, name: /^RED/ }).waitFor();
    const closed = iso(Date.now());
    const end: IncidentChange = { ...redAt(0), time: closed, color: 'GREEN', value: 12, reason: 'ended' };
    const over: Incident = {
      ...whole,
      color: 'GREEN',
      value: 12,
      reason: 'ended',
      closed,
      since: closed,
      history: [...whole.history, end],
    };
    await client.putAlerts({ incidents: [over] });
    await page.getByText(/^Over since .*: it has ended\.$/).waitFor();
    expect(await page.getByLabel('Why').count()).toBe(0);
  }, 60_000);

  it('says that there is no alert of that id', async () => {
    const page = await open('/?alert=gone-for-good');
    await page.getByRole('alert').filter({ hasText: 'No alert has the id "gone-for-good"' }).waitFor();
  }, 60_000);

  it('complains of nothing on the console but what was refused', () => {
    const unexpected = pages.flatMap(({ problems }) => problems).filter((problem) => !/status of 404/.test(problem));
    expect(unexpected).toEqual([]);
    expect(pages.flatMap(({ strangers }) => strangers)).toEqual([]);
  });
});
