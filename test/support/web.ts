import { spawnSync } from 'node:child_process';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { waitUntil } from './processes.js';

/** The Chromium of this machine, if there is one; Debian's package `chromium` brings it. */
const executable = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { timeout: 20_000 }).status === 0,
);
export const hasBrowser = executable !== undefined;

if (!hasBrowser) {
  process.stderr.write('SKIPPED-SUITE: chromium (no chromium found: install it, in Debian the package chromium)\n');
}

/** Starts a real browser. */
export function startBrowser(): Promise<Browser> {
  const path = spawnSync('which', [executable as string], { encoding: 'utf8' }).stdout.trim();
  return chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A page that remembers what its console complained of and what it asked of anybody else. */
export interface WatchedPage {
  page: Page;
  context: BrowserContext;
  /** Errors on the console and uncaught ones, refusals of the policy included; what was expected is taken out by the test. */
  problems: string[];
  /** Addresses of other servers that it asked for. */
  strangers: string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  const strangers: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) strangers.push(request.url());
  });
  await page.goto(url);
  return { page, context, problems, strangers };
}

/** Closes all pages; those that are left open go on asking, and take the time of the tests that follow. */
export async function closePages(browser: Browser): Promise<void> {
  await Promise.all(browser.contexts().map((context) => context.close()));
}

/** Resolves once a view shows what it is about: it has content, and nothing of it is awaited. */
export async function settled(page: Page): Promise<void> {
  const shown = 'document.querySelector("main")?.innerText.trim().length > 10';
  const awaited = 'document.querySelector(".notice-loading") !== null';
  await waitUntil('a view that shows something', () => page.evaluate<boolean>(`${shown} && !(${awaited})`));
}
