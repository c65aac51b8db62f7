import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { AmberwatchClient } from '#client';
import { findingsOf } from '../support/axe.js';
import { beat, type Night, playNight } from '../support/night.js';
import { type RunningApp, startServer, stopAll, temporaryFolder } from '../support/processes.js';
import { hasBrowser, openPage, settled, startBrowser } from '../support/web.js';

const HALF_HOUR_MS = 1_800_000;
const TOKEN = 'a-token-of-enough-length';

/** Views by what they show; a night is played, so that each of them has something to show. */
const views: Record<string, (night: Night) => string> = {
  fleet: () => '/',
  'fleet by service': () => '/?group=service',
  host: ({ host }) => `/?host=${host}`,
  'host at a moment': ({ host, atMs }) => `/?host=${host}&at=${new Date(atMs).toISOString()}`,
  program: ({ leak: { host, process } }) => `/?host=${host}&process=${process}`,
  unit: () => '/?host=search-1&unit=search.service',
  alerts: () => '/?view=alerts',
  'a predicted alert': ({ predictedId }) => `/?alert=${predictedId}`,
  'an alert that is over': ({ closedId }) => `/?alert=${closedId}`,
  changes: ({ host }) => `/?view=changes&host=${host}`,
  honesty: () => '/?view=honesty',
  wall: () => '/?wall',
  start: () => '/?view=start',
};

/** What axe finds on a desk and on a phone, in both schemes. */
async function everywhere(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const width of [1400, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const finding of await findingsOf(page)) found.push(`${colorScheme}, ${width} px: ${finding}`);
    }
  }
  return found;
}

(hasBrowser ? describe : describe.skip)(
  'axe finds nothing serious on a desk and on a phone, light and dark, in',
  () => {
    let browser: Browser;
    let server: RunningApp & { url: string };
    let guarded: RunningApp & { url: string };
    let client: AmberwatchClient;
    let night: Night;

    beforeAll(async () => {
      browser = await startBrowser();
      server = await startServer(temporaryFolder());
      guarded = await startServer(temporaryFolder(), { AMBERWATCH_TOKEN: TOKEN });
      client = new AmberwatchClient({ baseUrl: server.url });
      const now = Date.now();
      night = await playNight(client, now, now - HALF_HOUR_MS);
    }, 120_000);
    afterAll(async () => {
      await browser.close();
      await stopAll([server, guarded]);
    });

    it.each(Object.keys(views))(
      '%s',
      async (name) => {
        await beat(client);
        const { page, context } = await openPage(browser, `${server.url}${views[name]?.(night)}`);
        await settled(page);
        expect(await everywhere(page)).toEqual([]);
        await context.close();
      },
      60_000,
    );

    it('the palette', async () => {
      const { page, context } = await openPage(browser, `${server.url}/`);
      await settled(page);
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox').fill('shop');
      await page.getByRole('option').first().waitFor();
      expect(await everywhere(page)).toEqual([]);
      await context.close();
    }, 60_000);

    it('the page that asks for the token', async () => {
      const { page, context } = await openPage(browser, `${guarded.url}/`);
      await page.getByLabel('This server asks for its token').waitFor();
      expect(await everywhere(page)).toEqual([]);
      await context.close();
    }, 60_000);

    it('a page whose server is away', async () => {
      const { page, context } = await openPage(browser, `${server.url}/`);
      await settled(page);
      await server.stop('SIGKILL');
      await page.getByText(/No news from the server since/).waitFor();
      expect(await everywhere(page)).toEqual([]);
      await context.close();
    }, 60_000);
  },
);
