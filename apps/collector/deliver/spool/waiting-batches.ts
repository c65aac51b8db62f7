import type { NewRecord } from './record.js';
import type { ReplayedLedger } from './ledger-replay.js';
import type { SpoolEntry } from './segment.js';
import { count, emptyLedger, type QueuedBatch } from './spool.js';
import { pairsOf, totalsRecord } from './totals.js';

/** The batches that wait, oldest first, and the ledger of all that ever came. */
export class WaitingBatches {
  ledger = emptyLedger();
  private entries = new Map<number, SpoolEntry>();
  private lastSequence = 0;
  /** Sequence of the batch that is on its way to the disk, which nobody may see yet. */
  private appending: number | undefined;

  /** Takes over what an earlier run has left. */
  adopt({ ledger, entries, lastSequence }: ReplayedLedger): void {
    this.ledger = ledger;
    this.entries = entries;
    this.lastSequence = lastSequence;
  }

  get isEmpty(): boolean {
    return this.entries.size === 0;
  }

  get oldest(): SpoolEntry | undefined {
    return this.entries.values().next().value;
  }

  get newest(): SpoolEntry | undefined {
    return this.entries.get(this.lastSequence);
  }

  olderThan({ sequence }: QueuedBatch): number {
    let older = 0;
    for (const other of this.entries.keys()) {
      if (other >= sequence) break;
      older++;
    }
    return older;
  }

  get(sequence: number): SpoolEntry | undefined {
    return this.entries.get(sequence);
  }

  all(): Iterable<SpoolEntry> {
    return this.entries.values();
  }

  /** Counts a new batch and returns its sequence; it waits from now on, but is seen only when it is added. */
  begin(samples: number): number {
    count(this.ledger.sampled, samples);
    count(this.ledger.queued, samples);
    this.appending = ++this.lastSequence;
    return this.appending;
  }

  add(entry: SpoolEntry): void {
    this.appending = undefined;
    this.entries.set(entry.sequence, entry);
  }

  /** Takes a batch out of the queue; where it goes is counted by the caller. */
  remove(sequence: number): SpoolEntry | undefined {
    const entry = this.entries.get(sequence);
    if (!entry) return undefined;
    this.entries.delete(sequence);
    count(this.ledger.queued, entry.samples, -1);
    if (entry.segment) entry.segment.waiting--;
    return entry;
  }

  /** What waits, as totals write it. */
  pairs(): number[] {
    return pairsOf(this.appending === undefined ? this.entries.keys() : [...this.entries.keys(), this.appending]);
  }

  totals(waiting = this.pairs()): NewRecord {
    const { queued: _, ...ledger } = this.ledger;
    return totalsRecord({ ...ledger, lastSequence: this.lastSequence, waiting });
  }
}
