import { allPages, type AmberwatchClient } from '#client';
import {
  isoToMicros,
  type HostState,
  type ProcessMetric,
  type SampleBatch,
  type SeriesKey,
  type UnitField,
} from '#domain';
import { readOwnHistory } from './own-history.js';
import type { SeriesPredictors } from './series-predictors.js';
import { fieldOf, metrics, toTick, type Tick } from './tick.js';
import type { TimeOrder } from './time-order.js';

/** How far back the history of a series is read that nothing is known of, and how finely. */
const FURTHEST_MS = 6 * 3_600_000;
const STEP_MS = 10_000;
const SERIES_A_PAGE = 500;
/** Batches may be accepted out of order by so much. */
const OVERLAP_MS = 60_000;
/** What is expected of a disk now comes from looking ahead at each ten minutes of this span. */
const DISK_CLAIM_MS = 4 * 3_600_000;
/** Hosts that are asked about themselves at once. */
const TOGETHER = 8;
/** A host that is expected to tell how its backlog stands is waited for so long. */
const WAIT_MS = 60_000;

/** The field of the history of a unit that its limits are set on. */
const shareFields = { cpu: 'cpuShare', mem: 'memShare' } as const satisfies Record<ProcessMetric, UnitField>;

interface Waiting {
  /** Newest tick that the server knows of. */
  lastMs: number;
  sinceMs: number;
}

/** The present: by the calendar in milliseconds since the epoch, and on a clock that never jumps. */
export interface Now {
  ms: number;
  steadyMs: number;
}

/**
 * Brings samples to the predictors in order of time: from the history first, then from the feed. A host whose series end
 * earlier than what is known of the others is read from the history by itself; one whose sender still holds a backlog is
 * read once that is through, because until then its history has a hole.
 */
export class SampleIntake {
  private waiting = new Map<string, Waiting>();
  private ready = new Set<string>();
  private known = new Map<string, HostState>();

  constructor(
    private readonly client: Pick<AmberwatchClient, 'hosts' | 'history' | 'unitHistory' | 'hostMetrics'>,
    private readonly series: SeriesPredictors,
    private readonly order: TimeOrder,
    private readonly warn: (text: string) => void,
  ) {}

  /**
   * Reads what came since the samples that are known. To be called after the cursor is taken that is followed next.
   *
   * @param knownMs time up to which most hosts are known, 0 for none; milliseconds since the epoch
   */
  async catchUp(knownMs: number, now: Now, signal: AbortSignal): Promise<void> {
    this.order.clear();
    const fromMs = Math.max(knownMs - OVERLAP_MS, now.ms - FURTHEST_MS);
    const hosts = await this.hosts(signal);
    this.ready = new Set();
    this.waiting = new Map();
    this.known = new Map(hosts.map((state) => [state.host, state]));
    const apart = new Set<string>();
    for (const { host, lastTime, backlog = 0 } of hosts) {
      const lastMs = isoToMicros(lastTime) / 1000;
      const newestMs = this.series.newestOf(host);
      if (backlog > 0) this.waiting.set(host, { lastMs, sinceMs: now.steadyMs });
      else if (newestMs !== undefined && newestMs < fromMs && lastMs > newestMs) this.ready.add(host);
      else continue;
      apart.add(host);
    }
    await this.feedHistory(fromMs, undefined, apart, signal);
    const together = hosts.filter(({ host }) => !apart.has(host));
    const behind = together.filter(({ host, lastTime }) => {
      const newestMs = this.series.newestOf(host, 'host') ?? 0;
      return newestMs < isoToMicros(lastTime) / 1000;
    });
    await this.feedOwn(behind, now.ms, signal);
    for (const { host } of together) this.know(host, now.steadyMs);
    await this.readReady(now, signal);
  }

  /** Takes what the feed brought. */
  async take(batches: readonly SampleBatch[], now: Now, signal: AbortSignal): Promise<void> {
    for (const batch of batches) {
      const tick = toTick(batch);
      if (!this.isLeftToHistory(tick, now.steadyMs)) this.order.take(tick, now.steadyMs);
    }
    this.order.sweep(now.steadyMs);
    await this.readReady(now, signal);
  }

