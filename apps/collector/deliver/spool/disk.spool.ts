import { join } from 'node:path';
import { type SpoolClock, tooOld } from './age.js';
import { HeldBatches } from './held-batches.js';
import { Journal } from './journal.js';
import { Losses, type SpoolBounds } from './losses.js';
import { makeFolder } from '#runtime/make-folder';
import { Quarantine } from './quarantine.js';
import { RecordKind } from './record.js';
import { findSpool } from './recovery.js';
import { realDisk, type SegmentDisk, type SpoolEntry } from './segment.js';
import {
  type BatchBody,
  count,
  type LossReason,
  type QueuedBatch,
  Spool,
  type SpoolLedger,
  type Stamp,
} from './spool.js';
import { WaitingBatches } from './waiting-batches.js';

export interface SpoolOptions extends SpoolBounds {
  folder: string;
  /** Told of trouble, once until it changes, and of its end. */
  say: (text: string) => void;
  clock: SpoolClock;
  disk?: SegmentDisk;
}

/**
 * Batches in append-only files, with check sums, each written through to the disk before it is sent. What became of a
 * batch is a record of its own, and the totals stand behind every batch; a file goes once all batches in it and in those
 * before it are done. A restart reads all of it back, and what is damaged is skipped and counted. Where the volume
 * is full or read-only the spool goes on in memory, says so, and comes back to the disk by itself.
 */
export class DiskSpool extends Spool {
  /** Batches that were written but could not be read back, and bytes that belong to no record. */
  damaged = { batches: 0, bytes: 0 };
  private last: { sequence: number; body: BatchBody } | undefined;
  private readonly disk: SegmentDisk;
  private readonly batches = new WaitingBatches();
  private readonly journal: Journal;
  private readonly losses: Losses;
  private readonly held: HeldBatches;
  private readonly aside: Quarantine;

  constructor(private readonly options: SpoolOptions) {
    super();
    const { folder, maxBytes, maxMemoryBytes, say, disk = realDisk } = options;
    this.disk = disk;
    this.journal = new Journal({ folder, maxBytes, disk, say }, this.batches);
    this.losses = new Losses(options, say);
    this.held = new HeldBatches(maxMemoryBytes);
    this.aside = new Quarantine(join(folder, 'quarantine'));
  }

  /** Takes over what an earlier run has left. Always succeeds; what can't be read is counted and said. */
  open(): void {
    const { folder, say } = this.options;
    try {
      makeFolder(folder);
      this.takeOver();
      this.journal.begin();
    } catch (error) {
      this.journal.failed(error);
    }
    const { batches, samples } = this.ledger.queued;
    if (batches > 0) say(`${batches} batches with ${samples} samples wait from an earlier run and are sent now`);
  }

  private takeOver(): void {
    const { folder, say } = this.options;
    const found = findSpool(folder, this.disk);
    this.batches.adopt(found);
    this.journal.adopt(found);
    this.damaged = { batches: found.damagedBatches, bytes: found.skippedBytes };
    const { batches, bytes } = this.damaged;
    if (batches + bytes > 0) {
      say(
        `The spool ${folder} was damaged: ${batches} batches are lost, ${bytes} bytes were skipped` +
          (this.ledger.exact ? '' : '; more may have been in them, so that its ledger is not exact any more'),
      );
    }
    if (found.unreadable.length > 0) say(`Files of the spool can't be read: ${found.unreadable.join(', ')}`);
  }

  get ledger(): SpoolLedger {
    return this.batches.ledger;
  }

  get oldest(): QueuedBatch | undefined {
    return this.batches.oldest;
  }

  get newest(): QueuedBatch | undefined {
    return this.batches.newest;
  }

  olderThan(batch: QueuedBatch): number {
    return this.batches.olderThan(batch);
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.journal.bytes;
  }

  /** True while the volume takes nothing. */
  get isInMemory(): boolean {
    return this.journal.isInTrouble;
  }

