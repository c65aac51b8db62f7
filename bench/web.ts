// What the page costs in a real Chromium: scripting of a host's page, frames while the cursor moves over it, and the heap
// over as many updates as an hour has. `npm run bench:web`; see bench/README.md.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { routes, type SampleBatch } from '#domain';
import { startServer } from '../test/support/processes.js';
import { recordedNight, sendAll } from '../test/support/recorded-night.js';
import { openPage, startBrowser } from '../test/support/web.js';
import { quantiles, table, thousands } from './measure.js';

const { values: options } = parseArgs({
  options: {
    programs: { type: 'string', default: '300' },
    hours: { type: 'string', default: '48' },
    /** Seconds between two ticks of the host whose page is measured. */
    interval: { type: 'string', default: '60' },
    loads: { type: 'string', default: '12' },
    hosts: { type: 'string', default: '1000' },
    updates: { type: 'string', default: '360' },
    only: { type: 'string', default: 'host,heap' },
  },
});
const number = (key: 'programs' | 'hours' | 'interval' | 'loads' | 'hosts' | 'updates') => Number(options[key]);
/** Hosts that send a tick between two updates of the page. */
const HOSTS_AN_UPDATE = 20;

const endMs = Date.now();
const folder = await mkdtemp(join(tmpdir(), 'amberwatch-bench-'));
const server = await startServer(folder);
const browser = await startBrowser();
try {
  if (options.only.includes('host')) await measureHost(browser);
  if (options.only.includes('heap')) await measureHeap(browser);
} finally {
  await browser.close();
  await server.stop();
  await rm(folder, { recursive: true });
}

