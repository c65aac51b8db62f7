import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { AmberwatchClient } from '#client';
import { startHindrance } from '../support/hindrance.js';
import { type RunningApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { hasBrowser, openPage, startBrowser } from '../support/web.js';

/** What the browser itself says of a request that finds nobody. */
const NOBODY = /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/;
const TICK_MS = 10_000;

(hasBrowser ? describe : describe.skip)('the page follows its server', () => {
  let browser: Browser;
  const apps: RunningApp[] = [];
  const closers: (() => void)[] = [];
  const start = async (data = temporaryFolder(), env: Record<string, string> = {}) => {
    const server = await startServer(data, env);
    apps.push(server);
    return { server, url: server.url, client: new AmberwatchClient({ baseUrl: server.url }) };
  };
  let batches = 0;
  const report = (client: AmberwatchClient, cpu: number) =>
    client.putSamples({
      id: `live-batch-${++batches}`,
      host: 'web-1',
      time: new Date().toISOString(),
      intervalMs: TICK_MS,
      names: ['nginx'],
      count: [1],
      cpu: [cpu],
      hostUsage: { cpu, mem: 40, cores: 1, memTotalBytes: 8e9 },
    });
  const showsCpu = (page: Page, text: string, limitMs = 30_000) =>
    page.getByRole('row', { name: 'web-1' }).getByText(text).first().waitFor({ timeout: limitMs });

  beforeAll(async () => {
    browser = await startBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    for (const close of closers) close();
    await stopAll(apps);
  });

  it('shows a new value within two ticks', async () => {
    const { url, client } = await start();
    await report(client, 12);
    const { page, problems, strangers } = await openPage(browser, url);
    await showsCpu(page, '12.0');
    await report(client, 77);
    await showsCpu(page, '77.0', 2 * TICK_MS);
    expect(problems).toEqual([]);
    expect(strangers).toEqual([]);
  }, 60_000);

  it('says since when no news came, goes on being of use, and comes back by itself', async () => {
    const data = temporaryFolder();
    const { server, url, client } = await start(data);
    await report(client, 12);
    const { page, problems } = await openPage(browser, url);
    await showsCpu(page, '12.0');
    await page.evaluate('document.body.dataset.opened = "once"');

    await server.stop('SIGKILL');
    await page.getByText(/^No news from the server since \d\d:\d\d:\d\d\.$/).waitFor();
    await waitUntil('a title that says so', async () => (await page.title()).startsWith('BLIND'));
    await showsCpu(page, '12.0');
    await page.getByRole('link', { name: 'Honesty' }).click();
    await page.getByRole('button', { name: 'Try again' }).first().waitFor();
    await page.goBack();

    await start(data, { AMBERWATCH_PORT: new URL(url).port });
    await report(client, 34);
    await showsCpu(page, '34.0');
    await page.getByText('live', { exact: true }).waitFor();
    expect(await page.getByText(/^No news from the server/).count()).toBe(0);
    expect(await page.evaluate('document.body.dataset.opened')).toBe('once');
    expect(problems.filter((text) => !NOBODY.test(text))).toEqual([]);
  }, 120_000);

  it('asks at intervals where something in between holds the stream back', async () => {
    const { url, client } = await start();
    const hindrance = await startHindrance(url);
    closers.push(hindrance.close);
    await report(client, 12);
    const { page, problems } = await openPage(browser, hindrance.url);
    await showsCpu(page, '12.0');
    await page.getByText('polling', { exact: true }).waitFor();
    await report(client, 77);
    await showsCpu(page, '77.0', 2 * TICK_MS);
    expect(problems).toEqual([]);
  }, 60_000);
});
