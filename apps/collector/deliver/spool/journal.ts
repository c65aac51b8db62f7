import { DiskTrouble } from './disk-trouble.js';
import { HEADER_BYTES, type NewRecord, RecordKind } from './record.js';
import type { FoundSpool } from './recovery.js';
import { SegmentFiles } from './segment-files.js';
import type { Segment, SegmentDisk, SpoolEntry } from './segment.js';
import type { BatchBody, QueuedBatch, Stamp } from './spool.js';
import { MAX_PAIRS } from './totals.js';
import type { WaitingBatches } from './waiting-batches.js';

/** A batch of this run, before it is written. */
export type BatchHead = Omit<QueuedBatch, 'monotonicMs'> & Stamp;

export interface JournalOptions {
  folder: string;
  maxBytes: number;
  disk: SegmentDisk;
  say: (text: string) => void;
}

const EMPTY = new Uint8Array(0);

/**
 * Writes a spool's records: batches, each with the totals behind it, and what became of them. A volume that takes nothing
 * is an answer, never an exception; it is said once, and the next batch tries a new file.
 */
export class Journal {
  private readonly trouble: DiskTrouble;
  private readonly files: SegmentFiles;

  constructor(
    { folder, maxBytes, disk, say }: JournalOptions,
    private readonly batches: WaitingBatches,
  ) {
    this.trouble = new DiskTrouble(folder, say);
    this.files = new SegmentFiles(folder, maxBytes, disk);
  }

  adopt({ segments, lastNumber }: FoundSpool): void {
    this.files.adopt(segments, lastNumber);
  }

  /** @throws where the volume takes no file */
  begin(): void {
    this.files.begin(this.batches.totals());
    this.files.tidy();
  }

  /** Bytes on disk. */
  get bytes(): number {
    return this.files.bytes;
  }

  /** True while a file takes what is written. */
  get isOpen(): boolean {
    return this.files.isOpen;
  }

  /** True while the volume takes nothing. */
  get isInTrouble(): boolean {
    return this.trouble.isThere;
  }

  /** Writes that the volume refused. */
  get failures(): number {
    return this.trouble.failures;
  }

  /** The oldest file; undefined where it is the one that is written to. */
  get oldestFile(): Segment | undefined {
    const { oldest } = this.files;
    return oldest && !this.files.isActive(oldest) ? oldest : undefined;
  }

  /** Undefined where the volume does not take it. */
  write(head: BatchHead, body: BatchBody): SpoolEntry | undefined {
    try {
      return this.tryToWrite(head, body);
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  /** Resolves when what was written to the file survives a loss of power, as far as the volume can. */
  async sync(segment: Segment): Promise<void> {
    await segment.sync().catch((error: unknown) => this.failed(error));
  }

  /** Says on disk what became of a batch. Where that fails the next totals say it. */
  note(kind: RecordKind, { sequence, samples, timeMs }: SpoolEntry, reason = ''): void {
    // Without a file that is open the disk takes nothing; files may not go before it is said why.
    if (!this.files.isOpen) return;
    const body = reason ? Buffer.from(reason) : EMPTY;
    try {
      this.files.append({ kind, gzipped: false, sequence, samples, timeMs, body });
      this.files.tidy();
    } catch (error) {
      this.failed(error);
    }
  }

  /** Removes files of which nothing waits any more. False where none goes. */
  tidy(): boolean {
    return this.files.tidy();
  }

  /** Writes the totals, as the only trace of batches that go with their file, and removes it. False where the file stays. */
  tidyWithTotals(): boolean {
    try {
      this.files.append(this.batches.totals());
    } catch (error) {
      this.failed(error);
      return false;
    }
    return this.files.tidy();
  }

  failed(error: unknown): void {
    this.files.giveUp();
    this.trouble.failed(error);
  }

  close(): void {
    this.files.close();
  }

  private tryToWrite(head: BatchHead, { bytes, gzipped }: BatchBody): SpoolEntry {
    const { sequence, samples, timeMs } = head;
    const { batches } = this;
    const segment = this.files.forBatch(bytes.byteLength, batches.isEmpty, () => batches.totals());
    const batch: NewRecord = { kind: RecordKind.batch, gzipped, sequence, samples, timeMs, body: bytes };
    const waiting = batches.pairs();
    const offset =
      waiting.length > 2 * MAX_PAIRS ? segment.append(batch) : segment.append(batch, batches.totals(waiting));
    segment.waiting++;
    this.trouble.works();
    return { ...head, segment, offset, length: HEADER_BYTES + bytes.byteLength };
  }
}
