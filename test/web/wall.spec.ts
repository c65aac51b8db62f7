import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { AmberwatchClient } from '#client';
import { type RunningApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { beat, openAlert, report } from '../support/small-fleet.js';
import { hasBrowser, openPage, startBrowser } from '../support/web.js';

/** How many tiles are shown, once each of them is whole on the screen and the foot counts the others. */
const tilesThatFit = `(() => {
  const outer = document.querySelector('.wall-tiles')?.getBoundingClientRect();
  const boxes = [...document.querySelectorAll('.wall-tile')].map((tile) => tile.getBoundingClientRect());
  const fitting = boxes.filter((box) => outer && box.bottom <= outer.bottom + 1 && box.right <= outer.right + 1);
  const rest = document.querySelector('.wall-foot p')?.textContent === 'and ' + (61 - boxes.length) + ' more hosts';
  const whole = fitting.length === boxes.length && document.documentElement.scrollHeight <= innerHeight && rest;
  return whole && boxes.length;
})()`;

(hasBrowser ? describe : describe.skip)('the wall', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };
  let client: AmberwatchClient;

  beforeAll(async () => {
    browser = await startBrowser();
    server = await startServer(temporaryFolder());
    client = new AmberwatchClient({ baseUrl: server.url });
    const names = Array.from({ length: 60 }, (_, i) => `web-${i}`);
    await report(client, Object.fromEntries([...names, '<img src=x onerror=alert(1)>\n'].map((name) => [name, {}])));
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await stopAll([server]);
  });

  it('is blind and says why while no alarm has reported; then it shows the worst first, as many as fit', async () => {
    const { page, problems, context } = await openPage(browser, `${server.url}/?wall`);
    await page.getByRole('heading', { level: 1, name: 'BLIND' }).waitFor();
    await page.getByText(/no alarm has reported/).waitFor();
    await beat(client);
    await page.getByRole('heading', { level: 1, name: 'OK' }).waitFor();
    await client.putAlerts({ incidents: [openAlert('wall-alert-1', 'web-42')] });
    await page.getByRole('heading', { level: 1, name: 'RED' }).waitFor();
    const tiles = page.getByRole('heading', { level: 2 });
    await waitUntil('the worst first', async () => (await tiles.first().innerText()).includes('web-42'));
    await page.getByText('nginx cpu 93.1 % > 80 %').waitFor();
    for (const [width, height] of [
      [3840, 2160],
      [1280, 720],
      [390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      const fits = await waitUntil(`all of it fits into ${width} × ${height}`, () =>
        page.evaluate<number | false>(tilesThatFit),
      );
      expect(fits).toBeGreaterThan(3);
    }
    expect(await page.locator('a, button, input, [tabindex], img').count()).toBe(0);
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);

  it('is unmistakably old where the server is gone', async () => {
    const { page, context } = await openPage(browser, `${server.url}/?wall`);
    await page.getByRole('heading', { level: 1, name: 'RED' }).waitFor();
    await server.stop('SIGKILL');
    await page
      .getByRole('alert')
      .getByText(/^No news from the server since \d\d:\d\d:\d\d, for \d+ s\./)
      .waitFor();
    await page.getByRole('heading', { level: 1, name: 'BLIND was RED' }).waitFor();
    await context.close();
  }, 60_000);
});