  /** Whether the history is going to be read with this tick in it. */
  private isLeftToHistory({ host, timeMs, backlog }: Tick, steadyMs: number): boolean {
    if (this.ready.has(host)) return true;
    const waiting = this.waiting.get(host);
    if (!waiting) return false;
    if (backlog === 0 && timeMs > waiting.lastMs) this.getReady(host);
    waiting.lastMs = Math.max(waiting.lastMs, timeMs);
    // A tick of the backlog: it gets shorter.
    if (backlog === 0) waiting.sinceMs = steadyMs;
    return true;
  }

  /** Reads the hosts whose backlog is through, and those that were waited for in vain. */
  private async readReady(now: Now, signal: AbortSignal): Promise<void> {
    for (const [host, { sinceMs }] of this.waiting) if (now.steadyMs - sinceMs >= WAIT_MS) this.getReady(host);
    for (const host of this.ready) {
      const fromMs = Math.max(this.series.newestOf(host) ?? 0, now.ms - FURTHEST_MS);
      await this.feedHistory(fromMs, host, new Set(), signal);
      const state = this.known.get(host);
      if (state) await this.feedOwn([state], now.ms, signal);
      this.know(host, now.steadyMs);
      this.ready.delete(host);
    }
  }

  private getReady(host: string): void {
    this.waiting.delete(host);
    this.ready.add(host);
  }

  private know(host: string, steadyMs: number): void {
    const newestMs = this.series.newestOf(host);
    if (newestMs !== undefined) this.order.know(host, newestMs, steadyMs);
  }

  private hosts(signal: AbortSignal): Promise<HostState[]> {
    return allPages(
      (cursor) => this.client.hosts({ cursor }, { signal }),
      (page) => page.hosts,
    );
  }

  /** What programs used, and units of their own limits. */
  private async feedHistory(
    fromMs: number,
    onlyHost: string | undefined,
    without: Set<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const query = {
      host: onlyHost,
      from: new Date(fromMs).toISOString(),
      step: `${STEP_MS}ms`,
      limit: SERIES_A_PAGE,
    };
    for (const metric of metrics) {
      await eachPage(
        (cursor) => this.client.history({ ...query, metric: fieldOf(metric), cursor }, { signal }),
        ({ series }) => {
          for (const { host, process, points } of series) {
            if (!without.has(host)) this.feed({ host, process, metric }, points);
          }
        },
      );
      await eachPage(
        (cursor) => this.client.unitHistory({ ...query, metric: shareFields[metric], cursor }, { signal }),
        ({ series }) => {
          for (const { host, unit, points } of series) {
            if (!without.has(host)) this.feed({ host, process: null, unit, metric }, points);
          }
        },
      );
    }
  }

  private feed(key: SeriesKey, points: [string, number][]): void {
    for (const [time, value] of points) this.series.update(key, Date.parse(time), value);
  }

  /** What the hosts said of themselves since what is known of that. One that can't be read begins with live samples. */
  private async feedOwn(hosts: HostState[], nowMs: number, signal: AbortSignal): Promise<void> {
    const errors: Error[] = [];
    const read = async (state: HostState): Promise<void> => {
      const { host } = state;
      const fromMs = (this.series.newestOf(host, 'host') ?? 0) - OVERLAP_MS;
      await readOwnHistory(
        this.client,
        state,
        { fromMs, nowMs },
        (metric, device, timeMs, value) => {
          const key = { host, process: null, ...(device !== undefined && { device }), metric };
          if (device !== undefined && nowMs - timeMs > DISK_CLAIM_MS) this.series.remember(key, timeMs, value);
          else this.series.update(key, timeMs, value);
        },
        signal,
      );
    };
    for (let first = 0; first < hosts.length; first += TOGETHER) {
      const some = hosts.slice(first, first + TOGETHER);
      await Promise.all(some.map((state) => read(state).catch((error: Error) => void errors.push(error))));
      signal.throwIfAborted();
    }
    if (errors.length === 0) return;
    this.warn(
      `What ${errors.length} of ${hosts.length} hosts said of themselves can't be read from the history, so their CPU, ` +
        `memory and disks begin with what comes: ${errors[0]?.message}`,
    );
  }
}

async function eachPage<Page extends { next?: string | undefined }>(
  ask: (cursor: string | undefined) => Promise<Page>,
  take: (page: Page) => void,
): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    take(page);
    cursor = page.next;
  } while (cursor !== undefined);
}
