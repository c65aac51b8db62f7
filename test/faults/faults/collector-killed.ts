import { setTimeout as delay } from 'node:timers/promises';
import type { SampleBatch } from '#domain';
import { type RunningApp, startApp, temporaryFolder, waitUntil } from '../../support/processes.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { Gate, type GateMode } from '../gate.js';
import { Stand } from '../stand.js';

const HOST = 'killed-1';
/** Every collector is a Node, so that each of its batches has a sample of this name. */
const OWN_NAME = 'node';
const modes: GateMode[] = ['away', 'deaf', 'open'];

/** A collector that is killed at any moment, with a server that takes its batches, is away, or never answers. */
export const collectorKilled: Fault = {
  name: 'collector-killed',
  what: 'collector killed (-9) with unsent samples, the server there, away, or taking them without an answer',
  run: killCollector,
};

async function killCollector({ long, random, progress }: FaultRun): Promise<Outcome> {
  const tries = long ? 100 : 6;
  const stand = await Stand.start({ store: 'duckdb' });
  const gate = await Gate.start(() => stand.url);
  const outcome: Outcome = { tries, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  const apps: RunningApp[] = [];
  const beganMs = Date.now();
  const data = temporaryFolder();
  const start = (service: string, interval: string) => {
    const app = startCollector(gate.url, { AMBERWATCH_DATA: data, AMBERWATCH_SERVICE: service }, interval);
    stand.memory.watch('collector', app.pid);
    apps.push(app);
    return app;
  };
  try {
    const announced: number[] = [];
    for (let i = 0; i < tries; i++) {
      gate.mode = modes[i % modes.length] as GateMode;
      const app = start(`run-${i}`, '100ms');
      await app.waitFor(/TICK n=/, 60_000);
      await delay(random() * 700);
      await app.stop('SIGKILL');
      announced.push(app.stdout().match(/^TICK /gm)?.length ?? 0);
      if (i % 10 === 9) progress(`${i + 1} of ${tries} kills`);
    }
    gate.mode = 'open';
    const endedMs = performance.now();
    const last = start('run-last', '2s');
    await waitForBalance(last, gate, 240_000);
    await last.stop();
    await stand.probe(outcome);
    outcome.recoverySeconds = (performance.now() - endedMs) / 1000;
    const unwritten = compareTicks(
      announced,
      [...gate.taken.values()].map(({ batch }) => batch),
      outcome,
    );
    outcome.notes = [`${unwritten} of ${tries} kills came before the tick was on disk`];
    await compareStore(stand, gate, Math.ceil((Date.now() - beganMs) / 1000) + 60, outcome);
    return outcome;
  } finally {
    for (const app of apps.filter(({ child }) => child.exitCode === null && child.signalCode === null))
      await app.stop('SIGKILL');
    gate.stop();
    await stand.close();
  }
}

export function startCollector(serverUrl: string, env: Record<string, string>, interval: string): RunningApp {
  return startApp('collector', {
    AMBERWATCH_SERVER_URL: serverUrl,
    AMBERWATCH_HOSTNAME: HOST,
    AMBERWATCH_INTERVAL: interval,
    AMBERWATCH_CONTROL_PORT: '0',
    AMBERWATCH_SEND_TIMEOUT: '20s',
    AMBERWATCH_TRACE_TICKS: '1',
    AMBERWATCH_METADATA: 'off',
    ...env,
  });
}

/** Until all that it knows is acknowledged or put aside, and the first is just what the server has acknowledged. */
export async function waitForBalance(app: RunningApp, gate: Gate, limitMs: number): Promise<void> {
  const [, url] = await app.waitFor(/Control port on (http:\S+)/, 60_000);
  let seen = '';
  const isBalanced = async () => {
    const page = (await (await fetch(`${url}/get/metrics`)).json()) as { Amberwatch: { samples: object } };
    const taken = [...gate.taken.values()].reduce((sum, { batch }) => sum + batch.names.length, 0);
    const { sampled, acknowledged, quarantined } = page.Amberwatch.samples as Record<string, number>;
    seen = `${taken} taken, ${JSON.stringify(page.Amberwatch.samples)}`;
    return sampled === taken + (quarantined ?? 0) && acknowledged === taken;
  };
  await waitUntil('the balance', isBalanced, limitMs).catch((error: Error) => {
    throw new Error(`${error.message}: ${seen}`, { cause: error });
  });
}

/** Of each run, every tick up to its last has to be there, but for the one that was not yet on disk. */
function compareTicks(announced: number[], batches: SampleBatch[], outcome: Outcome): number {
  let unwritten = 0;
  for (const [i, ticks] of announced.entries()) {
    const own = batches.filter(({ service }) => service === `run-${i}`);
    const numbers = new Set(own.map(({ id }) => Number.parseInt(id.split('-').at(-1) ?? '', 36)));
    for (let tick = 1; tick < ticks; tick++) {
      if (numbers.has(tick)) continue;
      outcome.lost++;
      outcome.problems.push(`tick ${tick} of ${ticks} of run ${i} is lost`);
    }
    if (!numbers.has(ticks)) unwritten++;
  }
  return unwritten;
}

/** Of each batch that was acknowledged, the sample of the collector itself has to be in the store once, as it was sent. */
export async function compareStore(stand: Stand, gate: Gate, windowSeconds: number, outcome: Outcome): Promise<void> {
  outcome.acknowledged = gate.taken.size;
  const sent = [...gate.taken.values()].map(({ batch: { names, mem, count } }) => {
    const row = names.indexOf(OWN_NAME);
    return (mem?.[row] ?? Number.NaN) / (count[row] ?? 1);
  });
  const stored = (await stand.readHost(windowSeconds, 'mem')(HOST))[OWN_NAME] ?? [];
  const left = new Map<number | null, number>();
  for (const value of stored) left.set(value, (left.get(value) ?? 0) + 1);
  for (const value of sent) {
    const times = left.get(value) ?? 0;
    if (times === 0) outcome.lost++;
    else left.set(value, times - 1);
  }
  for (const [value, times] of left)
    if (sent.includes(value ?? Number.NaN)) outcome.doubled += times;
    else outcome.unknown += times;
}
