import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { routes, type SampleBatch } from '#domain';
import type { Ledger } from './ledger.js';

export interface LoadOptions {
  /** Where to send, as it stands when a batch is sent. */
  url: () => string;
  ledger: Ledger;
  hosts: number;
  /** Milliseconds between two batches of a host. */
  everyMs: number;
  headers?: Record<string, string>;
  /** Longest wait before a batch is sent again, whatever the answer says; 5 s if left out. */
  longestWaitMs?: number;
}

/** Answers by their status; `none` where no answer came. */
export type Statuses = Record<string, number>;

/**
 * Hosts that send like collectors: each one batch at a time, the same again until it is acknowledged, later where the
 * answer says so. It is written apart from our client, so that it does not share its mistakes.
 */
export class FleetLoad {
  readonly statuses: Statuses = {};
  /** Seconds of each acknowledged request, from its first byte to its answer. */
  readonly seconds: number[] = [];
  /** Answers that no sender may be given: neither acknowledged nor to be tried again. */
  readonly refused: string[] = [];
  /** Batches of all hosts that were made and not acknowledged yet. */
  waiting = 0;
  private readonly stopping = new AbortController();
  private readonly work: Promise<void>[] = [];

  constructor(private readonly options: LoadOptions) {
    // Each host listens.
    setMaxListeners(0, this.stopping.signal);
  }

  start(): this {
    const { ledger, hosts } = this.options;
    for (let i = 0; i < hosts; i++) this.work.push(this.host(ledger.hostName(i), i));
    return this;
  }

  /** Makes no more batches; resolves once every one that was made is acknowledged, rejects where that takes too long. */
  async drain(limitMs: number): Promise<void> {
    this.stopping.abort();
    const late = delay(limitMs, 'late' as const, { ref: false });
    if ((await Promise.race([Promise.all(this.work), late])) === 'late') {
      throw new Error(`not drained within ${limitMs / 1000} s; answers: ${JSON.stringify(this.statuses)}`);
    }
  }

  private async host(name: string, index: number): Promise<void> {
    const { ledger, hosts, everyMs } = this.options;
    const { signal } = this.stopping;
    const waiting: SampleBatch[] = [];
    let dueMs = performance.now() + (everyMs * index) / hosts;
    while (!signal.aborted || waiting.length > 0) {
      // After an outage a collector has a batch for every tick of it.
      while (!signal.aborted && performance.now() >= dueMs) {
        waiting.push(ledger.next(name, Date.now()));
        this.waiting++;
        dueMs += everyMs;
      }
      const [oldest] = waiting;
      if (oldest === undefined) {
        await delay(Math.max(1, dueMs - performance.now()), undefined, { signal }).catch(() => undefined);
        continue;
      }
      const againMs = await this.send(oldest);
      if (againMs === undefined) {
        waiting.shift();
        this.waiting--;
      } else await delay(againMs);
    }
  }

  /** Resolves with undefined once the batch is done with, else with the milliseconds after which to send it again. */
  private async send(batch: SampleBatch): Promise<number | undefined> {
    const startedMs = performance.now();
    const answer = await fetch(`${this.options.url()}${routes.samples}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...this.options.headers },
      body: JSON.stringify(batch),
      signal: AbortSignal.timeout(30_000),
    }).then(
      async (response) => ({
        status: response.status,
        after: response.headers.get('retry-after'),
        text: await response.text(),
      }),
      () => undefined,
    );
    const key = String(answer?.status ?? 'none');
    this.statuses[key] = (this.statuses[key] ?? 0) + 1;
    if (answer === undefined) return Math.min(this.options.longestWaitMs ?? 500, 500);
    if (answer.status >= 200 && answer.status < 300) {
      this.options.ledger.acknowledge(batch);
      this.seconds.push((performance.now() - startedMs) / 1000);
      return undefined;
    }
    if (answer.status === 429 || answer.status >= 500) {
      return Math.min(this.options.longestWaitMs ?? 5000, Number(answer.after ?? 1) * 1000);
    }
    this.refused.push(`${answer.status} ${answer.text.slice(0, 200)}`);
    return undefined;
  }
}
