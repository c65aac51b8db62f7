import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BatchBody, Spool, count, emptyLedger, type LossReason, type QueuedBatch } from './spool.js';
import { makeFolder } from './make-folder.js';
import { RecordKind } from './record.js';
import { realDisk, Segment, type SegmentDisk } from './segment.js';
import { findSpool, segmentName, type SpoolEntry, type Totals } from './recovery.js';

export interface SpoolOptions {
  folder: string;
  /** Above so many bytes on disk the oldest batches are dropped. */
  maxBytes: number;
  /** Batches older than so many milliseconds are dropped. */
  maxAgeMs: number;
  /** Where the volume takes nothing, so many bytes are held in memory. */
  maxMemoryBytes: number;
  /** Told of trouble, once until it changes, and of its end. */
  say: (text: string) => void;
  /** Unix milliseconds. */
  now: () => number;
  disk?: SegmentDisk;
}

/** An empty spool is begun anew above this size, so that it stays small. */
const TIDY_ABOVE_BYTES = 256 * 1024;
const MAX_SEGMENT_BYTES = 4 * 1024 * 1024;
/** So many batches that were put aside are kept as files; all are counted. */
const MAX_QUARANTINE_FILES = 100;

/**
 * Batches in append-only files, with check sums, each written through to the disk before it is sent. What became of a
 * batch is a record of its own; a file goes once all batches in it and in those before it are done. A restart reads
 * all of it back, and what is damaged is stepped over and counted. Where the volume is full or read-only the spool
 * goes on in memory, says so, and comes back to the disk by itself.
 */
export class DiskSpool extends Spool {
  ledger = emptyLedger();
  /** Batches that were written but could not be read back, and bytes that belong to no record. */
  damaged = { batches: 0, bytes: 0 };
  /** Writes that the volume refused. */
  failures = 0;
  private entries = new Map<number, SpoolEntry>();
  private segments: Segment[] = [];
  private active: Segment | undefined;
  private readonly memory = new Map<number, BatchBody>();
  private memoryBytes = 0;
  private lastSequence = 0;
  private lastNumber = 0;
  private last: { sequence: number; body: BatchBody } | undefined;
  private trouble: string | undefined;
  private quarantineFiles = 0;
  private readonly disk: SegmentDisk;

  constructor(private readonly options: SpoolOptions) {
    super();
    this.disk = options.disk ?? realDisk;
  }

  /** Takes over what an earlier run has left. Always succeeds; what can't be read is counted and said. */
  open(): void {
    const { folder, say } = this.options;
    try {
      makeFolder(folder);
      const damaged = this.takeOver();
      const active = this.begin();
      for (const entry of damaged) this.note(RecordKind.dropped, entry, 'damaged');
      this.writeTotals(active);
    } catch (error) {
      this.diskFailed(error);
    }
    const { batches, samples } = this.ledger.queued;
    if (batches > 0) say(`${batches} batches with ${samples} samples wait from an earlier run and are sent now`);
  }

  private takeOver(): SpoolEntry[] {
    const { folder, say } = this.options;
    const found = findSpool(folder, this.disk);
    this.ledger = found.ledger;
    this.entries = found.entries;
    this.segments = found.segments;
    this.lastSequence = found.lastSequence;
    this.lastNumber = found.lastNumber;
    this.damaged = { batches: found.damaged.length, bytes: found.skippedBytes };
    const { batches, bytes } = this.damaged;
    if (batches + bytes > 0) {
      say(`The spool ${folder} was damaged: ${batches} batches are lost, ${bytes} bytes were stepped over`);
    }
    if (found.unreadable.length > 0) say(`Files of the spool can't be read: ${found.unreadable.join(', ')}`);
    return found.damaged;
  }

  get oldest(): QueuedBatch | undefined {
    return this.entries.values().next().value;
  }

