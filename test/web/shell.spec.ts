import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { AmberwatchClient } from '#client';
import { type RunningApp, startServer, stopAll, temporaryFolder } from '../support/processes.js';
import { hasBrowser, openPage, startBrowser } from '../support/web.js';

(hasBrowser ? describe : describe.skip)('the page as a whole', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };

  beforeAll(async () => {
    browser = await startBrowser();
    server = await startServer(temporaryFolder());
    const client = new AmberwatchClient({ baseUrl: server.url });
    const time = new Date().toISOString();
    await client.putSamples({ id: 'shell-000001', host: 'web-1', time, names: ['nginx'], count: [1], cpu: [12] });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await stopAll([server]);
  });

  it('opens on the fleet, asks nobody else, and its console stays quiet', async () => {
    const { page, problems, strangers } = await openPage(browser, `${server.url}/`);
    await page.getByRole('cell', { name: 'web-1' }).waitFor();
    expect(await page.title()).toMatch(/BLIND · Fleet · Amberwatch/);
    expect(problems).toEqual([]);
    expect(strangers).toEqual([]);
  });
});
