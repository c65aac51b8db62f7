import type { HostState } from '#domain';
import type { AlarmEvent } from '#alarm';
import { type AmberwatchClient, type Gap, readHostHistory, HISTORY_STEP_MS } from '#client';
import { Backoff, type Log, Once, pause } from '#runtime';
import { allHosts } from './whole-lists.js';

/** Hosts with samples in the gap. */
function hostsWithin(hosts: HostState[], { fromMs }: Gap): string[] {
  return hosts.filter(({ lastTime }) => Date.parse(lastTime) >= fromMs).map(({ host }) => host);
}

/** What has not been read within this time is no longer judged; the alarm goes on without it. */
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

/** Gives the engine what was missed while nobody followed the samples, while those that arrive are judged. */
export class CatchUp {
  private abort: AbortController | undefined;
  private reading: Promise<void> = Promise.resolve();
  private fromMs = Infinity;

  constructor(private readonly options: CatchUpOptions) {}

  get busy(): boolean {
    return this.fromMs !== Infinity;
  }

  /** Starts at once; where an earlier gap is not filled yet, from its start. */
  start(fromMs: number): void {
    const { take } = this.options;
    this.fromMs = Math.max(Math.min(this.fromMs, fromMs), this.options.now() - MAX_GAP_MS);
    this.abort?.abort();
    const abort = (this.abort = new AbortController());
    // Before any sample that arrives from now on is judged.
    take({ kind: 'gap' });
    const gap = { fromMs: this.fromMs, toMs: this.options.now() + HISTORY_STEP_MS };
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
    const trouble = new Once((text) => log.warn(text));
    const left: { hosts: string[] | undefined } = { hosts: undefined };
    while (!signal.aborted && now() < untilMs) {
      try {
        await this.read(gap, left, signal);
        break;
      } catch (error) {
        if (signal.aborted) return;
        trouble.warn(`What was missed can't be read yet: ${(error as Error).message}`);
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
      // A step that comes again after a failure is older than what was judged, and is passed over.
      await readHostHistory(
        client,
        host,
        gap,
        (batch) => take({ kind: 'history', batch, stepMs: HISTORY_STEP_MS }),
        signal,
      );
      take({ kind: 'caught-up', host });
      left.hosts.shift();
    }
  }
}
