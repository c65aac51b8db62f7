import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { AmberwatchClient } from '#client';
import { type RunningApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { beat, openAlert, report } from '../support/small-fleet.js';
import { hasBrowser, openPage, startBrowser } from '../support/web.js';

const hostile = ['<img src=x onerror=alert(1)>', 'long-'.repeat(51), 'evil-\u202Egnp.exe', 'two\nlines'];

const rows = (page: Page) => page.locator('tbody tr[data-row]');
const query = (page: Page) => new URL(page.url()).searchParams;

(hasBrowser ? describe : describe.skip)('the fleet on the page', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };
  let many: RunningApp & { url: string };
  let client: AmberwatchClient;
  const apps: RunningApp[] = [];
  const start = async (env: Record<string, string> = {}, data = temporaryFolder()) => {
    const app = await startServer(data, env);
    apps.push(app);
    return app;
  };

  beforeAll(async () => {
    browser = await startBrowser();
    server = await start();
    client = new AmberwatchClient({ baseUrl: server.url });
    const usage = (cpu: number) => ({ cpu, mem: 40, memTotalBytes: 8e9, disks: [{ path: '/var', usedPercent: 71 }] });
    await report(client, {
      'web-1': { service: 'shop', hostUsage: usage(20) },
      'web-2': { service: 'shop', hostUsage: usage(60) },
      'db-1': { service: 'data', hostUsage: usage(40) },
      'db-2': {},
    });
    await client.putAlerts({ incidents: [openAlert('fleet-alert-1', 'db-1')] });
    await beat(client);
    many = await start();
    const names = Array.from({ length: 1_000 }, (_, i) => `many-${1_000 + i}`);
    await report(new AmberwatchClient({ baseUrl: many.url }), Object.fromEntries(names.map((name) => [name, {}])));
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await stopAll(apps);
  });

  it('puts the host in most trouble first, with the alert in words and a link to it', async () => {
    const { page, problems, context } = await openPage(browser, `${server.url}/`);
    await rows(page).nth(3).waitFor();
    const first = await rows(page).first().innerText();
    expect(first.split(/\s*\t\s*|\n/)).toEqual(expect.arrayContaining(['RED', 'db-1', 'data', '40.0 %', '71.0 %']));
    await rows(page).first().getByRole('link', { name: 'nginx cpu 93.1 % > 80 %' }).click();
    expect(query(page).get('alert')).toBe('fleet-alert-1');
    expect(problems).toEqual([]);
    await context.close();
  });

  it('filters by state, by text and by service, all in its address', async () => {
    const { page, context } = await openPage(browser, `${server.url}/`);
    await page.getByRole('button', { name: /^RED 1/ }).click();
    await waitUntil('one row', async () => (await rows(page).count()) === 1);
    expect(page.url()).toBe(`${server.url}/?state=red`);
    await page.reload();
    await rows(page).getByText('db-1').waitFor();
    expect(await rows(page).count()).toBe(1);
    await page.getByRole('button', { name: /^All 4/ }).click();
    await page.getByRole('button', { name: 'By service' }).click();
    await page.getByRole('row', { name: /shop 2 40\.0 %/ }).click();
    await waitUntil('two rows', async () => (await rows(page).count()) === 2);
    expect(page.url()).toBe(`${server.url}/?service=shop`);
    await page.getByRole('searchbox').fill('nobody');
    await page.getByText('No host has “nobody” in its name or service and the service “shop”.').waitFor();
    await page.getByRole('button', { name: 'Show all hosts' }).click();
    await waitUntil('all rows', async () => (await rows(page).count()) === 4);
    expect(page.url()).toBe(`${server.url}/`);
    await context.close();
  });

  it('keeps what is being written, and the focus, while news come', async () => {
    const { page, context } = await openPage(browser, `${server.url}/`);
    await page.getByRole('searchbox').click();
    await page.keyboard.type('FRESH');
    await page.getByText('No host has “FRESH”').waitFor();
    await report(client, { 'fresh-1': {} });
    await rows(page).getByText('fresh-1').waitFor();
    await page.keyboard.type('-');
    await waitUntil('the address follows', () => query(page).get('q') === 'FRESH-');
    expect(await page.getByRole('searchbox').inputValue()).toBe('FRESH-');
    await client.forgetHost('fresh-1');
    await page.getByText('No host has “FRESH-”').waitFor();
    await context.close();
  });

  it('is ordered and walked with the keyboard alone', async () => {
    const { page, context } = await openPage(browser, `${server.url}/`);
    await page.getByRole('button', { name: 'CPU' }).focus();
    await page.keyboard.press('Enter');
    await rows(page).first().getByText('web-2').waitFor();
    expect(query(page).get('order')).toBe('cpu');
    const header = page.getByRole('columnheader', { name: 'CPU' });
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    await rows(page).first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(query(page).get('host')).toBe('db-1');
    await context.close();
  });

  it('calls no host OK while no alarm has reported, and shows names as text in rows of one height', async () => {
    const blind = await start();
    const of = new AmberwatchClient({ baseUrl: blind.url });
    await report(of, Object.fromEntries(hostile.map((host) => [host, { service: hostile[0] as string }])));
    const { page, problems, context } = await openPage(browser, `${blind.url}/`);
    for (const width of [1400, 800, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await waitUntil('all rows', async () => (await rows(page).count()) === hostile.length);
      const heights = await rows(page).evaluateAll((all) => all.map((row) => row.getBoundingClientRect().height));
      expect(new Set(heights).size).toBe(1);
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(wide).toBeLessThanOrEqual(0);
    }
    expect(await page.locator('img').count()).toBe(0);
    expect(await rows(page).getByText('OK', { exact: true }).count()).toBe(0);
    expect(await rows(page).getByText('BLIND', { exact: true }).count()).toBe(hostile.length);
    await rows(page).getByText('two\\nlines').waitFor();
    await rows(page).getByText('evil-\\u{202e}gnp.exe').waitFor();
    expect(problems).toEqual([]);
    await beat(of);
    await waitUntil('all are well', async () => (await rows(page).getByText('OK', { exact: true }).count()) === 4);
    await context.close();
  }, 60_000);

  it('scrolls through 1,000 hosts of which only those on the screen are drawn', async () => {
    const { page, problems, context } = await openPage(browser, `${many.url}/?order=host`);
    await page.getByRole('button', { name: 'All 1,000' }).waitFor();
    await rows(page).first().getByText('many-1000').waitFor();
    const last = rows(page).getByText('many-1999');
    await page.mouse.move(700, 600);
    await waitUntil('the last host', async () => {
      await page.mouse.wheel(0, 2_000);
      return last.isVisible();
    });
    expect(await rows(page).count()).toBeLessThan(120);
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('1001');
    expect(await rows(page).last().getAttribute('aria-rowindex')).toBe('1001');
    // It keeps its place when news come.
    const before = await page.evaluate<number>('scrollY');
    expect(before).toBeGreaterThan(30_000);
    await report(new AmberwatchClient({ baseUrl: many.url }), { 'many-1999': { service: 'news' } });
    await rows(page).last().getByText('news').waitFor();
    expect(await page.evaluate<number>('scrollY')).toBe(before);
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);

  it('says since when there is no news, shows that all is old, and comes back by itself', async () => {
    const data = temporaryFolder();
    const first = await start({}, data);
    const of = new AmberwatchClient({ baseUrl: first.url });
    await report(of, { 'web-1': {} });
    await beat(of);
    const { page, context } = await openPage(browser, `${first.url}/`);
    await rows(page).getByText('OK', { exact: true }).waitFor();
    await first.stop('SIGKILL');
    await page
      .getByRole('alert')
      .getByText(/^No news from the server since \d\d:\d\d:\d\d\.$/)
      .waitFor();
    expect(await page.locator('html').getAttribute('data-news')).toBe('lost');
    expect(await page.title()).toMatch(/^BLIND/);
    await rows(page).getByText('web-1').waitFor();
    await start({ AMBERWATCH_PORT: new URL(first.url).port }, data);
    await page.getByText('live', { exact: true }).waitFor();
    expect(await page.locator('html').getAttribute('data-news')).toBe('heard');
    await context.close();
  }, 60_000);

  it('tells a new installation what it waits for and how a host is connected, which is copied or selected', async () => {
    const empty = await start();
    const { page, context } = await openPage(browser, `${empty.url}/`);
    await page.getByText('No host has reported yet.').waitFor();
    expect(await page.title()).toMatch(/^BLIND/);
    const command = (await page.getByLabel('Command that connects a host').innerText()).trim();
    expect(command).toMatch(/collector/);
    // Nobody has allowed the page to write to the clipboard.
    await page.evaluate('void (navigator.clipboard.writeText = () => Promise.reject(new Error("refused")))');
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Selected: press Ctrl-C to copy it.').waitFor();
    expect(await page.evaluate('getSelection().toString().trim()')).toBe(command);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.reload();
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Copied.').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(command);
    await report(new AmberwatchClient({ baseUrl: empty.url }), { 'web-1': {} });
    await rows(page).getByText('web-1').waitFor();
    await page.getByText('No host has reported yet.').waitFor({ state: 'detached' });
    await context.close();
  }, 60_000);
});
