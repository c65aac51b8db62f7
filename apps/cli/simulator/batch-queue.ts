import type { SendAnswer } from '#client';
import { delay } from '../delay.js';

/** The part of the collector's sender that the queue needs. */
export interface Sender {
  send: (body: Uint8Array, gzipped: boolean, signal?: AbortSignal) => Promise<SendAnswer>;
  close: () => void;
}

export interface QueuedBatch {
  body: Uint8Array;
  samples: number;
}

export interface Counts {
  acceptedBatches: number;
  acceptedSamples: number;
  /** Tries that failed and were repeated. */
  retried: number;
  lostBatches: number;
  lostSamples: number;
}

const MAX_TRIES = 6;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 10_000;

/**
 * Sends batches over a fixed number of connections, each with one request under way, as that many collectors would. A
 * batch is tried again while that may help; what is given up or doesn't fit into the queue counts as lost.
 */
export class BatchQueue {
  readonly counts: Counts = { acceptedBatches: 0, acceptedSamples: 0, retried: 0, lostBatches: 0, lostSamples: 0 };
  /** What the server said to the last batch that failed. */
  lastProblem: string | undefined;
  private readonly waiting: QueuedBatch[] = [];
  private readonly idle: (() => void)[] = [];
  private readonly stop = new AbortController();
  private readonly workers: Promise<void>[];

  constructor(
    private readonly senders: Sender[],
    private readonly capacity: number,
  ) {
    this.workers = senders.map((sender) => this.work(sender));
  }

  push(batch: QueuedBatch): void {
    if (this.waiting.length >= this.capacity) {
      this.lastProblem ??= 'the server takes less than is sent';
      this.lose(this.waiting.shift());
    }
    this.waiting.push(batch);
    this.idle.shift()?.();
  }

  /** Waits until everything is sent, `limitMs` at most; what is left then counts as lost. */
  async close(limitMs: number): Promise<Counts> {
    const limit = setTimeout(() => this.stop.abort(), limitMs);
    this.closing = true;
    for (const wake of this.idle.splice(0)) wake();
    await Promise.all(this.workers);
    clearTimeout(limit);
    while (this.waiting.length > 0) this.lose(this.waiting.shift());
    for (const sender of this.senders) sender.close();
    return this.counts;
  }

  private closing = false;

  private async work(sender: Sender): Promise<void> {
    while (!this.stop.signal.aborted) {
      const batch = this.waiting.shift();
      if (batch) await this.deliver(batch, sender);
      else if (this.closing) return;
      else await new Promise<void>((resolve) => this.idle.push(resolve));
    }
  }

  private async deliver(batch: QueuedBatch, sender: Sender): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const answer = await sender.send(batch.body, false, this.stop.signal);
      if (answer.status >= 200 && answer.status < 300) {
        this.counts.acceptedBatches++;
        this.counts.acceptedSamples += batch.samples;
        return;
      }
      this.lastProblem = `${answer.status === 0 ? '' : `HTTP ${answer.status} `}${answer.message}`.trim();
      const mayHelp = answer.status === 0 || answer.status === 408 || answer.status === 429 || answer.status >= 500;
      if (!mayHelp || attempt === MAX_TRIES || this.stop.signal.aborted) return this.lose(batch);
      this.counts.retried++;
      const wait = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
      await delay(Math.max(answer.retryAfterMs, wait), this.stop.signal);
    }
  }

  private lose(batch: QueuedBatch | undefined): void {
    if (!batch) return;
    this.counts.lostBatches++;
    this.counts.lostSamples += batch.samples;
  }
}
