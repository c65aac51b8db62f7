import { join } from 'node:path';
import { type SpoolClock, tooOld } from './age.js';
import { DiskTrouble } from './disk-trouble.js';
import { HeldBatches } from './held-batches.js';
import { Losses, type SpoolBounds } from './losses.js';
import { makeFolder } from './make-folder.js';
import { Quarantine } from './quarantine.js';
import { HEADER_BYTES, type NewRecord, RecordKind } from './record.js';
import { findSpool } from './recovery.js';
import { SegmentFiles } from './segment-files.js';
import { realDisk, type SegmentDisk, type SpoolEntry } from './segment.js';
import { type BatchBody, count, emptyLedger, type LossReason, type QueuedBatch, Spool, type Stamp } from './spool.js';
import { MAX_PAIRS, pairsOf, totalsRecord } from './totals.js';

export interface SpoolOptions extends SpoolBounds {
  folder: string;
  /** Told of trouble, once until it changes, and of its end. */
  say: (text: string) => void;
  clock: SpoolClock;
  disk?: SegmentDisk;
}

const EMPTY = new Uint8Array(0);

/**
 * Batches in append-only files, with check sums, each written through to the disk before it is sent. What became of a
 * batch is a record of its own, and the totals stand behind every batch; a file goes once all batches in it and in those
 * before it are done. A restart reads all of it back, and what is damaged is skipped and counted. Where the volume
 * is full or read-only the spool goes on in memory, says so, and comes back to the disk by itself.
 */
export class DiskSpool extends Spool {
  ledger = emptyLedger();
  /** Batches that were written but could not be read back, and bytes that belong to no record. */
  damaged = { batches: 0, bytes: 0 };
  private entries = new Map<number, SpoolEntry>();
  /** Sequence of the batch that is on its way to the disk, which nobody may see yet. */
  private appending: number | undefined;
  private lastSequence = 0;
  private last: { sequence: number; body: BatchBody } | undefined;
  private readonly trouble: DiskTrouble;
  private readonly losses: Losses;
  private readonly files: SegmentFiles;
  private readonly held: HeldBatches;
  private readonly aside: Quarantine;

  constructor(private readonly options: SpoolOptions) {
    super();
    const { folder, maxBytes, maxMemoryBytes, say, disk = realDisk } = options;
    this.trouble = new DiskTrouble(folder, say);
    this.losses = new Losses(options, say);
    this.files = new SegmentFiles(folder, maxBytes, disk);
    this.held = new HeldBatches(maxMemoryBytes);
    this.aside = new Quarantine(join(folder, 'quarantine'));
  }

  /** Takes over what an earlier run has left. Always succeeds; what can't be read is counted and said. */
  open(): void {
    const { folder, say } = this.options;
    try {
      makeFolder(folder);
      this.takeOver();
      this.files.begin(this.totals());
      this.files.tidy();
    } catch (error) {
      this.diskFailed(error);
    }
    const { batches, samples } = this.ledger.queued;
    if (batches > 0) say(`${batches} batches with ${samples} samples wait from an earlier run and are sent now`);
  }

