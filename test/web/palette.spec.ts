import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { AmberwatchClient } from '#client';
import { type RunningApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { beat, openAlert, report } from '../support/small-fleet.js';
import { hasBrowser, openPage, startBrowser, type WatchedPage } from '../support/web.js';

const evil = '<img src=x onerror=alert(1)>';
const field = (page: Page) => page.getByRole('combobox');
const query = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);

(hasBrowser ? describe : describe.skip)('finding by name', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };
  const opened: WatchedPage[] = [];
  const open = async (path: string) => {
    const watched = await openPage(browser, `${server.url}${path}`, { timezoneId: 'Europe/Berlin' });
    opened.push(watched);
    await watched.page.getByText('live', { exact: true }).waitFor();
    return watched.page;
  };
  /** What assistive technology is told of as chosen. */
  const chosen = async (page: Page) => {
    const id = await field(page).getAttribute('aria-activedescendant');
    return id === null ? null : page.locator(`#${id}`).innerText();
  };

  beforeAll(async () => {
    browser = await startBrowser();
    server = await startServer(temporaryFolder());
    const client = new AmberwatchClient({ baseUrl: server.url });
    await report(client, {
      'web-1': {
        names: ['postgres', evil, 'busy'],
        count: [1, 1, 1],
        cpu: [2, 3, 90],
        mem: [1, 1, 1],
        cpuMax: [2, 3, 90],
      },
      'db-1': {},
    });
    await client.putAlerts({ incidents: [openAlert('palette-alert-1', 'db-1', { process: 'java', metric: 'mem' })] });
    await beat(client);
  }, 60_000);
  afterAll(async () => {
    for (const { problems } of opened) expect(problems).toEqual([]);
    await browser.close();
    await stopAll([server]);
  });

  it('opens with / and Ctrl-K, not while somebody writes, and gives the focus back', async () => {
    const page = await open('/');
    await page.getByRole('searchbox').focus();
    await page.keyboard.press('/');
    expect(await page.getByRole('searchbox').inputValue()).toBe('/');
    expect(await page.getByRole('dialog').count()).toBe(0);
    const link = page.getByRole('link', { name: 'Honesty' });
    for (const key of ['/', 'Control+k']) {
      await link.focus();
      await page.keyboard.press(key);
      await field(page).waitFor();
      expect(await field(page).inputValue()).toBe('');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await page.locator(':focus').innerText()).toBe('Honesty');
    }
  });

  it('finds programs of all hosts, and opens the chosen one even where Enter comes before the answer', async () => {
    const page = await open('/');
    await page.keyboard.press('/');
    await page.keyboard.type('postgr');
    await page.keyboard.press('Enter');
    await waitUntil('the program', () => query(page)['process'] === 'postgres');
    expect(query(page)).toEqual({ host: 'web-1', process: 'postgres' });
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('finds open alerts, hosts and views, walked with the arrow keys', async () => {
    const page = await open('/');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('db-1');
    await page.getByRole('option', { name: /java mem 93\.1 % > 80 %/ }).waitFor();
    await page
      .getByRole('status')
      .getByText(/^4 results$/)
      .waitFor();
    expect(await chosen(page)).toMatch(/RED\s+db-1/);
    await page.keyboard.press('ArrowUp');
    expect(await chosen(page)).toMatch(/java mem/);
    await page.keyboard.press('Enter');
    expect(query(page)).toEqual({ alert: 'palette-alert-1' });
    await page.keyboard.press('/');
    await page.keyboard.type('wall');
    await page.getByRole('option', { name: /Wall/ }).click();
    expect(page.url()).toBe(`${server.url}/?wall`);
  });

  it('pins a moment on the host in view', async () => {
    const page = await open('/?host=web-1&last=15m');
    await page.keyboard.press('/');
    await page.keyboard.type('2026-01-29 03:12');
    expect(await chosen(page)).toMatch(/2026-01-29 03:12:00.* ago, on web-1/s);
    await page.keyboard.press('Enter');
    expect(query(page)).toEqual({
      host: 'web-1',
      at: '2026-01-29T02:12:00.000Z',
      from: '2026-01-29T01:42:00.000Z',
      to: '2026-01-29T02:42:00.000Z',
    });
    // What is looked at stays where it holds the moment.
    await page.goto(`${server.url}/?host=web-1&last=1d`);
    await page.getByText('live', { exact: true }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('-2h');
    await page.keyboard.press('Enter');
    const { at, ...rest } = query(page);
    expect(rest).toEqual({ host: 'web-1', last: '1d' });
    expect(Math.abs(Date.now() - 7_200_000 - Date.parse(at as string))).toBeLessThan(60_000);
  });

  it('asks for the host of a moment where none is in view', async () => {
    const page = await open('/');
    await page.keyboard.press('/');
    await page.keyboard.type('2026-01-29 03:12');
    await page.getByRole('option', { name: /on which host\?/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('2026-01-29 03:12:00 on').waitFor();
    await page.keyboard.type('web');
    await page.keyboard.press('Enter');
    await waitUntil('the host', () => query(page)['host'] === 'web-1');
    expect(query(page)['at']).toBe('2026-01-29T02:12:00.000Z');
  });

  it('shows names as text, and says where nothing is called so', async () => {
    const page = await open('/');
    await page.keyboard.press('/');
    await page.keyboard.type('<img');
    await page.getByRole('option', { name: /<img src=x onerror/ }).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    await field(page).fill('nobody is called so');
    await page.getByText('Nothing is called that.').waitFor();
    expect(await chosen(page)).toBeNull();
    await page.keyboard.press('Enter');
    expect(await page.getByRole('dialog').count()).toBe(1);
  });
});
