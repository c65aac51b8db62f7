import { Injectable, Logger } from '@nestjs/common';
import { CodedError, isoToMicros, MAX_AHEAD_MS, type Accepted, type SampleBatch } from '#domain';
import { Once } from '#runtime';
import { UsageStore } from '#store';
import { HostRegistry } from '../hosts/host-registry.js';
import { ServerMetrics } from '../operation/server-metrics.js';
import { SampleFeed } from './sample-feed.js';

/** How long the id of an acknowledged batch is remembered. After that, its samples still replace themselves. */
const REMEMBER_MS = 60 * 60_000;
/** Most samples that may wait for the store at once. */
const MAX_PENDING_SAMPLES = 500_000;

interface Known {
  atMs: number;
  done: Promise<Accepted>;
}

/** Takes batches in: once each, not from the future, acknowledged only after the store has them. */
@Injectable()
export class Ingest {
  private readonly logger = new Logger('ingest');
  private readonly trouble = new Once((text) => this.logger.warn(text));
  private readonly known = new Map<string, Known>();
  private pendingSamples = 0;

  constructor(
    private readonly store: UsageStore,
    private readonly feed: SampleFeed,
    private readonly hosts: HostRegistry,
    private readonly metrics: ServerMetrics,
  ) {}

  /** @param batches all of one request, with one id */
  async take(id: string, batches: SampleBatch[]): Promise<Accepted> {
    const nowMs = Date.now();
    this.forget(nowMs);
    const key = `${batches[0]?.host} ${id}`;
    const before = this.known.get(key);
    if (before) {
      const result = await before.done;
      this.metrics.repeatedBatches.inc();
      return { ...result, repeated: true };
    }
    for (const batch of batches) refuseFuture(batch, nowMs);
    const done = this.write(batches, nowMs);
    this.known.set(key, { atMs: nowMs, done });
    try {
      const accepted = await done;
      if (this.trouble.clear()) this.logger.log('The store takes samples again');
      return accepted;
    } catch (error) {
      this.known.delete(key);
      this.trouble.warn(`Samples are not taken: ${(error as Error).message}`);
      throw error;
    }
  }

  private async write(batches: SampleBatch[], nowMs: number): Promise<Accepted> {
    const samples = batches.reduce((sum, batch) => sum + batch.names.length, 0);
    if (this.pendingSamples > 0 && this.pendingSamples + samples > MAX_PENDING_SAMPLES) {
      throw new CodedError('TOO_MANY_REQUESTS', `${this.pendingSamples} samples wait for the store already.`);
    }
    this.pendingSamples += samples;
    const stop = this.metrics.writeSeconds.startTimer();
    const { stored, expired, refused } = await this.store.write(batches).finally(() => {
      stop();
      this.pendingSamples -= samples;
    });
    if (expired + refused > 0) {
      this.metrics.expiredSamples.inc(expired + refused);
      this.logger.warn(
        `${expired} of ${samples} samples are past the retention, ${refused} were refused by the database`,
      );
    }
    this.metrics.acceptedBatches.inc(batches.length);
    this.metrics.acceptedSamples.inc(stored);
    this.hosts.seen(batches, nowMs);
    this.feed.append(batches);
    return { accepted: stored, repeated: false };
  }

  private forget(nowMs: number): void {
    for (const [key, { atMs }] of this.known) {
      if (nowMs - atMs < REMEMBER_MS) return;
      this.known.delete(key);
    }
  }
}

function refuseFuture(batch: SampleBatch, nowMs: number): void {
  if (isoToMicros(batch.time) / 1000 <= nowMs + MAX_AHEAD_MS) return;
  const serverTime = new Date(nowMs).toISOString();
  throw new CodedError(
    'CLOCK_AHEAD',
    `The time ${batch.time} lies over 10 minutes ahead of the server's clock (${serverTime}).`,
    { serverTime },
  );
}
