import { LedgerReplay, type ReplayedLedger } from './ledger-replay.js';
import { HEADER_BYTES, RecordKind, scan, type ScannedRecord } from './record.js';
import { listSegments, type SegmentFile, SegmentReader } from './segment-folder.js';
import { Segment, type SegmentDisk } from './segment.js';
import { MIN_TOTALS_BYTES } from './totals.js';

export interface FoundSpool extends ReplayedLedger {
  segments: Segment[];
  lastNumber: number;
  skippedBytes: number;
  /** Files that could not be read at all. */
  unreadable: string[];
}

/** Reads what an earlier run has left in the folder. Never throws for what is in the files. */
export function findSpool(folder: string, disk: SegmentDisk): FoundSpool {
  const recovery = new Recovery(disk);
  for (const file of listSegments(folder)) recovery.take(file);
  return recovery.finish();
}

/** Follows the records of all files in order, and judges whether damage may have hidden some. */
class Recovery {
  private readonly replay = new LedgerReplay();
  private readonly reader = new SegmentReader();
  private readonly segments: Segment[] = [];
  private readonly unreadable: string[] = [];
  private lastNumber = 0;
  private skippedBytes = 0;
  /** Longest stretch behind the last totals in which records may be hidden, in bytes. */
  private hidden = 0;
  /** Bytes that a batch with its totals has at least; less where totals are known to be damaged. */
  private smallest = HEADER_BYTES + MIN_TOTALS_BYTES;

  constructor(private readonly disk: SegmentDisk) {}

  take({ number, path }: SegmentFile): void {
    this.lastNumber = number;
    let bytes: Buffer;
    try {
      bytes = this.reader.read(path);
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
    const { kind, sequence, samples, timeMs, bodyBytes } = header;
    if (kind === RecordKind.totals) return this.takeTotals(body);
    if (kind === RecordKind.batch) {
      const entry = { sequence, samples, timeMs, monotonicMs: undefined };
      this.replay.batch({ ...entry, segment, offset, length: HEADER_BYTES + bodyBytes }, body !== undefined);
    } else {
      this.replay.settle(header, body?.toString('latin1') ?? '');
    }
    return false;
  }

  private takeTotals(body: Buffer | undefined): boolean {
    if (body === undefined) this.smallest = HEADER_BYTES;
    if (body === undefined || !this.replay.totals(body)) return false;
    this.hidden = 0;
    this.smallest = HEADER_BYTES + MIN_TOTALS_BYTES;
    return true;
  }

  finish(): FoundSpool {
    const { segments, lastNumber, skippedBytes, unreadable } = this;
    const replayed = this.replay.finish(skippedBytes + unreadable.length > 0);
    for (const { segment } of replayed.entries.values()) if (segment) segment.waiting++;
    // Less can't hide a batch: totals stand behind each, so that both must be damaged.
    if (this.hidden >= this.smallest || unreadable.length > 0) replayed.ledger.exact = false;
    return { ...replayed, segments, lastNumber, skippedBytes, unreadable };
  }
}

/** False where the writing of the first record was cut short, as by a crash: then nothing was told by it yet. */
function isDamagedAtBegin(bytes: Buffer, first: ScannedRecord | undefined): boolean {
  if (bytes.length < HEADER_BYTES || (first?.offset === 0 && first.body !== undefined)) return false;
  return first?.offset !== 0 || HEADER_BYTES + first.header.bodyBytes <= bytes.length;
}