  get newest(): QueuedBatch | undefined {
    return this.entries.get(this.lastSequence);
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** True while the volume takes nothing. */
  get isInMemory(): boolean {
    return this.trouble !== undefined;
  }

  async append(body: BatchBody, samples: number, timeMs: number): Promise<QueuedBatch> {
    const sequence = ++this.lastSequence;
    const entry = this.write(sequence, body, samples, timeMs) ?? this.hold(sequence, body, samples, timeMs);
    if (entry.segment) {
      entry.segment.waiting++;
      // Nobody may see the batch, and so send it, before it would survive a loss of power.
      await entry.segment.sync().catch((error: unknown) => this.diskFailed(error));
      this.last = { sequence, body };
    }
    this.entries.set(sequence, entry);
    count(this.ledger.sampled, samples);
    count(this.ledger.queued, samples);
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
      this.tidy();
    }
    return Promise.resolve();
  }

  quarantine(batch: QueuedBatch, reason: string): Promise<void> {
    const body = this.bodyFor(batch.sequence);
    const entry = this.remove(batch.sequence);
    if (entry) {
      count(this.ledger.quarantined, entry.samples);
      this.note(RecordKind.quarantined, entry);
      if (body) this.putAside(entry, body, reason);
      this.tidy();
    }
    return Promise.resolve();
  }

  close(): Promise<void> {
    if (this.memory.size > 0) {
      this.options.say(`${this.memory.size} batches that no disk would take are lost with this process`);
    }
    for (const segment of this.segments) segment.close();
    return Promise.resolve();
  }

  private bodyFor(sequence: number): BatchBody | undefined {
    const held = this.memory.get(sequence);
    if (held) return held;
    const entry = this.entries.get(sequence);
    if (!entry?.segment) return undefined;
    if (this.last?.sequence === sequence) return this.last.body;
    const read = entry.segment.read(entry.offset, entry.length);
    if (read) return { bytes: read.body, gzipped: read.gzipped };
    this.damaged.batches++;
    this.drop(entry, 'damaged');
    this.options.say('A batch of the spool could not be read back and is dropped');
    this.tidy();
    return undefined;
  }

  /** Undefined where the volume does not take it. */
  private write(sequence: number, body: BatchBody, samples: number, timeMs: number): SpoolEntry | undefined {
    try {
      const segment = this.segmentToWrite(body.bytes.byteLength);
      const header = { kind: RecordKind.batch, gzipped: body.gzipped, sequence, samples, timeMs };
      const offset = segment.append(header, body.bytes);
      this.diskWorks();
      return { sequence, samples, timeMs, segment, offset, length: segment.bytes - offset };
    } catch (error) {
      this.diskFailed(error);
      return undefined;
    }
  }

  private hold(sequence: number, body: BatchBody, samples: number, timeMs: number): SpoolEntry {
    this.memory.set(sequence, body);
    this.memoryBytes += body.bytes.byteLength;
    return { sequence, samples, timeMs, segment: undefined, offset: 0, length: body.bytes.byteLength };
  }

  private segmentToWrite(bytes: number): Segment {
    const limit = Math.min(MAX_SEGMENT_BYTES, Math.max(bytes, this.options.maxBytes / 8));
    const full = this.active !== undefined && this.active.bytes + bytes > limit;
    const idle = this.entries.size === 0 && this.active !== undefined && this.active.bytes > TIDY_ABOVE_BYTES;
    if (!this.active || full || idle) return this.begin();
    return this.active;
  }

  /** A new file, which begins with what the ledger is now, so that older ones can go. */
  private begin(): Segment {
    const number = ++this.lastNumber;
    const segment = new Segment(number, join(this.options.folder, segmentName(number)), this.disk);
    segment.create();
    try {
      this.writeTotals(segment);
    } catch (error) {
      segment.remove();
      throw error;
    }
    this.segments.push(segment);
    this.active = segment;
    this.tidy();
    return segment;
  }

