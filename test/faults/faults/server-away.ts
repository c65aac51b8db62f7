import { randomUUID } from 'node:crypto';
import { type Alert, msToIso, type SampleBatch } from '#domain';
import { formatDuration } from '#domain/time';
import { waitUntil } from '../../support/processes.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { Ledger } from '../ledger.js';
import { ShiftedClock } from '../shifted-clock.js';
import { Stand } from '../stand.js';

const MINUTE = 60_000;
const HOST = 'away-1';
const PROGRAMS = 20;
/** Ticks before the server goes: more than a series needs to be followed. */
const BEFORE = 12;
const LIMIT_MS = 90_000;

/** The programs of whom the story is told. */
const [KNOWN, CAME, STAYS] = ['program-0', 'program-1', 'program-2'] as const;

interface Story {
  stand: Stand;
  clock: ShiftedClock;
  ledger: Ledger;
  gapMs: number;
  tickMs: number;
  /** Unix milliseconds of the first tick that the server does not get. */
  fromMs: number;
  outcome: Outcome;
}

/** The server away for a while; its collectors keep what they sample, and send it when it is back. */
export const serverAway = ([MINUTE, 15 * MINUTE, 240 * MINUTE] as const).map((gapMs): Fault => ({
  name: `server-away-${formatDuration(gapMs).replace(' ', '')}`,
  what: `server away for ${formatDuration(gapMs)} by simulated clocks, then the backlog of its collectors`,
  longOnly: gapMs !== 15 * MINUTE,
  run: (run) => goAway(gapMs, run),
}));

async function goAway(gapMs: number, { progress }: FaultRun): Promise<Outcome> {
  const tickMs = gapMs > 60 * MINUTE ? MINUTE : gapMs > MINUTE ? 10_000 : 5_000;
  const clock = new ShiftedClock(-gapMs, 0);
  const stand = await Stand.start({ store: 'duckdb', env: clock.env, watcherEnv: clock.env });
  const outcome: Outcome = { tries: 1, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  try {
    const ledger = new Ledger(PROGRAMS, 'away');
    const fromMs = Math.floor((Date.now() - gapMs) / 1000) * 1000;
    const story = { stand, clock, ledger, gapMs, tickMs, fromMs, outcome };
    const known = await before(story);
    const series = await predictionMetric(stand, 'series');
    await stand.server.stop('SIGKILL');
    clock.set(0, gapMs);
    await stand.startServer();
    const endedMs = performance.now();
    progress(`the server is back after ${formatDuration(gapMs)}`);
    await sendBacklog(story);
    await judge(story, known, series);
    await stand.probe(outcome);
    outcome.recoverySeconds = (performance.now() - endedMs) / 1000;
    const { examples, ...verdict } = await ledger.check(stand.readHost(Math.ceil(gapMs / 1000) + 3_600));
    Object.assign(outcome, verdict);
    outcome.problems.push(...examples);
    return outcome;
  } finally {
    await stand.close();
  }
}

/** A host at work, one program of which is RED already. Resolves with the record of that. */
async function before(story: Story): Promise<Alert> {
  const { stand, tickMs, outcome } = story;
  // Until the newest, each says that more are waiting, as these times are no longer live.
  for (let n = -BEFORE; n < 0; n++) await put(story, { ...tickOf(story, n), backlog: n < -1 ? 1 : 0 });
  const known = await waitUntil('what is RED before', async () => (await recordsOf(stand, KNOWN))[0], LIMIT_MS);
  const isFollowed = async () => (await predictionMetric(stand, 'series')) >= PROGRAMS;
  await waitUntil('prediction follows every series', isFollowed, LIMIT_MS);
  outcome.notes = [`ticks of ${formatDuration(tickMs)}`];
  return known;
}

/** As a collector does: the newest first, which says how many older ones wait, then those, oldest first. */
async function sendBacklog(story: Story): Promise<void> {
  const ticks = Math.floor(story.gapMs / story.tickMs);
  const batches = Array.from({ length: ticks }, (_, n) => tickOf(story, n));
  const newest = batches.pop();
  if (newest) await put(story, { ...newest, backlog: batches.length });
  for (const batch of batches) await put(story, batch);
  await put(story, tickOf(story, ticks));
}

/** Beside programs that are quiet: one that is RED throughout, one that was in the gap, and one that became so in it. */
function tickOf({ ledger, fromMs, tickMs, gapMs }: Story, n: number): SampleBatch {
  const timeMs = fromMs + n * tickMs;
  const batch = ledger.next(HOST, timeMs, { id: randomUUID(), intervalMs: tickMs });
  const third = thirdOf(gapMs, tickMs);
  const came = n >= third && n < third + 3 ? 97 : 10;
  const stays = n >= 2 * third ? 98 : 10;
  return { ...batch, cpuMax: batch.names.map((_, i) => [99, came, stays][i] ?? 1) };
}

const thirdOf = (gapMs: number, tickMs: number) => Math.floor(gapMs / tickMs / 3);

async function put({ stand, ledger }: Story, batch: SampleBatch): Promise<void> {
  const taken = () =>
    stand.client.putSamples(batch).then(
      () => true,
      () => false,
    );
  await waitUntil('the batch is taken', taken, LIMIT_MS);
  ledger.acknowledge(batch);
}

async function recordsOf(stand: Stand, program: string): Promise<Alert[]> {
  const { alerts } = await stand.client.alerts({ host: HOST, state: 'all' });
  return alerts.filter(({ process, metric }) => process === program && metric === 'cpu');
}

/** What alarm and prediction must know when the backlog is through. */
async function judge(story: Story, known: Alert, series: number): Promise<void> {
  const { stand, outcome, fromMs, gapMs, tickMs } = story;
  const third = thirdOf(gapMs, tickMs);
  const isAt = (iso: string | undefined, n: number) => Math.abs(Date.parse(iso ?? '') - fromMs - n * tickMs) <= 10_000;
  const wanted: [program: string, is: (one: Alert) => boolean][] = [
    [KNOWN, ({ id, closed }) => id === known.id && closed === null],
    [CAME, ({ opened, closed }) => isAt(opened, third) && closed !== null],
    [STAYS, ({ opened, closed }) => isAt(opened, 2 * third) && closed === null],
  ];
  for (const [program, is] of wanted) {
    const isRecorded = async () => {
      const records = await recordsOf(stand, program);
      return records.length === 1 && records.every(is);
    };
    await waitUntil(`the record of ${program}`, isRecorded, LIMIT_MS).catch(async () => {
      const found = (await recordsOf(stand, program)).map((one) => `${one.opened}–${one.closed} ${one.color}`);
      outcome.problems.push(`${program} is recorded as ${found.join(', ') || 'nothing'}; from ${msToIso(fromMs)}`);
    });
  }
  const after = await predictionMetric(stand, 'series');
  if (after < series) outcome.problems.push(`prediction followed ${series} series before, ${after} afterwards`);
  const late = await predictionMetric(stand, 'samples_total{result="late"');
  if (late > 0) outcome.problems.push(`${late} samples came too late for the prediction`);
}

/** The sum of what the prediction's metrics say under a name. */
async function predictionMetric(stand: Stand, name: string): Promise<number> {
  const [url] = await stand.watcher('prediction').waitFor(/http:\/\/\S+\/metrics/, LIMIT_MS);
  const lines = (await (await fetch(url)).text()).split('\n');
  const own = lines.filter((line) => line.startsWith(`amberwatch_prediction_${name}`));
  return own.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
