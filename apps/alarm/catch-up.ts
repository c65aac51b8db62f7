import { type HistorySeries, type HostState, microsToIso, type SampleBatch } from '#domain';
import type { AlarmEvent } from '#alarm';
import { allPages, type AmberwatchClient } from '#client';
import { Backoff, type Log, pause } from '#runtime';
import { allHosts } from './whole-lists.js';

/** Width of a step of the history, ms: the usual interval of a collector. */
const STEP_MS = 10_000;
/** How much of a host's history is in memory at once. */
const WINDOW_MS = 30 * 60_000;
const SERIES_A_PAGE = 500;

/** From when to when samples were missed, ms since the epoch. */
interface Gap {
  fromMs: number;
  toMs: number;
}

/** Hosts with samples in the gap. */
function hostsWithin(hosts: HostState[], { fromMs }: Gap): string[] {
  return hosts.filter(({ lastTime }) => Date.parse(lastTime) >= fromMs).map(({ host }) => host);
}

/**
 * Reads what one host's programs used during a gap, window by window, and gives it in order of time: a batch for each
 * step that has samples, with the largest process of each program.
 */
async function readHistory(
  client: AmberwatchClient,
  host: string,
  gap: Gap,
  take: (batch: SampleBatch) => void,
  signal: AbortSignal,
): Promise<void> {
  const firstMs = Math.floor(gap.fromMs / STEP_MS) * STEP_MS;
  for (let fromMs = firstMs; fromMs < gap.toMs; fromMs += WINDOW_MS) {
    const window = { host, fromMs, toMs: Math.min(fromMs + WINDOW_MS, gap.toMs) };
    const steps = new Map<number, Map<string, Peak>>();
    for (const metric of ['cpuMax', 'memMax'] as const) {
      for (const series of await readSeries(client, metric, window, signal)) addSeries(steps, metric, series);
    }
    for (const [timeMs, peaks] of [...steps].sort(([a], [b]) => a - b)) take(batchOf(host, timeMs, peaks));
  }
}

type Peak = { cpuMax?: number; memMax?: number };

function readSeries(
  client: AmberwatchClient,
  metric: 'cpuMax' | 'memMax',
  { host, fromMs, toMs }: Gap & { host: string },
  signal: AbortSignal,
): Promise<HistorySeries[]> {
  const query = { host, metric, from: isoOf(fromMs), to: isoOf(toMs), step: `${STEP_MS}ms`, limit: SERIES_A_PAGE };
  return allPages(
    (cursor) => client.history({ ...query, cursor }, { signal }),
    (page) => page.series,
    Infinity,
  );
}

function addSeries(steps: Map<number, Map<string, Peak>>, metric: 'cpuMax' | 'memMax', series: HistorySeries): void {
  for (const [time, value] of series.points) {
    const timeMs = Date.parse(time);
    let peaks = steps.get(timeMs);
    if (!peaks) steps.set(timeMs, (peaks = new Map()));
    const peak = peaks.get(series.process);
    if (peak) peak[metric] = value;
    else peaks.set(series.process, { [metric]: value });
  }
}

function batchOf(host: string, timeMs: number, peaks: ReadonlyMap<string, Peak>): SampleBatch {
  const all = [...peaks.values()];
  return {
    id: `history-${timeMs}`,
    host,
    time: isoOf(timeMs),
    names: [...peaks.keys()],
    count: all.map(() => 1),
    cpuMax: all.map(({ cpuMax }) => cpuMax ?? null),
    memMax: all.map(({ memMax }) => memMax ?? null),
  };
}

function isoOf(ms: number): string {
  return microsToIso(Math.round(ms) * 1000);
}

/** What is not read within this time is not judged any more; the alarm goes on without. */
const LIMIT_MS = 5 * 60_000;
/** How far back a gap is read: as far as samples are kept by default. */
const MAX_GAP_MS = 48 * 3_600_000;

interface CatchUpOptions {
  client: AmberwatchClient;
  log: Pick<Log, 'log' | 'warn'>;
  take: (event: AlarmEvent) => void;
  /** ms since the epoch. */
  now: () => number;
}

/** Has the engine judge what was missed while nobody followed the samples, beside those that arrive. */
export class CatchUp {
  private abort: AbortController | undefined;
  private reading: Promise<void> = Promise.resolve();
  private fromMs = Infinity;

  constructor(private readonly options: CatchUpOptions) {}

  get busy(): boolean {
    return this.fromMs !== Infinity;
  }

  /** Begins at once, and anew from the earlier start where an earlier gap is not filled yet. */
  start(fromMs: number): void {
    const { take } = this.options;
    this.fromMs = Math.max(Math.min(this.fromMs, fromMs), this.options.now() - MAX_GAP_MS);
    this.abort?.abort();
    const abort = (this.abort = new AbortController());
    // Before any sample that arrives from now on is judged.
    take({ kind: 'gap' });
    const gap = { fromMs: this.fromMs, toMs: this.options.now() + STEP_MS };
    this.reading = this.reading.then(() => this.run(gap, abort.signal));
  }

  /** Ends the reading; what was not read is left out. */
  async stop(): Promise<void> {
    this.abort?.abort();
    await this.reading;
  }

  private async run(gap: Gap, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { log, take, now } = this.options;
    const untilMs = now() + LIMIT_MS;
    const backoff = new Backoff({ firstMs: 500, maxMs: 10_000 });
    const left: { hosts: string[] | undefined } = { hosts: undefined };
    while (!signal.aborted && now() < untilMs) {
      try {
        await this.read(gap, left, signal);
        break;
      } catch (error) {
        if (signal.aborted) return;
        log.warn(`What was missed can't be read yet: ${(error as Error).message}`);
        await pause(backoff.nextMs(), signal);
      }
    }
    if (signal.aborted) return;
    const missing = left.hosts?.length ?? 0;
    if (left.hosts === undefined || missing > 0) log.warn(`What was missed of ${missing || 'all'} hosts is not judged`);
    this.fromMs = Infinity;
    take({ kind: 'caught-up' });
  }

  /** @param left hosts that are still to be read; undefined until they are known */
  private async read(gap: Gap, left: { hosts: string[] | undefined }, signal: AbortSignal): Promise<void> {
    const { client, take } = this.options;
    left.hosts ??= hostsWithin(await allHosts(client, signal), gap);
    for (let host = left.hosts[0]; host !== undefined; host = left.hosts[0]) {
      // A step that is given once more, after a failure, is older than what was judged, and passed over.
      await readHistory(client, host, gap, (batch) => take({ kind: 'history', batch, stepMs: STEP_MS }), signal);
      take({ kind: 'caught-up', host });
      left.hosts.shift();
    }
  }
}
