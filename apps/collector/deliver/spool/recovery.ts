import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { HEADER_BYTES, RecordKind, type RecordHeader, scan } from './record.js';
import { count, emptyLedger, isLossReason, type SpoolLedger, type Tally } from './spool.js';
import { Segment, type SegmentDisk } from './segment.js';

/** A batch of the spool, and where it lies. */
export interface SpoolEntry {
  readonly sequence: number;
  readonly samples: number;
  readonly timeMs: number;
  /** Undefined where it is held in memory, because the volume took it not. */
  readonly segment: Segment | undefined;
  readonly offset: number;
  /** Header and body, in bytes. */
  readonly length: number;
}

export interface FoundSpool {
  segments: Segment[];
  /** Batches that wait, by sequence, oldest first. */
  entries: Map<number, SpoolEntry>;
  /** Batches whose body is damaged. */
  damaged: SpoolEntry[];
  ledger: SpoolLedger;
  lastSequence: number;
  lastNumber: number;
  skippedBytes: number;
  /** Files that could not be read at all. */
  unreadable: string[];
}

export type Totals = Pick<SpoolLedger, 'acknowledged' | 'dropped' | 'quarantined' | 'lost'>;

const SEGMENT_NAME = /^(\d{8,15})\.spool$/;

export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.spool`;
}

/** Reads what an earlier run has left in the folder. Never throws for what is in the files. */
export function findSpool(folder: string, disk: SegmentDisk): FoundSpool {
  const found: FoundSpool = {
    segments: [],
    entries: new Map(),
    damaged: [],
    ledger: emptyLedger(),
    lastSequence: 0,
    lastNumber: 0,
    skippedBytes: 0,
    unreadable: [],
  };
  for (const { name, number } of segmentFiles(folder)) {
    found.lastNumber = number;
    readSegment(found, join(folder, name), number, disk);
  }
  space = Buffer.alloc(0);
  for (const entry of found.entries.values()) count(found.ledger.queued, entry.samples);
  for (const entry of found.damaged.filter(({ sequence }) => found.entries.delete(sequence))) {
    count(found.ledger.queued, entry.samples, -1);
    count(found.ledger.dropped, entry.samples);
    found.ledger.lost.damaged += entry.samples;
    if (entry.segment) entry.segment.waiting--;
  }
  found.ledger.sampled = sumOf(found.ledger);
  return found;
}

function segmentFiles(folder: string) {
  return readdirSync(folder)
    .flatMap((name) => {
      const match = SEGMENT_NAME.exec(name);
      return match ? [{ name, number: Number(match[1]) }] : [];
    })
    .toSorted((a, b) => a.number - b.number);
}

function readSegment(found: FoundSpool, path: string, number: number, disk: SegmentDisk): void {
  let bytes: Buffer;
  try {
    bytes = readWhole(path);
  } catch {
    found.unreadable.push(path);
    return;
  }
  const segment = new Segment(number, path, disk, bytes.length);
  found.segments.push(segment);
  const { records, skippedBytes } = scan(bytes);
  found.skippedBytes += skippedBytes;
  for (const { header, offset, body } of records) {
    if (header.kind === RecordKind.batch) {
      const entry = entryOf(header, segment, offset);
      if (found.entries.has(entry.sequence)) continue;
      found.entries.set(entry.sequence, entry);
      segment.waiting++;
      found.lastSequence = Math.max(found.lastSequence, entry.sequence);
      if (!body) found.damaged.push(entry);
    } else if (header.kind === RecordKind.totals) {
      if (body) takeTotals(found.ledger, body);
    } else {
      settle(found, header, body?.toString('latin1') ?? '');
    }
  }
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

function entryOf(header: RecordHeader, segment: Segment, offset: number): SpoolEntry {
  const { sequence, samples, timeMs, bodyBytes } = header;
  return { sequence, samples, timeMs, segment, offset, length: HEADER_BYTES + bodyBytes };
}

function settle(found: FoundSpool, { kind, sequence, samples }: RecordHeader, reason: string): void {
  const entry = found.entries.get(sequence);
  if (entry?.segment) entry.segment.waiting--;
  found.entries.delete(sequence);
  found.lastSequence = Math.max(found.lastSequence, sequence);
  const { ledger } = found;
  if (kind === RecordKind.acknowledged) count(ledger.acknowledged, samples);
  if (kind === RecordKind.quarantined) count(ledger.quarantined, samples);
  if (kind === RecordKind.dropped) {
    count(ledger.dropped, samples);
    ledger.lost[isLossReason(reason) ? reason : 'damaged'] += samples;
  }
}

/** Totals are what the ledger was when they were written; they replace what was counted up to there. */
function takeTotals(ledger: SpoolLedger, body: Buffer): void {
  const totals = JSON.parse(body.toString('utf8')) as Totals;
  ledger.acknowledged = totals.acknowledged;
  ledger.dropped = totals.dropped;
  ledger.quarantined = totals.quarantined;
  ledger.lost = { ...ledger.lost, ...totals.lost };
}

export function sumOf({ acknowledged, queued, dropped, quarantined }: SpoolLedger): Tally {
  const parts = [acknowledged, queued, dropped, quarantined];
  return {
    samples: parts.reduce((sum, { samples }) => sum + samples, 0),
    batches: parts.reduce((sum, { batches }) => sum + batches, 0),
  };
}
