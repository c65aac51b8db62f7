import { crc32 } from './checksum.js';
import { PredictionError } from './errors.js';

/** A bucket holds ten minutes; 48 hours of them are kept. */
export const BUCKET_MS = 10 * 60_000;
export const BUCKETS = 288;

const MAGIC = 0x4b534944;
const VERSION = 1;
/** Magic, version, checksum and nothing. */
const HEADER = 16;
const CELLS = 16;
/** The open bucket; then the claim: evaluations in a row that saw it coming, when it fades, and what it says. */
export const Cell = {
  lastMs: 0,
  bucket: 1,
  count: 2,
  sum: 3,
  low: 4,
  high: 5,
  sure: 6,
  fades: 7,
  seenAt: 8,
  rule: 9,
  atMs: 10,
  fromMs: 11,
  toMs: 12,
  rate: 13,
  sinceMs: 14,
} as const;
const STATE_BYTES = CELLS * 8 + BUCKETS * 3 * 4;
export const DISK_SNAPSHOT_BYTES = HEADER + STATE_BYTES;

/** The closed buckets in order of time, each where something was measured; `at` counts buckets since the epoch. */
export interface DiskPast {
  length: number;
  at: Float64Array;
  low: Float64Array;
  high: Float64Array;
  mean: Float64Array;
}

/** One buffer for all, since nothing here waits. */
const past: DiskPast = {
  length: 0,
  at: new Float64Array(BUCKETS),
  low: new Float64Array(BUCKETS),
  high: new Float64Array(BUCKETS),
  mean: new Float64Array(BUCKETS),
};

/** What is known of one disk: lowest, highest and mean use of each ten minutes of two days, 3.6 kB. */
export class DiskMemory {
  private readonly bytes: Uint8Array;
  readonly cells: Float64Array;
  /** Low, high and mean of each bucket, NaN where nothing was measured. */
  private readonly ring: Float32Array;

  constructor() {
    const buffer = new ArrayBuffer(STATE_BYTES);
    this.bytes = new Uint8Array(buffer);
    this.cells = new Float64Array(buffer, 0, CELLS);
    this.ring = new Float32Array(buffer, CELLS * 8).fill(NaN);
    this.cells[Cell.lastMs] = -1;
  }

  get lastMs(): number {
    return this.cells[Cell.lastMs] as number;
  }

  /** Takes a value, %, that is newer than any before; true where it is the first of a bucket, so that another is closed. */
  take(timeMs: number, value: number): boolean {
    const { cells } = this;
    const bucket = Math.floor(timeMs / BUCKET_MS);
    const isFirst = cells[Cell.count] === 0;
    const isNext = !isFirst && bucket !== cells[Cell.bucket];
    if (isNext) this.close(bucket);
    if (isFirst || isNext) {
      cells[Cell.bucket] = bucket;
      cells[Cell.count] = cells[Cell.sum] = 0;
      cells[Cell.low] = cells[Cell.high] = value;
    }
    cells[Cell.lastMs] = timeMs;
    cells[Cell.count] = (cells[Cell.count] as number) + 1;
    cells[Cell.sum] = (cells[Cell.sum] as number) + value;
    cells[Cell.low] = Math.min(cells[Cell.low] as number, value);
    cells[Cell.high] = Math.max(cells[Cell.high] as number, value);
    return isNext;
  }

  /** Writes the open bucket down, and that nothing is known of those between it and the next. */
  private close(next: number): void {
    const { cells, ring } = this;
    const bucket = cells[Cell.bucket] as number;
    const mean = (cells[Cell.sum] as number) / (cells[Cell.count] as number);
    ring.set([cells[Cell.low] as number, cells[Cell.high] as number, mean], 3 * (bucket % BUCKETS));
    const missing = Math.min(BUCKETS, next - bucket - 1);
    for (let i = 1; i <= missing; i++) ring.fill(NaN, 3 * ((bucket + i) % BUCKETS), 3 * ((bucket + i) % BUCKETS) + 3);
    ring.fill(NaN, 3 * (next % BUCKETS), 3 * (next % BUCKETS) + 3);
  }

  /** The closed buckets; valid until the next call for any disk. */
  past(): DiskPast {
    const { ring } = this;
    const open = this.cells[Cell.bucket] as number;
    past.length = 0;
    for (let bucket = open - BUCKETS + 1; bucket < open; bucket++) {
      const at = 3 * (((bucket % BUCKETS) + BUCKETS) % BUCKETS);
      const mean = ring[at + 2] as number;
      if (Number.isNaN(mean)) continue;
      past.at[past.length] = bucket;
      past.low[past.length] = ring[at] as number;
      past.high[past.length] = ring[at + 1] as number;
      past.mean[past.length] = mean;
      past.length++;
    }
    return past;
  }

  /** The clock was set: all that is known moves by whole buckets. */
  moveClock(byMs: number): void {
    const { cells, ring } = this;
    if (this.lastMs < 0 || !Number.isFinite(byMs)) return;
    const movedMs = Math.max(0, this.lastMs + byMs);
    const by = Math.floor(movedMs / BUCKET_MS) - Math.floor(this.lastMs / BUCKET_MS);
    const before = ring.slice();
    for (let i = 0; i < BUCKETS; i++) {
      const to = (((i + by) % BUCKETS) + BUCKETS) % BUCKETS;
      ring.set(before.subarray(3 * i, 3 * i + 3), 3 * to);
    }
    for (const cell of [Cell.atMs, Cell.fromMs, Cell.toMs, Cell.sinceMs]) {
      cells[cell] = (cells[cell] as number) + by * BUCKET_MS;
    }
    cells[Cell.fades] = (cells[Cell.fades] as number) + by;
    cells[Cell.lastMs] = movedMs;
    cells[Cell.bucket] = (cells[Cell.bucket] as number) + by;
  }

  snapshot(): Uint8Array {
    const out = new Uint8Array(DISK_SNAPSHOT_BYTES);
    const view = new DataView(out.buffer);
    view.setUint32(0, MAGIC, true);
    view.setUint32(4, VERSION, true);
    view.setUint32(8, crc32(this.bytes), true);
    out.set(this.bytes, HEADER);
    return out;
  }

  /** @throws PredictionError SNAPSHOT_VERSION where another version wrote it, SNAPSHOT_DAMAGED where it is cut or changed. */
  restore(snapshot: Uint8Array): void {
    const view = new DataView(snapshot.buffer, snapshot.byteOffset, snapshot.byteLength);
    if (snapshot.length !== DISK_SNAPSHOT_BYTES || view.getUint32(0, true) !== MAGIC)
      throw new PredictionError('SNAPSHOT_DAMAGED', 'The bytes are not a snapshot of a disk');
    if (view.getUint32(4, true) !== VERSION)
      throw new PredictionError('SNAPSHOT_VERSION', `The snapshot of a disk is not of version ${VERSION}`);
    const state = snapshot.subarray(HEADER);
    if (crc32(state) !== view.getUint32(8, true))
      throw new PredictionError('SNAPSHOT_DAMAGED', 'The checksum of the snapshot does not fit its bytes');
    this.bytes.set(state);
  }
}
