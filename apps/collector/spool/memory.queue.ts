import { type BatchBody, BatchQueue, count, emptyLedger, type QueuedBatch } from './batch-queue.js';

interface Held extends QueuedBatch {
  body: BatchBody;
}

/** A queue in memory, bounded by the bytes of its bodies. */
export class MemoryQueue extends BatchQueue {
  readonly ledger = emptyLedger();
  private readonly held = new Map<number, Held>();
  private sequence = 0;
  private bytes = 0;

  constructor(private readonly maxBytes: number) {
    super();
  }

  get oldest(): QueuedBatch | undefined {
    return this.held.values().next().value;
  }

  get newest(): QueuedBatch | undefined {
    return this.held.get(this.sequence);
  }

  append(body: BatchBody, samples: number, timeMs: number): Promise<QueuedBatch> {
    const batch = { sequence: ++this.sequence, samples, timeMs, body };
    this.held.set(batch.sequence, batch);
    this.bytes += body.bytes.byteLength;
    count(this.ledger.sampled, samples);
    count(this.ledger.queued, samples);
    while (this.bytes > this.maxBytes && this.held.size > 1) {
      const first = this.oldest as Held;
      this.remove(first);
      count(this.ledger.dropped, first.samples);
      this.ledger.lost.memory += first.samples;
    }
    return Promise.resolve(batch);
  }

  read(batch: QueuedBatch): Promise<BatchBody | undefined> {
    return Promise.resolve(this.held.get(batch.sequence)?.body);
  }

  acknowledge(batch: QueuedBatch): Promise<void> {
    if (this.remove(batch)) count(this.ledger.acknowledged, batch.samples);
    return Promise.resolve();
  }

  quarantine(batch: QueuedBatch, _reason: string): Promise<void> {
    if (this.remove(batch)) count(this.ledger.quarantined, batch.samples);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** False where it is there no more, as when the server acknowledges what was dropped meanwhile. */
  private remove(batch: QueuedBatch): boolean {
    const held = this.held.get(batch.sequence);
    if (!held) return false;
    this.held.delete(batch.sequence);
    this.bytes -= held.body.bytes.byteLength;
    count(this.ledger.queued, held.samples, -1);
    return true;
  }
}
