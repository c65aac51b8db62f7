import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { HEADER_BYTES, RecordKind, type RecordHeader, scan, type ScannedRecord } from './record.js';
import { Segment, type SegmentDisk } from './segment.js';
import { count, emptyLedger, isLossReason, type QueuedBatch, type SpoolLedger, type Tally } from './spool.js';
import { MIN_TOTALS_BYTES, readTotals, sequencesOf } from './totals.js';

/** A batch of the spool, and where it lies. */
export interface SpoolEntry extends QueuedBatch {
  /** Undefined where it is held in memory, because the volume did not take it. */
  readonly segment: Segment | undefined;
  readonly offset: number;
  /** Header and body, in bytes. */
  readonly length: number;
}

export interface FoundSpool {
  segments: Segment[];
  /** Batches that wait, by sequence, oldest first. */
  entries: Map<number, SpoolEntry>;
  ledger: SpoolLedger;
  lastSequence: number;
  lastNumber: number;
  /** Batches that waited and can't be read back any more. */
  damagedBatches: number;
  skippedBytes: number;
  /** Files that could not be read at all. */
  unreadable: string[];
}

const SEGMENT_NAME = /^(\d{8,15})\.spool$/;

export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.spool`;
}

/** Reads what an earlier run has left in the folder. Never throws for what is in the files. */
export function findSpool(folder: string, disk: SegmentDisk): FoundSpool {
  const recovery = new Recovery(disk);
  for (const { name, number } of segmentFiles(folder)) recovery.take(join(folder, name), number);
  space = Buffer.alloc(0);
  return recovery.finish();
}

/** Follows the records of all files in order: the last totals say all, and what stands behind them is added. */
class Recovery {
  private readonly ledger = emptyLedger();
  private readonly segments: Segment[] = [];
  private readonly unreadable: string[] = [];
  /** Every batch that was found, whatever became of it; its body may be damaged. */
  private readonly batches = new Map<number, { entry: SpoolEntry; whole: boolean }>();
  private waiting = new Set<number>();
  private lastSequence = 0;
  private lastNumber = 0;
  private skippedBytes = 0;
  /** Longest stretch behind the last totals in which records may be hidden, in bytes. */
  private hidden = 0;
  /** Bytes that a batch with its totals has at least; less where totals are known to be damaged. */
  private smallest = HEADER_BYTES + MIN_TOTALS_BYTES;

  constructor(private readonly disk: SegmentDisk) {}

  take(path: string, number: number): void {
    this.lastNumber = number;
    let bytes: Buffer;
    try {
      bytes = readWhole(path);
    } catch {
      this.unreadable.push(path);
      return;
    }
    const segment = new Segment(number, path, this.disk, bytes.length);
    this.segments.push(segment);
    const { records, skippedBytes, gaps } = scan(bytes);
    this.skippedBytes += skippedBytes;
    // Every file begins with totals, which may be all that is left of files before it.
    if (isDamagedAtBegin(bytes, records[0])) this.hidden = Number.POSITIVE_INFINITY;
    let totalsAt = -1;
    for (const record of records) if (this.follow(record, segment)) totalsAt = record.offset;
    for (const gap of gaps) if (gap.offset > totalsAt) this.hidden = Math.max(this.hidden, gap.bytes);
  }

  /** True where the record holds totals. */
  private follow({ header, offset, body }: ScannedRecord, segment: Segment): boolean {
    if (header.kind === RecordKind.totals) {
      if (body !== undefined) return this.takeTotals(body);
      this.smallest = HEADER_BYTES;
      return false;
    }
    if (header.kind === RecordKind.batch) this.takeBatch(header, offset, body !== undefined, segment);
    else this.settle(header, body?.toString('latin1') ?? '');
    return false;
  }

  private takeBatch(header: RecordHeader, offset: number, whole: boolean, segment: Segment): void {
    const { sequence, samples, timeMs, bodyBytes } = header;
    if (this.batches.has(sequence)) return;
    const length = HEADER_BYTES + bodyBytes;
    this.batches.set(sequence, {
      entry: { sequence, samples, timeMs, monotonicMs: undefined, segment, offset, length },
      whole,
    });
    this.isNew(header);
  }

  /** Counts a batch that the last totals don't know. */
  private isNew({ sequence, samples }: RecordHeader): void {
    if (sequence <= this.lastSequence) return;
    this.lastSequence = sequence;
    this.waiting.add(sequence);
    count(this.ledger.sampled, samples);
  }

  private settle(header: RecordHeader, reason: string): void {
    const { kind, sequence, samples } = header;
    this.isNew(header);
    // What the totals know already is not counted again.
    if (!this.waiting.delete(sequence)) return;
    const { ledger } = this;
    if (kind === RecordKind.acknowledged) count(ledger.acknowledged, samples);
    if (kind === RecordKind.quarantined) count(ledger.quarantined, samples);
    if (kind === RecordKind.dropped) {
      count(ledger.dropped, samples);
      ledger.lost[isLossReason(reason) ? reason : 'damaged'] += samples;
    }
  }

  private takeTotals(body: Buffer): boolean {
    const totals = readTotals(body);
    if (!totals) return false;
    const { ledger } = this;
    const { acknowledged, dropped, quarantined } = totals;
    Object.assign(ledger, { acknowledged, dropped, quarantined, lost: { ...ledger.lost, ...totals.lost } });
    if ('waiting' in totals) {
      ledger.sampled = totals.sampled;
      ledger.exact = totals.exact;
      this.waiting = sequencesOf(totals.waiting);
      this.lastSequence = totals.lastSequence;
    } else {
      const waiting = [...this.batches.values()].filter(({ entry }) => this.waiting.has(entry.sequence));
      ledger.sampled = sumOf([acknowledged, dropped, quarantined, tallyOf(waiting.map(({ entry }) => entry))]);
    }
    this.hidden = 0;
    this.smallest = HEADER_BYTES + MIN_TOTALS_BYTES;
    return true;
  }

  finish(): FoundSpool {
    const { ledger, segments, lastSequence, lastNumber, skippedBytes, unreadable } = this;
    const entries = new Map<number, SpoolEntry>();
    for (const { entry, whole } of this.batches.values()) {
      if (!whole || !this.waiting.has(entry.sequence)) continue;
      entries.set(entry.sequence, entry);
      if (entry.segment) entry.segment.waiting++;
    }
    const damagedBatches = this.balance(tallyOf([...entries.values()]));
    // Less can't hide a batch: totals stand behind each, so that both must be damaged.
    if (this.hidden >= this.smallest || unreadable.length > 0) ledger.exact = false;
    return { segments, entries, ledger, lastSequence, lastNumber, damagedBatches, skippedBytes, unreadable };
  }

  /** Counts what waited and is gone as dropped. Returns how many batches were lost to damage. */
  private balance(queued: Tally): number {
    const { ledger, skippedBytes, waiting } = this;
    const { sampled, acknowledged, dropped, quarantined } = ledger;
    const lost = {
      samples: sampled.samples - sumOf([acknowledged, dropped, quarantined, queued]).samples,
      batches: waiting.size - queued.batches,
    };
    ledger.queued = queued;
    // Without any damage they were held in memory and ended with the process.
    const reason = skippedBytes + this.unreadable.length > 0 || this.hasDamagedBody() ? 'damaged' : 'memory';
    if (lost.samples < 0) ledger.exact = false;
    lost.samples = Math.max(0, lost.samples);
    ledger.dropped = sumOf([dropped, lost]);
    ledger.lost[reason] += lost.samples;
    ledger.sampled = sumOf([ledger.acknowledged, ledger.dropped, ledger.quarantined, queued]);
    return reason === 'damaged' ? lost.batches : 0;
  }

  private hasDamagedBody(): boolean {
    return [...this.batches.values()].some(({ entry, whole }) => !whole && this.waiting.has(entry.sequence));
  }
}

/** False where the writing of the first record was cut short, as by a crash: then nothing was told by it yet. */
function isDamagedAtBegin(bytes: Buffer, first: ScannedRecord | undefined): boolean {
  if (bytes.length < HEADER_BYTES || (first?.offset === 0 && first.body !== undefined)) return false;
  return first?.offset !== 0 || HEADER_BYTES + first.header.bodyBytes <= bytes.length;
}

function segmentFiles(folder: string) {
  return readdirSync(folder)
    .flatMap((name) => {
      const match = SEGMENT_NAME.exec(name);
      return match ? [{ name, number: Number(match[1]) }] : [];
    })
    .toSorted((a, b) => a.number - b.number);
}

let space = Buffer.alloc(0);

/** A file's bytes, in memory that the next call uses again: a full spool is read file by file without growing. */
function readWhole(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (space.length < size) space = Buffer.allocUnsafeSlow(size);
    let length = 0;
    for (let read = -1; read !== 0 && length < size; length += read) {
      read = readSync(descriptor, space, length, size - length, length);
    }
    return space.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

function tallyOf(entries: readonly SpoolEntry[]): Tally {
  return { samples: entries.reduce((sum, { samples }) => sum + samples, 0), batches: entries.length };
}

function sumOf(parts: readonly Tally[]): Tally {
  return {
    samples: parts.reduce((sum, { samples }) => sum + samples, 0),
    batches: parts.reduce((sum, { batches }) => sum + batches, 0),
  };
}
