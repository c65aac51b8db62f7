import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { AmberwatchClient } from '#client';
import { incidentAt } from '../support/incidents.js';
import { beat } from '../support/night.js';
import { type RunningApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { closePages, hasBrowser, openPage, startBrowser } from '../support/web.js';

const titled = (page: Page, title: string) =>
  waitUntil(`the title ${title}`, async () => (await page.title()) === title);

(hasBrowser ? describe : describe.skip)('the page as a whole', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };
  let client: AmberwatchClient;

  beforeAll(async () => {
    browser = await startBrowser();
    server = await startServer(temporaryFolder());
    client = new AmberwatchClient({ baseUrl: server.url });
  }, 60_000);
  afterEach(() => closePages(browser));
  afterAll(async () => {
    await browser.close();
    await stopAll([server]);
  });

  it('comes under a policy that takes nothing from elsewhere and nothing inline, and keeps to it', async () => {
    const answer = await fetch(`${server.url}/`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(await answer.text()).not.toMatch(/<style|<script(?![^>]* src="\/)|\son\w+=|\sstyle=/);
    const { page, problems, strangers } = await openPage(browser, `${server.url}/?view=honesty`);
    await page.getByText('No warning and no breach has ended in 30 days.').waitFor();
    expect(problems.filter((text) => !text.includes('404'))).toEqual([]);
    expect(strangers).toEqual([]);
  }, 60_000);

  it('is BLIND with the reasons, and never OK, while it can not know; then OK, and RED where an alert is', async () => {
    const { page } = await openPage(browser, `${server.url}/`);
    const badge = page.getByRole('banner').getByRole('status');
    await titled(page, 'BLIND · Fleet · Amberwatch');
    expect(await badge.innerText()).toBe('BLIND');
    const reasons = page.getByRole('banner').getByRole('group');
    await reasons.getByText('no prediction has reported, and 2 more reasons').click();
    expect(await reasons.getByRole('listitem').allInnerTexts()).toEqual([
      'no alarm has reported',
      'no host has reported',
    ]);
    expect(await page.locator('#icon').getAttribute('href')).toBe('/icons/blind.svg');

    const time = new Date().toISOString();
    const hour = 3_600_000;
    await client.putSamples({
      id: 'shell-000001',
      host: 'web-1',
      time,
      intervalMs: hour,
      names: ['nginx'],
      count: [1],
    });
    await beat(client);
    await titled(page, 'Fleet · Amberwatch');
    expect(await badge.innerText()).toBe('OK');
    await client.putAlerts({ incidents: [incidentAt(Date.now())] });
    await titled(page, 'RED · Fleet · Amberwatch');
    expect(await page.locator('#icon').getAttribute('href')).toBe('/icons/red.svg');
    await page.getByRole('link', { name: 'Alerts 1' }).waitFor();
  }, 60_000);
});