  /** Writes that the volume refused. */
  get failures(): number {
    return this.journal.failures;
  }

  async append(body: BatchBody, samples: number, stamp: Stamp): Promise<QueuedBatch> {
    const sequence = this.batches.begin(samples);
    const head = { sequence, samples, ...stamp };
    let entry = this.journal.write(head, body);
    if (entry?.segment) {
      // Nobody may see the batch, and so send it, before it would survive a loss of power.
      await this.journal.sync(entry.segment);
      this.last = { sequence, body };
    } else {
      this.held.add(sequence, body);
      entry = { ...head, segment: undefined, offset: 0, length: body.bytes.byteLength };
    }
    this.batches.add(entry);
    this.keepBounds();
    return entry;
  }

  read(batch: QueuedBatch): Promise<BatchBody | undefined> {
    return Promise.resolve(this.bodyFor(batch.sequence));
  }

  acknowledge(batch: QueuedBatch): Promise<void> {
    const entry = this.remove(batch.sequence);
    if (entry) {
      count(this.ledger.acknowledged, entry.samples);
      this.journal.note(RecordKind.acknowledged, entry);
    }
    return Promise.resolve();
  }

  quarantine(batch: QueuedBatch, reason: string): Promise<void> {
    const body = this.bodyFor(batch.sequence);
    const entry = this.remove(batch.sequence);
    if (entry) {
      count(this.ledger.quarantined, entry.samples);
      this.journal.note(RecordKind.quarantined, entry);
      try {
        if (body) this.aside.keep(entry, body, reason);
      } catch (error) {
        this.journal.failed(error);
      }
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    const { held } = this;
    if (held.size > 0) {
      this.options.say(`${held.size} batches that no disk would take are lost with this process`);
      for (const sequence of held.sequences()) this.drop(sequence, 'memory');
    }
    this.journal.close();
    return Promise.resolve();
  }

  private bodyFor(sequence: number): BatchBody | undefined {
    const entry = this.batches.get(sequence);
    if (!entry?.segment) return this.held.get(sequence);
    if (this.last?.sequence === sequence) return this.last.body;
    const read = entry.segment.read(entry.offset, entry.length);
    if (read) return { bytes: read.body, gzipped: read.gzipped };
    this.damaged.batches++;
    this.drop(sequence, 'damaged');
    return undefined;
  }

  private remove(sequence: number): SpoolEntry | undefined {
    const entry = this.batches.remove(sequence);
    if (!entry) return undefined;
    this.held.delete(sequence);
    if (this.last?.sequence === sequence) this.last = undefined;
    if (this.batches.isEmpty) this.losses.nothingWaits();
    return entry;
  }

  private drop(sequence: number, reason: LossReason): void {
    const entry = this.remove(sequence);
    if (!entry) return;
    count(this.ledger.dropped, entry.samples);
    this.ledger.lost[reason] += entry.samples;
    this.losses.tell(reason);
    // A file that is too much goes with its batches, so that totals are the only trace of them.
    if (reason !== 'size') this.journal.note(RecordKind.dropped, entry, reason);
  }

  private keepBounds(): void {
    const { maxAgeMs, maxBytes, clock } = this.options;
    for (const sequence of tooOld(this.batches.all(), maxAgeMs, clock)) this.drop(sequence, 'age');
    for (let oldest = this.held.surplus; oldest !== undefined; oldest = this.held.surplus) this.drop(oldest, 'memory');
    if (!this.journal.isOpen) return;
    this.journal.tidy();
    while (this.journal.bytes > maxBytes) if (!this.dropOldestFile()) break;
  }

  /** False where the file stays. */
  private dropOldestFile(): boolean {
    const file = this.journal.oldestFile;
    if (!file) return false;
    for (const { sequence, segment } of this.batches.all()) if (segment === file) this.drop(sequence, 'size');
    return this.journal.tidyWithTotals();
  }
}
