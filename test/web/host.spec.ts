import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { AmberwatchClient } from '#client';
import { type RunningApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { CULPRIT, culpritMs, recordedNight, sendAll } from '../support/recorded-night.js';
import { hasBrowser, openPage, startBrowser } from '../support/web.js';

const HOUR_MS = 3_600_000;
const hostile = ['<img src=x onerror=alert(1)>', '\u202Egnp.exe', 'two\nlines', 'n'.repeat(255)];

(hasBrowser ? describe : describe.skip)('the page of a host', () => {
  let browser: Browser;
  let server: RunningApp & { url: string };
  let client: AmberwatchClient;
  const nowMs = Date.now();
  const peakMs = culpritMs(nowMs);
  /** A range around the culprit that stands still, 13 hours by default. */
  const night = (beforeMs = 12 * HOUR_MS, afterMs = HOUR_MS) => {
    const iso = (ms: number) => encodeURIComponent(new Date(ms).toISOString());
    return `${server.url}/?host=night-1&from=${iso(peakMs - beforeMs)}&to=${iso(peakMs + afterMs)}`;
  };
  const inUtc = { timezoneId: 'UTC' };

  beforeAll(async () => {
    browser = await startBrowser();
    server = await startServer(temporaryFolder());
    client = new AmberwatchClient({ baseUrl: server.url });
    const all = { fromMs: Math.min(peakMs - 12 * HOUR_MS, nowMs - 24 * HOUR_MS), toMs: nowMs };
    const batches = recordedNight({ host: 'night-1', ...all, intervalMs: 60_000, programs: 60, more: hostile });
    await sendAll(batches, (batch) => client.putSamples(batch));
  }, 300_000);
  // Pages that are still open go on asking.
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    await stopAll([server]);
  });

  it('tells who it was at 03:12: a look at the peak and a click, and the link shows the same to a colleague', async () => {
    const { page, problems } = await openPage(browser, night(), inUtc);
    const plot = await plotOf(page, 'CPU');
    const peak = await highestPlace(page, plot);
    await page.mouse.move(peak.x, peak.y);
    await page.getByText(/^Under the cursor: .*03:1[23]:\d\d$/).waitFor();
    await firstProgram(page, CULPRIT);
    await page.mouse.click(peak.x, peak.y);
    await page.getByText(/^Pinned: .*03:1[23]:\d\d$/).waitFor();
    const link = page.url();
    const at = Date.parse(new URL(link).searchParams.get('at') ?? '');
    expect(at - peakMs).toBeGreaterThanOrEqual(0);
    expect(at - peakMs).toBeLessThan(120_000);
    // The mouse moves on, and what is pinned stays.
    await page.mouse.move(peak.x - 200, peak.y);
    await firstProgram(page, CULPRIT);

    const colleague = await openPage(browser, link, inUtc);
    await colleague.page.getByText(/^Pinned: .*03:1[23]:\d\d$/).waitFor();
    await firstProgram(colleague.page, CULPRIT);
    expect([...problems, ...colleague.problems]).toEqual([]);
  }, 60_000);

  it('tells it by the keyboard alone, steps through the ticks and lets the moment go', async () => {
    const { page } = await openPage(browser, night(600_000, 600_000), inUtc);
    await plotOf(page, 'CPU');
    await tabTo(page, page.getByRole('application', { name: /^CPU/ }));
    await page.keyboard.press('Home');
    const readOut = page.locator('.host-chart-cpu .read-out');
    await waitUntil('a high value under the cursor', async () => {
      await page.keyboard.press('ArrowRight');
      return numberIn(await readOut.textContent()) > 60;
    });
    await page.keyboard.press('Enter');
    await page.getByText(/^Pinned: /).waitFor();
    await firstProgram(page, CULPRIT);
    const before = new URL(page.url()).searchParams.get('at');
    await page.getByRole('button', { name: 'Tick before' }).and(page.locator(':enabled')).waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.waitForURL((url) => Date.parse(url.searchParams.get('at') ?? '') === Date.parse(before ?? '') - 60_000);
    await page.keyboard.press('Escape');
    await page.getByText(/^Pinned: /).waitFor({ state: 'detached' });
    expect(new URL(page.url()).searchParams.has('at')).toBe(false);
  }, 60_000);

  it('pins what was clicked, however soon the cursor moves on', async () => {
    const { page } = await openPage(browser, night(), inUtc);
    const plot = await plotOf(page, 'CPU');
    const peak = await highestPlace(page, plot);
    for (let i = 0; i < 3; i++) {
      await page.mouse.click(peak.x, peak.y);
      await page.mouse.move(peak.x - 150 - i, peak.y);
      await page.mouse.move(peak.x - 150, peak.y - 400);
      await page.getByText(/^Pinned: .*03:1[23]:\d\d$/).waitFor();
      await firstProgram(page, CULPRIT);
      await page.keyboard.press('Escape');
      await page.getByText(/^Pinned: /).waitFor({ state: 'detached' });
    }
  }, 60_000);

  it('shows of a host that sends by the protocol of the original what its programs come to together', async () => {
    const startMs = Date.now() - 600_000;
    for (let tick = 0; tick < 50; tick++) {
      const timestamp = startMs / 1000 + tick * 10;
      const entry = (process_name: string, value: number) => ({ timestamp, value, process_name, type_data: 'cpu' });
      const busy = tick === 25 ? 95 : 2;
      const body = JSON.stringify({ ipaddress: '10.0.0.7', data: [entry('nginx', 5), entry('who', busy)] });
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${server.url}/ressources-usage/save-all`, { method: 'PUT', headers, body });
      expect(answer.status).toBe(200);
    }
    const { page, problems } = await openPage(browser, `${server.url}/?host=10.0.0.7&last=15m`, inUtc);
    const plot = await plotOf(page, 'CPU of all programs, % of one core');
    const peak = await highestPlace(page, plot);
    await page.mouse.move(peak.x, peak.y);
    await firstProgram(page, 'who');
    await page.mouse.click(peak.x, peak.y);
    await page.getByText(/^Pinned: /).waitFor();
    await firstProgram(page, 'who');
    expect(problems).toEqual([]);
  }, 60_000);

  it('zooms into a range that is dragged over, and back leads out again', async () => {
    const { page } = await openPage(browser, night(), inUtc);
    const plot = await plotOf(page, 'Memory');
    const whole = new URL(page.url()).searchParams.get('from');
    const box = await boxOf(plot);
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.25, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, y, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL((url) => url.searchParams.get('from') !== whole);
    const query = new URL(page.url()).searchParams;
    const length = Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '');
    expect(length / HOUR_MS).toBeGreaterThan(3);
    expect(length / HOUR_MS).toBeLessThan(3.5);
    await page.goBack();
    await page.waitForURL((url) => url.searchParams.get('from') === whole);
  }, 60_000);

  it('adds up the programs over the range, and keeps a named one on top', async () => {
    const { page } = await openPage(browser, night(), inUtc);
    await page.getByRole('button', { name: 'Over the range' }).click();
    const table = page.getByRole('table', { name: 'Programs over the range' });
    await table.waitFor();
    expect(await table.getByRole('columnheader', { name: 'CPU s' }).getAttribute('aria-sort')).toBe('descending');
    await firstProgram(page, 'nightly-backup');
    await page.getByRole('button', { name: `Keep ${CULPRIT} on top` }).click();
    await firstProgram(page, CULPRIT);
    expect(new URL(page.url()).searchParams.getAll('pin')).toEqual([CULPRIT]);
  }, 60_000);

  it('asks for one moment at a time, however the cursor moves, and draws a bounded number of rows', async () => {
    const { page } = await openPage(browser, night(), inUtc);
    const plot = await plotOf(page, 'CPU');
    const box = await boxOf(plot);
    let open = 0;
    let most = 0;
    const isMoment = (url: string) => /\/processes\?at=/.test(url);
    page.on('request', (request) => {
      if (isMoment(request.url())) most = Math.max(most, ++open);
    });
    const ended = (request: { url: () => string }) => {
      if (isMoment(request.url())) open--;
    };
    page.on('requestfinished', ended);
    page.on('requestfailed', ended);
    for (let part = 0; part <= 1; part += 0.02) {
      await page.mouse.move(box.x + part * (box.width - 1), box.y + 20);
      // The frame that shows it is there.
      await page.evaluate('new Promise((done) => requestAnimationFrame(done))');
    }
    await page.getByText(/^Under the cursor: /).waitFor();
    expect(most).toBe(1);
    expect(await page.locator('tbody tr').count()).toBeLessThan(130);
  }, 60_000);

  it('shows names as text, whatever they hold, and keeps to the width of a phone', async () => {
    const { page, problems } = await openPage(browser, night(), { ...inUtc, viewport: { width: 390, height: 800 } });
    await page.getByRole('button', { name: 'Over the range' }).click();
    for (const text of [hostile[0] as string, '\\u{202e}gnp.exe', 'two\\nlines', hostile[3] as string]) {
      await page.getByRole('link', { name: text, exact: true }).first().waitFor();
    }
    expect(await page.locator('tbody img').count()).toBe(0);
    const room = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(room).toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
  }, 60_000);

  it('shows a new program within two ticks', async () => {
    const tick = (names: string[], cpu: number[]) => {
      const time = new Date().toISOString();
      const count = names.map(() => 1);
      return client.putSamples({
        id: `live-${Date.parse(time)}`,
        host: 'live-1',
        time,
        intervalMs: 5000,
        names,
        count,
        cpu,
      });
    };
    await tick(['calm'], [1]);
    const { page } = await openPage(browser, `${server.url}/?host=live-1`);
    await firstProgram(page, 'calm');
    await tick(['calm', 'busy'], [1, 90]);
    await page.getByRole('link', { name: 'busy' }).waitFor({ timeout: 10_000 });
    await firstProgram(page, 'busy');
  }, 60_000);
});

/** The area of a chart in which its lines are, once it has some. */
async function plotOf(page: Page, title: string): Promise<Locator> {
  const chart = page
    .locator('.host-chart')
    .filter({ has: page.getByText(title, { exact: false }).first() })
    .first();
  await chart.locator('.read-out-line').first().waitFor();
  const plot = chart.locator('.u-over');
  await plot.scrollIntoViewIfNeeded();
  return plot;
}

async function boxOf(plot: Locator) {
  const box = await plot.boundingBox();
  if (!box) throw new Error('the chart is not shown');
  return box;
}

/** The largest number in a text such as `busy 12.0 % (max 88.1 %)`, its time left out. */
function numberIn(text: string | null): number {
  const figures = (text ?? '').replace(/[\d-]*\d\d:\d\d:\d\d/, '').match(/\d+(?:\.\d+)?/g) ?? [];
  return Math.max(0, ...figures.map(Number));
}

/** In the page: the topmost pixel of a chart that is rather blue, in CSS pixels of its plot, which lies over the canvas. */
const lookForPeak = `((over) => {
  const canvas = over.parentElement.querySelector('canvas');
  const ratio = devicePixelRatio;
  const [width, height] = [over.clientWidth, over.clientHeight].map((size) => Math.floor(size * ratio));
  const { data } = canvas.getContext('2d').getImageData(over.offsetLeft * ratio, over.offsetTop * ratio, width, height);
  for (let at = 0; at < data.length; at += 4) {
    const isBlue = data[at + 3] > 20 && data[at + 2] > data[at] + 40;
    if (isBlue) return { x: ((at / 4) % width) / ratio, y: Math.floor(at / 4 / width) / ratio };
  }
  return { x: 0, y: Infinity };
})(document.querySelector('.host-chart-cpu .u-over'))`;

/** Looks at the chart and tells where what is drawn in its first colour reaches the highest, on the page. */
async function highestPlace(page: Page, plot: Locator): Promise<{ x: number; y: number }> {
  const highest = await page.evaluate<{ x: number; y: number }>(lookForPeak);
  const box = await boxOf(plot);
  expect(highest.y).toBeLessThan(box.height / 3);
  return { x: box.x + highest.x, y: box.y + highest.y };
}

async function firstProgram(page: Page, name: string): Promise<void> {
  await page.locator('[aria-labelledby=programs] tbody tr').first().getByRole('link', { name, exact: true }).waitFor();
}

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, element: Locator): Promise<void> {
  await waitUntil('the focus', async () => {
    await page.keyboard.press('Tab');
    return element.evaluate((one) => one.matches(':focus'));
  });
}
