import { crc32 } from 'node:zlib';

/** What a record of the spool says. The numbers are on disk. */
export const RecordKind = { batch: 1, acknowledged: 2, dropped: 3, quarantined: 4, totals: 5 } as const;
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/**
 * One record of an append-only file:
 *
 * | offset | bytes | what |
 * |---|---|---|
 * | 0 | 4 | mark, "AMBR" |
 * | 4 | 1 | kind |
 * | 5 | 1 | 1 where the body is compressed |
 * | 6 | 2 | zero |
 * | 8 | 8 | sequence of the batch, a double |
 * | 16 | 8 | time of its sampling in Unix milliseconds, a double |
 * | 24 | 4 | samples in it |
 * | 28 | 4 | bytes of the body |
 * | 32 | 4 | CRC-32 of the body |
 * | 36 | 4 | CRC-32 of the bytes before |
 * | 40 | | the body |
 *
 * Numbers are little-endian. The header has a check sum of its own, so that the samples of a batch whose body is
 * damaged can still be counted.
 */
export interface RecordHeader {
  kind: RecordKind;
  gzipped: boolean;
  sequence: number;
  timeMs: number;
  samples: number;
  bodyBytes: number;
  bodyCrc: number;
}

export const HEADER_BYTES = 40;
const MARK = Buffer.from('AMBR', 'latin1');
const kinds = new Set<number>(Object.values(RecordKind));

/** A record as it is to be written. */
export interface NewRecord extends Omit<RecordHeader, 'bodyBytes' | 'bodyCrc'> {
  body: Uint8Array;
}

export function encodeHeader(record: NewRecord): Buffer {
  const { body } = record;
  const header = Buffer.alloc(HEADER_BYTES);
  MARK.copy(header);
  header.writeUInt8(record.kind, 4);
  header.writeUInt8(record.gzipped ? 1 : 0, 5);
  header.writeDoubleLE(record.sequence, 8);
  header.writeDoubleLE(record.timeMs, 16);
  header.writeUInt32LE(record.samples, 24);
  header.writeUInt32LE(body.byteLength, 28);
  header.writeUInt32LE(crc32(body), 32);
  header.writeUInt32LE(crc32(header.subarray(0, 36)), 36);
  return header;
}

/** The header there; undefined where there is none that is whole. */
export function decodeHeader(bytes: Buffer, at: number): RecordHeader | undefined {
  if (at + HEADER_BYTES > bytes.length || bytes.compare(MARK, 0, MARK.length, at, at + MARK.length) !== 0)
    return undefined;
  if (crc32(bytes.subarray(at, at + 36)) !== bytes.readUInt32LE(at + 36)) return undefined;
  const kind = bytes.readUInt8(at + 4);
  if (!kinds.has(kind)) return undefined;
  return {
    kind: kind as RecordKind,
    gzipped: bytes.readUInt8(at + 5) === 1,
    sequence: bytes.readDoubleLE(at + 8),
    timeMs: bytes.readDoubleLE(at + 16),
    samples: bytes.readUInt32LE(at + 24),
    bodyBytes: bytes.readUInt32LE(at + 28),
    bodyCrc: bytes.readUInt32LE(at + 32),
  };
}

/** The body that belongs to a header; undefined where it is cut short or damaged. */
export function bodyOf(bytes: Buffer, at: number, header: RecordHeader): Buffer | undefined {
  const body = bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + header.bodyBytes);
  return body.length === header.bodyBytes && crc32(body) === header.bodyCrc ? body : undefined;
}

export interface ScannedRecord {
  header: RecordHeader;
  /** Where it begins in the file. */
  offset: number;
  /** Undefined where the body is damaged. */
  body: Buffer | undefined;
}

/** Bytes that belong to no record. */
export interface Gap {
  offset: number;
  bytes: number;
}

/** Every record whose header is whole, in order; what lies between two of them is skipped and counted. */
export function scan(bytes: Buffer): { records: ScannedRecord[]; skippedBytes: number; gaps: Gap[] } {
  const records: ScannedRecord[] = [];
  const gaps: Gap[] = [];
  let skippedBytes = 0;
  let claimed = 0;
  for (let at = 0; at < bytes.length;) {
    const header = decodeHeader(bytes, at);
    if (!header) {
      const next = bytes.indexOf(MARK, at + 1);
      const end = next < 0 ? bytes.length : next;
      skippedBytes += end - at;
      // What lies within the length that a whole header has said is its damaged body, and hides no record.
      const offset = Math.max(at, claimed);
      if (end > offset) gaps.push({ offset, bytes: end - offset });
      at = end;
      continue;
    }
    const body = bodyOf(bytes, at, header);
    records.push({ header, offset: at, body });
    claimed = at + HEADER_BYTES + header.bodyBytes;
    // A body that is cut short has the next record within the bytes it should have had.
    at = body ? claimed : at + HEADER_BYTES;
  }
  return { records, skippedBytes, gaps };
}
