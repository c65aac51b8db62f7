import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Route } from 'playwright-core';
import { AmberwatchClient } from '#client';
import { routes } from '#domain';
import { type RunningApp, startServer, stopAll, temporaryFolder } from '../support/processes.js';
import { closePages, hasBrowser, openPage, startBrowser } from '../support/web.js';

const TOKEN = 'a-token-of-enough-length';
const field = 'This server asks for its token';

(hasBrowser ? describe : describe.skip)('the page of a server with a token', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };

  beforeAll(async () => {
    browser = await startBrowser();
    server = await startServer(temporaryFolder(), { AMBERWATCH_TOKEN: TOKEN });
    const client = new AmberwatchClient({ baseUrl: server.url, token: TOKEN });
    const time = new Date().toISOString();
    await client.putSamples({ id: 'sign-in-0001', host: 'web-1', time, names: ['nginx'], count: [1], cpu: [12] });
  }, 60_000);
  afterEach(() => closePages(browser));
  afterAll(async () => {
    await browser.close();
    await stopAll([server]);
  });

  it('shows nothing before, refuses a wrong one, and keeps the right one where no script reads it', async () => {
    const { page, context } = await openPage(browser, `${server.url}/`);
    await page.getByLabel(field).waitFor();
    expect(await page.getByText('web-1').count()).toBe(0);
    await page.getByLabel(field).fill('a-token-that-is-wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText(/token/i).waitFor();

    await page.getByLabel(field).fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByText('web-1').first().waitFor();
    const cookies = await context.cookies();
    expect(cookies).toEqual([expect.objectContaining({ httpOnly: true, sameSite: 'Strict' })]);
    expect(JSON.stringify(cookies)).not.toContain(TOKEN);
    expect(await page.evaluate('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })')).toBe('{}');

    await page.reload();
    await page.getByText('web-1').first().waitFor();
    expect(await page.getByLabel(field).count()).toBe(0);
  }, 60_000);

  it('does not ask again because of a refusal from before that comes late', async () => {
    const { page } = await openPage(browser, `${server.url}/`);
    await page.getByLabel(field).waitFor();
    const signedIn = page.waitForResponse((answer) => answer.url().endsWith(routes.session) && answer.ok());
    const held = new Promise<void>((resolve, reject) => {
      const hold = async (route: Route) => {
        const response = await route.fetch();
        resolve();
        await signedIn;
        await route.fulfill({ response });
      };
      page.route(`**${routes.queryAlarm}`, hold, { times: 1 }).catch(reject);
    });
    await held;
    await page.getByLabel(field).fill(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByText('web-1').first().waitFor();
    expect(await page.getByLabel(field).count()).toBe(0);
  }, 60_000);

  it('lets who only looks go on without, and in to change something, and out again', async () => {
    const open = await startServer(temporaryFolder(), { AMBERWATCH_TOKEN: TOKEN, AMBERWATCH_READS: 'open' });
    try {
      const { page, context, problems } = await openPage(browser, open.url);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByLabel(field).waitFor();
      await page.getByRole('button', { name: 'Go on without' }).click();
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByLabel(field).fill(TOKEN);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      expect(await context.cookies()).toEqual([]);
      expect(problems).toEqual([]);
    } finally {
      await open.stop();
    }
  }, 60_000);
});
