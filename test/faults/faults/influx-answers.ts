import { routes } from '#domain';
import { findInfluxd } from '../../support/influxd.js';
import { waitUntil } from '../../support/processes.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { FleetLoad } from '../fleet-load.js';
import { InfluxProxy, type ProxyRule } from '../influx-proxy.js';
import { Ledger } from '../ledger.js';
import { Stand } from '../stand.js';
import { compare, recover } from '../verdict.js';

/** How long anything may take on a busy machine. */
const LIMIT_MS = 120_000;
/** A longer wait is not waited for in the short form. */
const LONGEST_SHORT_S = 10;
/** Refusals of hosts that go by while InfluxDB is to be left alone. */
const REFUSALS = 8;

interface Case {
  name: string;
  rule: () => ProxyRule;
  /** What log and readiness say. */
  says: string;
  /** The label of the metric. */
  label: string;
  /** Seconds in which InfluxDB must not be asked again. */
  holdSeconds?: number;
}

const html = '<html><head><title>Sign in</title></head><body>Sign in to go on</body></html>';
const own = (message: string) => JSON.stringify({ code: 'any', message });

function answers(status: number, says = `answers ${status}`, headers: Record<string, string> = {}): Case {
  const after = headers['retry-after'];
  const rule = () => ({ answer: () => ({ status, headers, body: own('as the fault says') }) });
  return { name: `${status}${after === undefined ? '' : ` (${after})`}`, rule, says, label: String(status) };
}

function holds(seconds: number, asDate = false): Case {
  const header = () => (asDate ? new Date(Date.now() + seconds * 1000).toUTCString() : String(seconds));
  const rule = () => ({
    answer: () => ({ status: 429, headers: { 'retry-after': header() }, body: own('slow down') }),
  });
  // A date is cut to whole seconds.
  const holdSeconds = asDate ? seconds - 1 : seconds;
  return {
    name: `429 (${asDate ? 'a date' : seconds})`,
    rule,
    says: 'answers 429: slow down',
    label: '429',
    holdSeconds,
  };
}

const cases: Case[] = [
  ...[500, 502, 503, 408, 413].map((status) => answers(status)),
  answers(429, 'answers 429', { 'retry-after': '-1' }),
  answers(429, 'answers 429', { 'retry-after': 'abc' }),
  answers(401, 'does not accept the token'),
  answers(403, 'may not write and read'),
  answers(404, 'has no organization'),
  {
    name: '200 from a proxy',
    rule: () => ({
      ofAll: true,
      answer: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: html }),
    }),
    says: "answers 200: not InfluxDB's own answer",
    label: '200',
  },
  { name: 'cut after writing', rule: () => ({ cutsAfter: true }), says: 'is not reached', label: 'none' },
  holds(1),
  holds(3, true),
  holds(300),
];

/** Whatever InfluxDB answers to writes: nothing that could be kept is dropped, and an operator sees why. */
export const influxAnswers: Fault = {
  name: 'influx-answers',
  what: `InfluxDB answers ${cases.map(({ name }) => name).join(', ')}`,
  missing: () => (findInfluxd() ? undefined : 'no influxd'),
  run: answerWrongly,
};

async function answerWrongly({ long, progress }: FaultRun): Promise<Outcome> {
  const proxy = new InfluxProxy();
  const stand = await Stand.start({ store: 'influx', between: (url) => proxy.listen(url) });
  const outcome: Outcome = { tries: 0, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  const beganMs = Date.now();
  try {
    const ledger = new Ledger(50);
    const load = new FleetLoad({ url: () => stand.url, ledger, hosts: 4, everyMs: 250, longestWaitMs: 250 }).start();
    for (const one of cases) {
      const problems = await bringAbout(one, { stand, proxy, load, long });
      outcome.problems.push(...problems.map((problem) => `${one.name}: ${problem}`));
      outcome.tries++;
      progress(`${one.name}: ${problems.join('; ') || 'as it must be'}`);
    }
    // In the long form, five minutes of batches wait.
    await recover(outcome, stand, load, long ? 10 * LIMIT_MS : LIMIT_MS);
    await compare(outcome, stand, ledger, beganMs);
    return outcome;
  } finally {
    await stand.close();
    proxy.close();
  }
}

interface Scene {
  stand: Stand;
  proxy: InfluxProxy;
  load: FleetLoad;
  long: boolean;
}

async function bringAbout({ rule, says, label, holdSeconds = 0 }: Case, scene: Scene): Promise<string[]> {
  const { stand, proxy, load, long } = scene;
  const problems: string[] = [];
  const refusals = () => load.statuses['503'] ?? 0;
  const [logBegin, failures] = [stand.server.output().length, await failuresOf(stand, label)];
  proxy.writes.length = 0;
  proxy.rule = rule();
  await waitUntil('a write was answered so', () => proxy.writes.some(({ ruled }) => ruled), LIMIT_MS);
  const refusedBefore = refusals();
  await waitUntil('hosts are refused', () => refusals() >= refusedBefore + REFUSALS, LIMIT_MS);
  const ready = await fetch(`${stand.url}${routes.ready}`);
  const { message } = (await ready.json()) as { message?: string };
  if (ready.status !== 503 || !message?.includes(says)) problems.push(`ready answers ${ready.status}: ${message}`);
  if (!stand.server.output().slice(logBegin).includes(says)) problems.push(`the log does not say "${says}"`);
  if ((await failuresOf(stand, label)) <= failures) problems.push(`no metric counts failures with answer="${label}"`);
  proxy.rule = {};
  const restarts = holdSeconds > LONGEST_SHORT_S && !long;
  if (restarts) {
    problems.push(...heldFor(proxy, holdSeconds));
    // A server that is started anew knows nothing of the wait.
    await stand.server.stop('SIGKILL');
    await stand.startServer();
  }
  await waitUntil('a write goes through', () => proxy.writes.at(-1)?.ruled === false, LIMIT_MS + holdSeconds * 1000);
  if (!restarts) problems.push(...heldFor(proxy, holdSeconds));
  return problems;
}

/** Writes that came sooner after such an answer than it told. */
function heldFor({ writes }: InfluxProxy, seconds: number): string[] {
  return writes.flatMap(({ atMs, ruled }, i) => {
    const afterMs = (writes[i + 1]?.atMs ?? Infinity) - atMs;
    // The system's clock may be set a little meanwhile.
    const tooSoon = seconds > 0 && ruled && afterMs < seconds * 1000 - 20;
    return tooSoon ? [`asked again after ${afterMs} ms, not ${seconds} s`] : [];
  });
}

async function failuresOf({ url }: Stand, answer: string): Promise<number> {
  const metrics = await (await fetch(`${url}${routes.metrics}`)).text();
  const line = new RegExp(`^amberwatch_store_write_failures_total\\{answer="${answer}"\\} (\\d+)`, 'm').exec(metrics);
  return Number(line?.[1] ?? 0);
}