async function put(batch: SampleBatch): Promise<void> {
  const body = JSON.stringify(batch);
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(server.url + routes.samples, { method: 'PUT', headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Chromium's own counters of a page; times in milliseconds. */
async function countersOf(session: CDPSession) {
  const { metrics } = await session.send('Performance.getMetrics');
  const at = (name: string) => metrics.find((one) => one.name === name)?.value ?? NaN;
  return {
    script: at('ScriptDuration') * 1000,
    layout: (at('LayoutDuration') + at('RecalcStyleDuration')) * 1000,
    heap: at('JSHeapUsedSize'),
    nodes: at('Nodes'),
  };
}

async function measureHost(measured: Browser): Promise<void> {
  const toMs = endMs;
  const fromMs = toMs - number('hours') * 3_600_000;
  const intervalMs = number('interval') * 1000;
  const night = recordedNight({ host: 'bench-1', fromMs, toMs, intervalMs, programs: number('programs') });
  const sent = await sendAll(night, put);
  process.stdout.write(`${thousands(sent)} batches of ${options.programs} programs\n\n`);
  const loads: Awaited<ReturnType<typeof loadHost>>[] = [];
  // The first load also compiles the page; nobody who keeps it open pays for that.
  for (let i = 0; i <= number('loads'); i++) loads.push(await loadHost(measured));
  const of = (key: 'script' | 'layout') => loads.slice(1).map((one) => one[key]);
  const row = (name: string, times: number[]) => {
    const { median, p95 } = quantiles(times);
    return [name, `${median.toFixed(0)} ms`, `${p95.toFixed(0)} ms`, `${Math.max(...times).toFixed(0)} ms`];
  };
  const frames = await framesOver(measured);
  const late = frames.filter((ms) => ms > 1000 / 60 + 4).length;
  const rows = [
    row(`scripting until all is shown, ${options.loads} loads`, of('script')),
    row('style and layout', of('layout')),
    row(`a frame while the cursor moves, ${frames.length} frames`, frames),
  ];
  process.stdout.write(`${table(['host page', 'median', 'p95', 'longest'], rows)}\n\n`);
  process.stdout.write(`${((1 - late / frames.length) * 100).toFixed(1)} % of the frames came within 20.7 ms\n\n`);
}

/** All of the recorded time, with a pinned moment an hour before its end or with none. */
function hostAddress(isPinned: boolean): string {
  const iso = (ms: number) => encodeURIComponent(new Date(ms).toISOString());
  const range = `from=${iso(endMs - number('hours') * 3_600_000)}&to=${iso(endMs)}`;
  return `${server.url}/?host=bench-1&${range}${isPinned ? `&at=${iso(endMs - 3_600_000)}` : ''}`;
}

async function shown(page: Page): Promise<void> {
  await page.locator('.host-chart-cpu .read-out-line').first().waitFor();
  await page.locator('[aria-labelledby=programs] tbody .spark').first().waitFor();
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
}

async function loadHost(measured: Browser) {
  const { page, context } = await openPage(measured, 'about:blank');
  page.setDefaultTimeout(120_000);
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  await page.goto(hostAddress(true));
  await shown(page);
  const counters = await countersOf(session);
  await context.close();
  return counters;
}

/** Milliseconds between two frames while the cursor goes over a chart and back for as long as ten seconds. */
async function framesOver(measured: Browser): Promise<number[]> {
  const { page, context } = await openPage(measured, hostAddress(false));
  page.setDefaultTimeout(120_000);
  await page.locator('.host-chart-cpu .read-out-line').first().waitFor();
  const box = await page.locator('.host-chart-cpu .u-over').boundingBox();
  if (!box) throw new Error('the chart is not shown');
  await page.evaluate(`{
    globalThis.frameTimes = [];
    const note = (ms) => {
      frameTimes.push(ms);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  }`);
  const end = Date.now() + 10_000;
  for (let i = 0; Date.now() < end; i++) {
    const way = Math.abs(((i * 3) % (2 * box.width)) - box.width);
    await page.mouse.move(box.x + Math.min(box.width - 1, way), box.y + 30);
  }
  const times = await page.evaluate<number[]>('frameTimes');
  await context.close();
  return times.slice(1).map((ms, i) => ms - (times[i] as number));
}

/** A tick of a host of the fleet. */
function fleetBatch(host: number, tick: number): SampleBatch {
  const time = new Date().toISOString();
  const cpu = (host * 7 + tick * 3) % 100;
  return {
    id: `fleet-${host}-${tick}-${Date.now()}`,
    host: `host-${String(host).padStart(4, '0')}`,
    service: `service-${host % 10}`,
    time,
    intervalMs: 10_000,
    names: ['app'],
    count: [1],
    cpu: [cpu],
    hostUsage: { cpu, mem: 40, cores: 4, memTotalBytes: 8e9, disks: [{ path: '/', usedPercent: 50 }] },
  };
}

/** The heap after collections of garbage, while a page of all hosts is updated as often as in an hour. */
async function measureHeap(measured: Browser): Promise<void> {
  const hosts = number('hosts');
  await sendAll(Array.from({ length: hosts }, (_, i) => fleetBatch(i, 0)), put); // prettier-ignore
  const { page, context } = await openPage(measured, `${server.url}/`);
  await page.getByRole('link', { name: /host-/ }).first().waitFor();
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable');
  const rows: string[][] = [];
  const updates = number('updates');
  const warm = Math.ceil(updates / 12);
  for (let update = 0; update <= updates + warm; update++) {
    if (update >= warm && (update - warm) % Math.ceil(updates / 6) === 0) {
      await session.send('HeapProfiler.collectGarbage');
      const { heap, nodes } = await countersOf(session);
      rows.push([String(update - warm), `${(heap / 1e6).toFixed(2)} MB`, thousands(nodes)]);
    }
    const first = (update * HOSTS_AN_UPDATE) % hosts;
    await sendAll(Array.from({ length: HOSTS_AN_UPDATE }, (_, i) => fleetBatch((first + i) % hosts, update + 1)), put); // prettier-ignore
    const answered = page.waitForResponse((response) => response.url().includes(routes.fleet));
    // The page asks anew when it comes to the front, and need not wait for the pace of the stream.
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange')) && undefined");
    await (await answered).finished();
  }
  await context.close();
  process.stdout.write(`${table([`updates at ${thousands(hosts)} hosts`, 'heap', 'nodes'], rows)}\n`);
}
