import { SampleSender } from '#client/sample-sender';
import { readSettings, serverTrust, serverUrl } from '../cli.config.js';
import { exitStatus, type Input } from '../command.js';
import { delay } from '../delay.js';
import { paint, type Terminal } from '../terminal.js';
import { BatchQueue, type Counts } from './batch-queue.js';
import { HostModel, type Scenario } from './host-model.js';

const CONNECTIONS = 16;
const SLICE_MS = 20;
const STATUS_EVERY_MS = 10_000;
const DRAIN_MS = 10_000;
const ANSWER_MS = 30_000;
/** Ticks of the whole fleet that are kept for a slow server at most. */
const QUEUE_TICKS = 3;

interface Plan {
  hosts: number;
  processes: number;
  rateMs: number;
  scenario: Scenario;
  seed: number;
  durationMs: number;
}

/** Plays the fleet until Ctrl-C or `--duration`, then says what was accepted, retried and lost. */
export async function playFleet({ options }: Input, terminal: Terminal): Promise<number> {
  const settings = readSettings(terminal.environment);
  const server = serverUrl(options, settings);
  const trust = serverTrust(settings);
  const plan = planOf(options);
  const senders = Array.from(
    { length: Math.min(CONNECTIONS, plan.hosts) },
    () => new SampleSender({ serverUrl: server.href, token: settings.AMBERWATCH_TOKEN, trust, timeoutMs: ANSWER_MS }),
  );
  const queue = new BatchQueue(senders, Math.max(100, plan.hosts * QUEUE_TICKS));
  const say = (text: string) => terminal.err(`${text}\n`);
  // Before anything is said: whoever reads that may stop it at once.
  const stopped = terminal.untilStopped();
  say(
    `Playing ${plan.hosts} hosts × ${plan.processes} programs every ${plan.rateMs / 1000} s against ${server.origin}, seed ${plan.seed}`,
  );
  const started = performance.now();
  await play(plan, queue, stopped, () => say(statusLine(queue.counts, queue.lastProblem)));
  const seconds = (performance.now() - started) / 1000;
  const counts = await queue.close(DRAIN_MS);
  report(plan, counts, seconds, options['json'] === true, terminal);
  if (counts.lostBatches > 0 && queue.lastProblem !== undefined) say(`The last failure: ${queue.lastProblem}`);
  if (counts.acceptedBatches === 0 && counts.lostBatches > 0) return exitStatus.unreachable;
  return counts.lostBatches > 0 ? exitStatus.unhealthy : exitStatus.fine;
}

function planOf(options: Input['options']): Plan {
  const { hosts = 10, processes = 100, rate = 10_000, scenario = 'mixed', seed = 1, duration } = options;
  return {
    hosts: hosts as number,
    processes: processes as number,
    rateMs: Math.max(100, rate as number),
    scenario: scenario as Scenario,
    seed: seed as number,
    durationMs: (duration as number | undefined) ?? Number.POSITIVE_INFINITY,
  };
}

/** Sends each host's batch when it is due; the hosts are spread evenly over the interval. */
async function play(plan: Plan, queue: BatchQueue, signal: AbortSignal, status: () => void): Promise<void> {
  const { hosts, rateMs, durationMs } = plan;
  const run = Date.now().toString(36);
  const models = Array.from({ length: hosts }, (_, host) => new SimulatedHost(plan, host, run));
  const startMs = Date.now();
  const started = performance.now();
  const total = Math.ceil((durationMs / rateMs) * hosts);
  let statusAt = STATUS_EVERY_MS;
  for (let sent = 0; sent < total && !signal.aborted;) {
    const elapsed = performance.now() - started;
    const due = Math.min(total, Math.floor((elapsed / rateMs) * hosts) + 1);
    for (; sent < due; sent++) {
      const host = models[sent % hosts] as SimulatedHost;
      const body = host.batch(Math.floor(sent / hosts), startMs + (sent / hosts) * rateMs);
      if (body) queue.push({ body, samples: plan.processes });
    }
    if (elapsed >= statusAt) {
      status();
      statusAt += STATUS_EVERY_MS;
    }
    await delay(SLICE_MS, signal);
  }
}

const services = ['shop', 'search', 'billing', 'mail', 'batch'];

/** A host of the simulation with its name, as it stands on the wire. */
export class SimulatedHost {
  private readonly model: HostModel;
  private readonly name: string;
  private readonly fixed: string;
  private readonly rateMs: number;

  constructor(
    plan: Pick<Plan, 'seed' | 'processes' | 'scenario' | 'rateMs'>,
    host: number,
    private readonly run: string,
  ) {
    this.model = new HostModel({ ...plan, host });
    this.name = `sim-${String(host).padStart(4, '0')}`;
    this.rateMs = plan.rateMs;
    const service = services[host % services.length];
    const fixed = {
      host: this.name,
      service,
      intervalMs: Math.round(plan.rateMs),
      names: this.model.names,
      unit: this.model.unit,
    };
    this.fixed = JSON.stringify(fixed).slice(1, -1);
  }

  /** The body of one PUT, a SampleBatch as UTF-8 JSON; undefined while the host is silent. */
  batch(tick: number, timeMs: number): Buffer | undefined {
    if (this.model.isSilent(tick)) return undefined;
    const moving = {
      id: `sim-${this.run}-${this.name}-${tick}`,
      time: new Date(timeMs).toISOString(),
      ...this.model.tick(tick),
      started: this.model.starts(tick).map((start) => Math.floor((timeMs - (tick - start) * this.rateMs) / 1000)),
    };
    return Buffer.from(`{${this.fixed},${JSON.stringify(moving).slice(1)}`);
  }
}

function statusLine({ acceptedSamples, retried, lostSamples }: Counts, problem: string | undefined): string {
  const trouble = retried > 0 || lostSamples > 0 ? ` (${problem})` : '';
  return `${acceptedSamples} samples accepted, ${retried} batches retried, ${lostSamples} samples lost${trouble}`;
}

function report(plan: Plan, counts: Counts, seconds: number, json: boolean, terminal: Terminal): void {
  const { hosts, processes, scenario, seed } = plan;
  const { acceptedBatches, acceptedSamples, retried, lostBatches, lostSamples } = counts;
  const perSecond = Math.round(acceptedSamples / seconds);
  if (json) {
    const accepted = { batches: acceptedBatches, samples: acceptedSamples };
    const lost = { batches: lostBatches, samples: lostSamples };
    const answer = {
      hosts,
      processes,
      scenario,
      seed,
      seconds: Math.round(seconds * 10) / 10,
      accepted,
      retried,
      lost,
      perSecond,
    };
    terminal.out(`${JSON.stringify(answer)}\n`);
    return;
  }
  const lost = `${lostBatches} lost`;
  terminal.out(
    `${acceptedBatches} batches with ${acceptedSamples} samples accepted (${perSecond}/s), ${retried} retried, ` +
      `${lostBatches > 0 ? paint(lost, 'red', terminal) : lost}\n`,
  );
}
