/**
 * Makes the pictures of the README again: `npm run pictures`. A real server gets a night that is played into it and a fleet from
 * `amberwatch simulate`, and a real browser opens three of its views.
 */
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AmberwatchClient } from '#client';
import { beat, newestNight, playNight } from '../test/support/night.ts';
import { startApp, startProcess, stopAll, temporaryFolder } from '../test/support/processes.ts';
import { openPage, settled, startBrowser } from '../test/support/web.ts';

const MINUTE_MS = 60_000;
const MAX_BYTES = 200_000;
/** Nobody waits for it; the machine may be busy. */
const PATIENCE_MS = 120_000;
const BEAT_MS = 5_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}docs/pictures`;

const server = startApp('server', { AMBERWATCH_PORT: '0', AMBERWATCH_DATA: temporaryFolder() });
const [, url] = await server.waitFor(/listens on (http:\/\/\S+?),? /, PATIENCE_MS);
const apps = [server];
const browser = await startBrowser();
let beating;
try {
  const client = new AmberwatchClient({ baseUrl: url });
  const now = Date.now();
  const night = await playNight(client, now, newestNight(now));
  const words = ['simulate', '--hosts', '16', '--processes', '40', '--rate', '5s', '--url', url];
  beating = setInterval(() => void beat(client).catch(() => undefined), BEAT_MS);
  apps.push(startProcess(process.execPath, [`${root}dist/apps/cli/main.js`, ...words], {}, root));
  const at = (minutes) => new Date(night.atMs + minutes * MINUTE_MS).toISOString();
  const moment = { host: night.host, from: at(-45), to: at(45), at: at(3) };
  mkdirSync(folder, { recursive: true });
  await picture('fleet', '/', 'sim-');
  await picture('night', `/?${new URLSearchParams(moment)}`, night.culprit);
  await picture('alert', `/?alert=${night.predictedId}`, night.leak.process);

  /** A view as it is once it shows that text. */
  async function picture(name, path, text) {
    const { page, context } = await openPage(browser, `${url}${path}`, {
      viewport: { width: 1280, height: 960 },
    });
    page.setDefaultTimeout(PATIENCE_MS);
    await settled(page);
    await page.getByText(text).first().waitFor();
    await page.getByText('May not see all').waitFor({ state: 'hidden' });
    await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
    const file = `${folder}/${name}.png`;
    await page.screenshot({ path: file });
    await context.close();
    const { size } = statSync(file);
    if (size > MAX_BYTES) throw new Error(`${file} has ${size} bytes; at most ${MAX_BYTES} go into the repository`);
    console.log(`docs/pictures/${name}.png ${Math.round(size / 1000)} kB`);
  }
} finally {
  clearInterval(beating);
  await browser.close();
  await stopAll(apps);
}
