import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { CodedError, type SampleBatch } from '#domain';
import { Subject } from 'rxjs';

/** How long accepted batches can be followed by cursor. */
const KEEP_MS = 10 * 60_000;
/** Most bytes of JSON that are kept for followers; the oldest are dropped first, and their readers catch up. */
const KEEP_BYTES = 256 * 1024 * 1024;
/** Most bytes and batches of one answer. */
const PAGE_BYTES = 8 * 1024 * 1024;
const PAGE_BATCHES = 2000;
const MAX_WAITING = 200;
/** Time for the last answers to leave when the server stops. */
const ANSWER_MS = 100;

interface Entry {
  json: string;
  atMs: number;
}

export interface FeedPage {
  cursor: string;
  /** JSON of each batch. */
  batches: string[];
}

/** What was accepted of late, in order of acceptance, for readers that follow by cursor: boot id and sequence. */
@Injectable()
export class SampleFeed implements BeforeApplicationShutdown {
  forecastVersion = 0;
  /** Told of every batch as it is accepted, for the live stream. */
  readonly arrivals = new Subject<{ host: string; time: string; programs: number }>();
  private readonly boot = randomBytes(6).toString('hex');
  private entries: Entry[] = [];
  /** Sequence of the first entry; entry i has sequence `first + i`. */
  private first = 0;
  private bytes = 0;
  private readonly waiting = new Set<() => void>();
  private closed = false;

  get newest(): string {
    return this.cursor(this.first + this.entries.length);
  }

  append(batches: SampleBatch[]): void {
    const atMs = performance.now();
    for (const batch of batches) {
      const json = JSON.stringify(batch);
      this.bytes += json.length;
      this.entries.push({ json, atMs });
      this.arrivals.next({ host: batch.host, time: batch.time, programs: batch.names.length });
    }
    this.trim(atMs);
    this.wake();
  }

  forecastsChanged(): void {
    this.forecastVersion++;
    this.wake();
  }

  /**
   * What was accepted after the cursor, perhaps nothing yet.
   *
   * @throws CodedError `CURSOR_GONE` where the cursor is of another run of the server or too old
   */
  after(cursor: string): FeedPage {
    const sequence = this.parse(cursor);
    const batches: string[] = [];
    let bytes = 0;
    let index = sequence - this.first;
    while (index < this.entries.length && bytes < PAGE_BYTES && batches.length < PAGE_BATCHES) {
      const { json } = this.entries[index] as Entry;
      batches.push(json);
      bytes += json.length;
      index++;
    }
    return { cursor: this.cursor(this.first + index), batches };
  }

  /** Resolves at the next news, after `ms`, or when the reader goes away. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.waiting.size >= MAX_WAITING) {
      throw new CodedError('TOO_MANY_REQUESTS', `${MAX_WAITING} readers are waiting for samples already.`);
    }
    if (this.closed || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done, { once: true });
      this.waiting.add(done);
    });
  }

  /** Readers that wait get their answer before the connections are closed, and streams end. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closed = true;
    this.arrivals.complete();
    this.wake();
    await delay(ANSWER_MS);
  }

  private wake(): void {
    for (const done of this.waiting) done();
  }

  private cursor(sequence: number): string {
    return `${this.boot}.${sequence}`;
  }

  private parse(cursor: string): number {
    const [boot, digits] = cursor.split('.');
    const sequence = Number(digits);
    const known = boot === this.boot && sequence >= this.first && sequence <= this.first + this.entries.length;
    if (known) return sequence;
    throw new CodedError('CURSOR_GONE', `The cursor "${cursor.slice(0, 40)}" is unknown or too old.`, {
      newest: this.newest,
    });
  }

  private trim(nowMs: number): void {
    let drop = 0;
    while (drop < this.entries.length) {
      const { atMs, json } = this.entries[drop] as Entry;
      if (nowMs - atMs <= KEEP_MS && this.bytes <= KEEP_BYTES) break;
      this.bytes -= json.length;
      drop++;
    }
    if (drop === 0) return;
    this.entries.splice(0, drop);
    this.first += drop;
  }
}
