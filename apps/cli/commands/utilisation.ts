import { readSettings, readUrl } from '../cli.config.js';
import { exitStatus, type Input } from '../command.js';
import { DEFAULT_PARALLEL, DEFAULT_TIMEOUT_MS } from '../fleet/fleet-command.js';
import { JsonReader } from '../fleet/json-reader.js';
import { readUtilisation, type Utilisation } from '../fleet/utilisation.js';
import { Progress } from '../progress.js';
import type { Terminal } from '../terminal.js';

/** Lines `server0 19`, then `{'under': 4, 'over': 6}`, for each URL; over several URLs a heading for each and a sum. */
export async function run({ options, words }: Input, terminal: Terminal): Promise<number> {
  const settings = readSettings(terminal.environment);
  const urls = words.map((word) => readUrl('Each URL', word));
  const { timeout = DEFAULT_TIMEOUT_MS, parallel = DEFAULT_PARALLEL } = options as {
    timeout?: number;
    parallel?: number;
  };
  const reader = new JsonReader({ timeoutMs: timeout, parallel, headers: settings.GET_REQ_HEADER });
  const progress = new Progress(terminal);
  progress.start(urls.length, 'URLs');
  const readings = await Promise.all(
    urls.map(async (url) => {
      const reading = readUtilisation(await reader.read(url.pathname + url.search, url));
      progress.step();
      return { url: url.href, ...reading };
    }),
  );
  progress.end();
  reader.close();
  for (const { url, reason, strange } of readings) {
    if (reason !== undefined) terminal.err(`Can't read ${url}: ${reason}.\n`);
    for (const [server, value] of strange) terminal.err(`${server} is unknown: it says ${value}.\n`);
  }
  const sum = total(readings);
  if (options['json']) terminal.out(`${JSON.stringify({ ...sum, urls: readings.map(toJson) }, undefined, 2)}\n`);
  else terminal.out(toText(readings, sum));
  return readings.some(({ reason }) => reason !== undefined) ? exitStatus.unreachable : exitStatus.fine;
}

type Counts = Pick<Utilisation, 'under' | 'over'>;
type UrlReading = Utilisation & { url: string };

function total(readings: Counts[]): Counts {
  const add = (key: keyof Counts) => readings.reduce((sum, reading) => sum + reading[key], 0);
  return { under: add('under'), over: add('over') };
}

function toJson({ url, servers, strange, under, over, reason }: UrlReading) {
  const unknown = strange.map(([server]) => server);
  return {
    url,
    under,
    over,
    servers: Object.fromEntries(servers),
    unknown,
    ...(reason === undefined ? {} : { reason }),
  };
}

function toText(readings: UrlReading[], sum: Counts): string {
  const counts = ({ under, over }: Counts) => `{'under': ${under}, 'over': ${over}}\n`;
  const parts = readings
    .filter(({ reason }) => reason === undefined)
    .map((reading) => {
      const heading = readings.length > 1 ? `${reading.url}\n` : '';
      return heading + reading.servers.map(([server, value]) => `${server} ${value}\n`).join('') + counts(reading);
    });
  if (readings.length > 1) parts.push(`${readings.length} URLs\n${counts(sum)}`);
  return parts.join('\n');
}
