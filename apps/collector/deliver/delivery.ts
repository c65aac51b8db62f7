import { gunzipSync, gzipSync } from 'node:zlib';
import type { SampleSender, SendAnswer } from '#client';
import { Backoff, pause } from '#runtime/backoff';
import { type Log, Once } from '#runtime/log';
import type { CollectorClock } from './collector-clock.js';
import type { BatchBody, Spool, QueuedBatch } from './spool/spool.js';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
/** Pause between two old batches after an outage, so that a thousand hosts that come back don't flood the server. */
const REPLAY_GAP_MS = 100;
/** The server will never take a batch that it answered so. */
const FINAL = new Set([400, 413, 415, 422]);

/**
 * Brings queued batches to the server, one at a time. The newest goes first as soon as it is there, then the oldest, so
 * that a backlog never holds up what is fresh; whatever fails is tried again after a growing pause, and what can never
 * succeed is put aside.
 */
export class Delivery {
  private readonly backoff = new Backoff({ firstMs: FIRST_RETRY_MS, maxMs: MAX_RETRY_MS });
  private readonly abort = new AbortController();
  private readonly trouble: Once;
  private running: Promise<void> | undefined;
  private wake: (() => void) | undefined;
  private tried = 0;
  /** Set where the server can't read compressed bodies. */
  private plainOnly = false;
  /** Answers other than a 2xx, and tries without an answer. */
  failures = 0;
  /** Told what the server wants of this collector. */
  onOrder: (order: unknown) => void = () => undefined;

  constructor(
    private readonly queue: Spool,
    private readonly sender: SampleSender,
    private readonly clock: CollectorClock,
    private readonly log: Log,
  ) {
    this.trouble = new Once((text) => log.warn(text));
  }

  start(): void {
    this.running ??= this.run();
  }

  /** A new batch is in the queue. */
  notify(): void {
    this.wake?.();
  }

  /** Ends after the exchange under way, which gets a moment to finish. */
  async stop(graceMs = 2_000): Promise<void> {
    const timer = setTimeout(() => this.abort.abort(), graceMs);
    this.stopping = true;
    this.wake?.();
    await this.running;
    clearTimeout(timer);
  }
  private stopping = false;

  private async run(): Promise<void> {
    while (!this.stopping) {
      const batch = this.next();
      if (!batch) {
        await this.idle(undefined);
        continue;
      }
      try {
        await this.deliver(batch);
      } catch (error) {
        this.trouble.warn(`A batch could not be handled: ${String(error)}`);
        await this.idle(this.backoff.nextMs());
      }
    }
  }

  private next(): QueuedBatch | undefined {
    const { newest, oldest } = this.queue;
    if (!newest || !this.hasFresh()) return oldest;
    this.tried = newest.sequence;
    return newest;
  }

  /** There is a batch that was appended since the newest one that was tried. */
  private hasFresh(): boolean {
    return (this.queue.newest?.sequence ?? 0) > this.tried;
  }

  private async deliver(batch: QueuedBatch): Promise<void> {
    const body = await this.queue.read(batch);
    if (!body) return;
    const answer = await this.send(body);
    if (answer.control !== undefined) this.onOrder(answer.control);
    if (answer.status >= 200 && answer.status < 300) return this.succeeded(batch);
    this.failures++;
    if (FINAL.has(answer.status)) {
      this.log.warn(`The server refuses a batch for good and it is put aside: ${said(answer)}`);
      return this.queue.quarantine(batch, said(answer));
    }
    this.trouble.warn(`The server takes no samples, they are kept and sent later: ${said(answer)}`);
    const waitMs = this.backoff.nextMs(answer.retryAfterMs);
    await this.waitOut(waitMs);
  }

  private async succeeded(batch: QueuedBatch): Promise<void> {
    await this.queue.acknowledge(batch);
    this.backoff.reset();
    const waiting = this.queue.ledger.queued.batches;
    if (this.trouble.clear()) this.log.log(`The server takes samples again; ${waiting} batches wait to be sent`);
    if (waiting > 0 && !this.hasFresh()) await this.idle(REPLAY_GAP_MS);
  }

  /** One try, and a second one at once where the server says what to change. */
  private async send(body: BatchBody): Promise<SendAnswer> {
    const first = this.plainOnly ? plain(body) : body;
    const answer = await this.sender.send(first.bytes, first.gzipped, this.abort.signal);
    if (answer.status === 415 && first.gzipped) {
      const again = plain(body);
      const second = await this.sender.send(again.bytes, false, this.abort.signal);
      this.plainOnly = second.status !== 415;
      return second;
    }
    if (answer.code === 'CLOCK_AHEAD' && answer.serverTimeMs !== undefined) {
      const shiftMs = this.clock.correct(answer.serverTimeMs);
      const shifted = shiftTime(body, shiftMs);
      return this.sender.send(shifted.bytes, shifted.gzipped, this.abort.signal);
    }
    return answer;
  }

  /** Waits until there is something to do, or at most so long. */
  private idle(ms: number | undefined): Promise<void> {
    if (this.stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(done, ms);
      this.wake = done;
      function done() {
        clearTimeout(timer);
        resolve();
      }
    });
  }

  /** Waits so long, whatever is appended meanwhile; only stopping ends it early. */
  private async waitOut(ms: number): Promise<void> {
    const stop = new AbortController();
    this.wake = () => {
      if (this.stopping) stop.abort();
    };
    if (this.stopping) return;
    await pause(ms, stop.signal);
  }
}

function said(answer: SendAnswer): string {
  if (answer.status === 0) return answer.message;
  return `${answer.status}${answer.code ? ` ${answer.code}` : ''}${answer.message ? ` ${answer.message}` : ''}`;
}

function plain(body: BatchBody): BatchBody {
  return body.gzipped ? { bytes: gunzipSync(body.bytes), gzipped: false } : body;
}

/** The same batch with its time moved; it keeps its id, because the server has never taken it. */
function shiftTime(body: BatchBody, shiftMs: number): BatchBody {
  const batch = JSON.parse(Buffer.from(plain(body).bytes).toString('utf8')) as { time: string };
  batch.time = new Date(Date.parse(batch.time) + shiftMs).toISOString();
  const bytes = Buffer.from(JSON.stringify(batch));
  return body.gzipped ? { bytes: gzipSync(bytes, { level: 1 }), gzipped: true } : { bytes, gzipped: false };
}
