import { gunzipSync, gzipSync } from 'node:zlib';
import type { SampleSender, SendAnswer } from '#client';
import type { SampleBatch } from '#domain';
import { Backoff, pause } from '#runtime/backoff';
import { type Log, Once } from '#runtime/log';
import { type CollectorClock, SAME_TIME_MS } from './collector-clock.js';
import type { BatchBody, Spool, QueuedBatch } from './spool/spool.js';

const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
/** Pause between two old batches after an outage: a thousand hosts that come back together must not flood the server. */
const REPLAY_GAP_MS = 100;
/** Answers after which the server will never take the batch. */
const FINAL = new Set([400, 413, 415, 422]);

/**
 * Brings queued batches to the server, one at a time. The newest goes first as soon as it is there, then the oldest, so
 * that a backlog never holds up what is fresh; it says how many older ones are still to come. Whatever fails is tried
 * again after a growing pause, and what can never succeed is put aside.
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
  /** Set where the server does not say what time it is when it is asked. */
  private saysNoTime = false;
  /** Answers other than a 2xx, and tries without an answer. */
  failures = 0;
  /** Told what the server wants of this collector. */
  onOrder: (order: unknown) => void = () => undefined;

  constructor(
    private readonly queue: Spool,
    private readonly sender: Pick<SampleSender, 'send' | 'askTime'>,
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
    if (!this.clock.isConfirmed) await this.askTime();
    const body = await this.queue.read(batch);
    if (!body) return;
    const answer = await this.send(body, batch);
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

  /** Before the first batch of a run goes out, so that its times are right from the beginning. */
  private async askTime(): Promise<void> {
    if (this.saysNoTime) return;
    const { status, serverTime } = await this.sender.askTime(this.abort.signal);
    if (serverTime) this.clock.learn(serverTime);
    // A proxy whose server is away does not speak for it.
    else if (status > 0 && status < 500) this.saysNoTime = true;
  }

  /** One try, and a second one at once where the server says what to change. */
  private async send(stored: BatchBody, batch: QueuedBatch): Promise<SendAnswer> {
    const body = this.upToDate(stored, batch, this.correctionOf(batch));
    const first = this.plainOnly ? plain(body) : body;
    const answer = await this.exchange(first);
    if (answer.status === 415 && first.gzipped) {
      const second = await this.exchange(plain(body));
      this.plainOnly = second.status !== 415;
      return second;
    }
    if (answer.code === 'CLOCK_AHEAD' && answer.serverTime) {
      // A batch of an earlier run, whose clock was wrong as this one's is.
      return this.exchange(this.upToDate(stored, batch, this.correctionOf(batch) || this.clock.offsetMs));
    }
    return answer;
  }

  private async exchange(body: BatchBody): Promise<SendAnswer> {
    const answer = await this.sender.send(body.bytes, body.gzipped, this.abort.signal);
    if (answer.serverTime) this.clock.learn(answer.serverTime);
    return answer;
  }

  /** Milliseconds by which a batch was stamped wrongly, as far as is known now; 0 for one of an earlier run. */
  private correctionOf({ timeMs, monotonicMs }: QueuedBatch): number {
    const shiftMs = monotonicMs === undefined ? 0 : this.clock.at(monotonicMs) - timeMs;
    return Math.abs(shiftMs) > SAME_TIME_MS ? shiftMs : 0;
  }

  /** The batch with what was not known when it was written: its right time, and how many older ones wait. */
  private upToDate(body: BatchBody, batch: QueuedBatch, shiftMs: number): BatchBody {
    const backlog = this.queue.olderThan(batch);
    return shiftMs === 0 && backlog === 0 ? body : changed(body, shiftMs, backlog);
  }

  /** Waits until there is something to do, or for this many milliseconds at most. */
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

  /** Waits, whatever is appended meanwhile; only stopping ends it early. */
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

/** The same batch, under its own id, with its times moved and its backlog said. */
function changed(body: BatchBody, shiftMs: number, backlog: number): BatchBody {
  const batch = JSON.parse(Buffer.from(plain(body).bytes).toString('utf8')) as SampleBatch;
  batch.time = new Date(Date.parse(batch.time) + shiftMs).toISOString();
  const shiftSeconds = Math.round(shiftMs / 1000);
  batch.started = batch.started?.map((seconds) => (seconds === null ? null : Math.max(0, seconds + shiftSeconds)));
  if (backlog > 0) batch.backlog = backlog;
  const bytes = Buffer.from(JSON.stringify(batch));
  return body.gzipped ? { bytes: gzipSync(bytes, { level: 1 }), gzipped: true } : { bytes, gzipped: false };
}