  private writeTotals(segment: Segment): void {
    const { acknowledged, dropped, quarantined, lost } = this.ledger;
    const totals: Totals = { acknowledged, dropped, quarantined, lost };
    const header = { kind: RecordKind.totals, gzipped: false, sequence: 0, samples: 0, timeMs: this.options.now() };
    segment.append(header, Buffer.from(JSON.stringify(totals)));
  }

  /** Says on disk what became of a batch. Where that fails it is only sent once more, which the server knows. */
  private note(kind: RecordKind, { sequence, samples, timeMs, segment }: SpoolEntry, reason = ''): void {
    if (!segment) return;
    try {
      const header = { kind, gzipped: false, sequence, samples, timeMs };
      (this.active ?? this.begin()).append(header, Buffer.from(reason));
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
    if (this.memory.delete(sequence)) this.memoryBytes -= entry.length;
    if (this.last?.sequence === sequence) this.last = undefined;
    return entry;
  }

  private drop({ sequence }: SpoolEntry, reason: LossReason): void {
    const entry = this.remove(sequence);
    if (!entry) return;
    count(this.ledger.dropped, entry.samples);
    this.ledger.lost[reason] += entry.samples;
    if (reason !== 'size') this.note(RecordKind.dropped, entry, reason);
  }

  private keepBounds(): void {
    const { maxBytes, maxAgeMs, maxMemoryBytes, now } = this.options;
    const oldestAllowed = now() - maxAgeMs;
    for (const entry of this.entries.values()) {
      if (entry.timeMs >= oldestAllowed) break;
      this.drop(entry, 'age');
    }
    for (const sequence of this.memory.keys()) {
      const entry = this.entries.get(sequence);
      if (this.memoryBytes <= maxMemoryBytes || !entry) break;
      this.drop(entry, 'memory');
    }
    this.tidy();
    while (this.bytes > maxBytes && this.segments.length > 1) if (!this.dropOldestSegment()) break;
  }

  /** False where the file stays. */
  private dropOldestSegment(): boolean {
    const oldest = this.segments[0] as Segment;
    for (const entry of this.entries.values()) if (entry.segment === oldest) this.drop(entry, 'size');
    // The batches go with their file, so that the totals are the only trace of them.
    try {
      if (this.active) this.writeTotals(this.active);
    } catch (error) {
      this.diskFailed(error);
    }
    this.tidy();
    return this.segments[0] !== oldest;
  }

  /** Removes files from the front on: a later one may say what became of a batch in an earlier one. */
  private tidy(): void {
    while (this.segments.length > 1) {
      const [oldest] = this.segments;
      if (!oldest || oldest.waiting > 0 || oldest === this.active) return;
      this.segments.shift();
      oldest.remove();
    }
  }

  private putAside({ sequence, timeMs }: SpoolEntry, body: BatchBody, reason: string): void {
    if (++this.quarantineFiles > MAX_QUARANTINE_FILES) return;
    try {
      const folder = join(this.options.folder, 'quarantine');
      makeFolder(folder);
      const name = join(folder, `${new Date(timeMs).toISOString().replace(/\W/g, '')}-${sequence}`);
      writeFileSync(`${name}.json${body.gzipped ? '.gz' : ''}`, body.bytes, { mode: 0o600 });
      writeFileSync(`${name}.reason.txt`, `${reason}\n`, { mode: 0o600 });
    } catch (error) {
      this.diskFailed(error);
    }
  }

  private diskFailed(error: unknown): void {
    this.failures++;
    // A new file is begun at the next try: what is behind a torn record may be stepped over.
    this.active = undefined;
    const text = `The spool ${this.options.folder} can't be written (${codeOf(error)}); samples are held in memory`;
    if (text !== this.trouble) this.options.say(text);
    this.trouble = text;
  }

  private diskWorks(): void {
    if (this.trouble === undefined) return;
    this.trouble = undefined;
    this.options.say(`The spool ${this.options.folder} can be written again`);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