  private takeOver(): void {
    const { folder, say, disk = realDisk } = this.options;
    const found = findSpool(folder, disk);
    this.ledger = found.ledger;
    this.entries = found.entries;
    this.files.adopt(found.segments, found.lastNumber);
    this.lastSequence = found.lastSequence;
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

  get oldest(): QueuedBatch | undefined {
    return this.entries.values().next().value;
  }

  get newest(): QueuedBatch | undefined {
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

  /** Bytes on disk. */
  get bytes(): number {
    return this.files.bytes;
  }

  /** True while the volume takes nothing. */
  get isInMemory(): boolean {
    return this.trouble.isThere;
  }

  /** Writes that the volume refused. */
  get failures(): number {
    return this.trouble.failures;
  }

  async append(body: BatchBody, samples: number, stamp: Stamp): Promise<QueuedBatch> {
    const sequence = ++this.lastSequence;
    count(this.ledger.sampled, samples);
    count(this.ledger.queued, samples);
    this.appending = sequence;
    const head = { sequence, samples, ...stamp };
    const entry = this.write(head, body) ?? this.hold(head, body);
    if (entry.segment) {
      // Nobody may see the batch, and so send it, before it would survive a loss of power.
      await entry.segment.sync().catch((error: unknown) => this.diskFailed(error));
      this.last = { sequence, body };
    }
    this.appending = undefined;
    this.entries.set(sequence, entry);
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
      this.note(RecordKind.acknowledged, entry);
    }
    return Promise.resolve();
  }

  quarantine(batch: QueuedBatch, reason: string): Promise<void> {
    const body = this.bodyFor(batch.sequence);
    const entry = this.remove(batch.sequence);
    if (entry) {
      count(this.ledger.quarantined, entry.samples);
      this.note(RecordKind.quarantined, entry);
      try {
        if (body) this.aside.keep(entry, body, reason);
      } catch (error) {
        this.diskFailed(error);
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
    this.files.close();
    return Promise.resolve();
  }

  private bodyFor(sequence: number): BatchBody | undefined {
    const entry = this.entries.get(sequence);
    if (!entry?.segment) return this.held.get(sequence);
    if (this.last?.sequence === sequence) return this.last.body;
    const read = entry.segment.read(entry.offset, entry.length);
    if (read) return { bytes: read.body, gzipped: read.gzipped };
    this.damaged.batches++;
    this.drop(sequence, 'damaged');
    return undefined;
  }

  /** Undefined where the volume does not take it. */
  private write(head: Head, body: BatchBody): SpoolEntry | undefined {
    try {
      return this.tryToWrite(head, body);
    } catch (error) {
      this.diskFailed(error);
      return undefined;
    }
  }

  private tryToWrite(head: Head, { bytes, gzipped }: BatchBody): SpoolEntry {
    const { sequence, samples, timeMs } = head;
    const segment = this.files.forBatch(bytes.byteLength, this.entries.size === 0, () => this.totals());
    const batch: NewRecord = { kind: RecordKind.batch, gzipped, sequence, samples, timeMs, body: bytes };
    const waiting = this.waiting();
    const offset = waiting.length > 2 * MAX_PAIRS ? segment.append(batch) : segment.append(batch, this.totals(waiting));
    segment.waiting++;
    this.trouble.works();
    return { ...head, segment, offset, length: HEADER_BYTES + bytes.byteLength };
  }

  private hold(head: Head, body: BatchBody): SpoolEntry {
    this.held.add(head.sequence, body);
    return { ...head, segment: undefined, offset: 0, length: body.bytes.byteLength };
  }

  private waiting(): number[] {
    return pairsOf(this.appending === undefined ? this.entries.keys() : [...this.entries.keys(), this.appending]);
  }

  private totals(waiting = this.waiting()): NewRecord {
    const { queued: _, ...ledger } = this.ledger;
    return totalsRecord({ ...ledger, lastSequence: this.lastSequence, waiting });
  }

  /** Says on disk what became of a batch. Where that fails the next totals say it. */
  private note(kind: RecordKind, { sequence, samples, timeMs }: SpoolEntry, reason = ''): void {
    // Without a file that is open the disk takes nothing; files may not go before it is said why.
    if (!this.files.isOpen) return;
    try {
      this.files.append({
        kind,
        gzipped: false,
        sequence,
        samples,
        timeMs,
        body: reason ? Buffer.from(reason) : EMPTY,
      });
      this.files.tidy();
    } catch (error) {
      this.diskFailed(error);
    }
  }

  private remove(sequence: number): SpoolEntry | undefined {
    const entry = this.entries.get(sequence);
    if (!entry) return undefined;
    this.entries.delete(sequence);
    count(this.ledger.queued, entry.samples, -1);
    if (entry.segment) entry.segment.waiting--;
    this.held.delete(sequence);
    if (this.last?.sequence === sequence) this.last = undefined;
    if (this.entries.size === 0) this.losses.nothingWaits();
    return entry;
  }

  private drop(sequence: number, reason: LossReason): void {
    const entry = this.remove(sequence);
    if (!entry) return;
    count(this.ledger.dropped, entry.samples);
    this.ledger.lost[reason] += entry.samples;
    this.losses.tell(reason);
    // A file that is too much goes with its batches, so that totals are the only trace of them.
    if (reason !== 'size') this.note(RecordKind.dropped, entry, reason);
  }

  private keepBounds(): void {
    const { maxAgeMs, maxBytes, clock } = this.options;
    for (const sequence of tooOld(this.entries.values(), maxAgeMs, clock)) this.drop(sequence, 'age');
    for (let oldest = this.held.surplus; oldest !== undefined; oldest = this.held.surplus) this.drop(oldest, 'memory');
    if (!this.files.isOpen) return;
    this.files.tidy();
    while (this.files.bytes > maxBytes) if (!this.dropOldestFile()) break;
  }

  /** False where the file stays. */
  private dropOldestFile(): boolean {
    const { oldest } = this.files;
    if (!oldest || this.files.isActive(oldest)) return false;
    for (const { sequence, segment } of this.entries.values()) if (segment === oldest) this.drop(sequence, 'size');
    try {
      this.files.append(this.totals());
    } catch (error) {
      this.diskFailed(error);
      return false;
    }
    return this.files.tidy();
  }

  private diskFailed(error: unknown): void {
    this.files.giveUp();
    this.trouble.failed(error);
  }
}

/** A batch of this run, before it is written. */
type Head = Omit<QueuedBatch, 'monotonicMs'> & Stamp;
