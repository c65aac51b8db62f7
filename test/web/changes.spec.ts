import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { AmberwatchClient } from '#client';
import { incidentAt } from '../support/incidents.js';
import { type RunningApp, startServer, stopAll, temporaryFolder } from '../support/processes.js';
import { closePages, hasBrowser, openPage, startBrowser } from '../support/web.js';

const MINUTE = 60_000;
const evil = '<img src=x onerror="document.title=\'broken\'">';
/** Whole seconds, as the fields for times have them. */
const now = Math.floor(Date.now() / 1000) * 1000;
const iso = (ms: number) => new Date(ms).toISOString();
/** Ten minutes before now everything changed. */
const SPLIT_MS = now - 10 * MINUTE;

/** CPU of each program before and after, % of one core; undefined: it does not run. */
const programs: Record<string, { before?: number; after?: number }> = {
  java: { before: 10, after: 90 },
  [evil]: { after: 50 },
  cron: { before: 30 },
  postgres: { before: 20, after: 20 },
  batch: { before: 25, after: 5 },
  nginx: { before: 40, after: 40 },
};

function batchOf(minutesAgo: number) {
  const timeMs = now - minutesAgo * MINUTE + 30_000;
  const side = timeMs >= SPLIT_MS ? 'after' : 'before';
  const running = Object.entries(programs).filter(([, cpu]) => cpu[side] !== undefined);
  const startOf = (name: string) => (name === 'postgres' && side === 'after' ? SPLIT_MS + 10_000 : now - 86_400_000);
  return {
    id: `changes-000${minutesAgo}`,
    host: 'web-1',
    time: iso(timeMs),
    names: running.map(([name]) => name),
    count: running.map(() => 1),
    cpu: running.map(([, cpu]) => cpu[side] ?? 0),
    mem: running.map(() => 1),
    rssBytes: running.map(() => 2 ** 28),
    started: running.map(([name]) => Math.floor(startOf(name) / 1000)),
  };
}

(hasBrowser ? describe : describe.skip)('what changed, on the page', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };
  const pages: Awaited<ReturnType<typeof openPage>>[] = [];
  const open = async (path: string): Promise<Page> => {
    const watched = await openPage(browser, `${server.url}${path}`);
    pages.push(watched);
    return watched.page;
  };
  const rowsOf = (page: Page): Locator => page.getByRole('row').filter({ has: page.getByRole('cell') });
  const link = (query: Record<string, string>) =>
    `/?${new URLSearchParams({ view: 'changes', host: 'web-1', ...query }).toString()}`;
  const ranges = { from: iso(SPLIT_MS), to: iso(now), baseFrom: iso(SPLIT_MS - 10 * MINUTE), baseTo: iso(SPLIT_MS) };

  beforeAll(async () => {
    browser = await startBrowser();
    server = await startServer(temporaryFolder());
    const client = new AmberwatchClient({ baseUrl: server.url });
    for (let minutesAgo = 20; minutesAgo > 0; minutesAgo--) await client.putSamples(batchOf(minutesAgo));
    const opened = iso(SPLIT_MS);
    const history = [{ time: opened, color: 'RED' as const, value: 90, limit: 80, reason: 'above-limit' as const }];
    const alert = incidentAt(now, { id: 'java-is-red', process: 'java', opened, since: opened, history });
    await client.putAlerts({ incidents: [alert] });
  }, 60_000);
  afterEach(() => closePages(browser));
  afterAll(async () => {
    await browser.close();
    await stopAll([server]);
  });

  it('compares since the alert was opened with the same length before, the largest change first', async () => {
    const page = await open(link({}));
    await page.getByRole('heading', { name: '5 programs of 6 changed' }).waitFor();
    const texts = await rowsOf(page).allInnerTexts();
    expect(texts).toHaveLength(5);
    expect(texts[0]).toMatch(/▲ grew\s+java\s+10\.0 % → 90\.0 %/);
    expect(texts[1]).toMatch(/✚ new\s+<img src=x onerror=.*\s+– → 50\.0 %/);
    expect(texts[2]).toMatch(/✖ gone\s+cron\s+30\.0 % → –/);
    expect(texts[3]).toMatch(/▼ shrank\s+batch\s+25\.0 % → 5\.0 %/);
    expect(texts[4]).toMatch(/↻ restarted\s+postgres\s+20\.0 % → 20\.0 %/);
    expect(await page.locator('img').count()).toBe(0);
  }, 60_000);

  it('stands beside the alert too, with the way to all of it', async () => {
    const page = await open('/?alert=java-is-red');
    const changes = page.getByRole('region', { name: 'What changed' });
    expect(await changes.getByRole('listitem').first().innerText()).toMatch(/grew\s+java\s+CPU\s+10\.0 % → 90\.0 %/);
    await changes.getByRole('link', { name: 'All that changed' }).click();
    await page.getByRole('heading', { name: '5 programs of 6 changed' }).waitFor();
    expect(new URL(page.url()).searchParams.get('from')).toBe(iso(SPLIT_MS));
  }, 60_000);

  it('compares what its fields say, and the address is the same view for a colleague', async () => {
    const page = await open(link(ranges));
    await page.getByRole('heading', { name: '5 programs of 6 changed' }).waitFor();
    const before = page.getByRole('group', { name: 'Before' });
    // Both sides lie in the same time: but for the halves of it, nothing changes.
    const value = await page.getByRole('group', { name: 'After' }).getByLabel('From').inputValue();
    await before.getByLabel('From').fill(value);
    await before.getByLabel('to').fill(await page.getByRole('group', { name: 'After' }).getByLabel('to').inputValue());
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('No program changed by more than a percent.').waitFor();
    const again = await open(new URL(page.url()).search.replace(/^/, '/'));
    await again.getByText('No program changed by more than a percent.').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: '5 programs of 6 changed' }).waitFor();
  }, 60_000);

  it('compares two moments', async () => {
    const page = await open(link({ at: iso(now), baseAt: iso(SPLIT_MS - MINUTE) }));
    await page.getByRole('heading', { name: '5 programs of 6 changed' }).waitFor();
    await page.getByText('(1 tick)').nth(1).waitFor();
    expect(await page.getByRole('group', { name: 'Before' }).getByLabel('At').count()).toBe(1);
  }, 60_000);

  it('is ordered, filtered and completed by what its address says', async () => {
    const page = await open(link(ranges));
    await page.getByRole('heading', { name: '5 programs of 6 changed' }).waitFor();
    await page.getByRole('button', { name: 'Also what stayed the same' }).click();
    await rowsOf(page).filter({ hasText: 'nginx' }).waitFor();
    expect(await rowsOf(page).filter({ hasText: 'nginx' }).innerText()).toMatch(/= same\s+nginx/);
    await page.getByLabel('Programs by name').fill('java');
    await rowsOf(page).filter({ hasText: 'nginx' }).waitFor({ state: 'detached' });
    expect(await rowsOf(page).count()).toBe(1);
    await page.getByRole('button', { name: 'CPU', exact: true }).click();
    await page.locator('th[aria-sort=descending]').filter({ hasText: 'CPU' }).waitFor();
    expect(new URL(page.url()).search).toMatch(/&q=java&order=cpu&group=all$/);
  }, 60_000);

  it('asks for a host where none is given, and says what is not known', async () => {
    const page = await open('/?view=changes');
    await page.getByRole('combobox', { name: 'Host' }).fill('web-9');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing is known of the time after').waitFor();
    expect(new URL(page.url()).searchParams.get('host')).toBe('web-9');
  }, 60_000);

  it('complains of nothing on the console, and asks nobody else', () => {
    expect(pages.flatMap(({ problems }) => problems)).toEqual([]);
    expect(pages.flatMap(({ strangers }) => strangers)).toEqual([]);
  });
});
