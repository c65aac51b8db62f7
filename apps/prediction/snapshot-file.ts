import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hostName, processMetric, processName } from '#domain';
import { SNAPSHOT_BYTES, type Outcome } from '#prediction';
import type { SeriesPredictors } from './series-predictors.js';

const FORMAT = 'amberwatch-prediction-1';
const FILE = 'prediction.snapshot';
/** Bytes that are gathered for one write. */
const CHUNK_BYTES = 1024 * 1024;

/** What a snapshot holds beside the state of each series. */
export interface SnapshotHead {
  /** Samples up to this time are in it, milliseconds since the epoch. */
  savedMs: number;
  outcomes: Outcome[];
}

const recordKey = z.strictObject({
  host: hostName,
  process: processName,
  metric: processMetric,
  lastMs: z.number(),
});
type RecordKey = z.infer<typeof recordKey>;

const snapshotHead = z.object({
  format: z.literal(FORMAT),
  savedMs: z.number(),
  outcomes: z.array(z.object({ probability: z.number(), hit: z.boolean() })),
});

/**
 * Writes the state of every series beside the old file, syncs it and takes its place: one record after another, each its
 * length, its key as JSON and its state with a checksum of its own.
 */
export async function writeSnapshotFile(folder: string, series: SeriesPredictors, head: SnapshotHead): Promise<void> {
  const path = join(folder, FILE);
  const file = await open(`${path}.new`, 'w');
  try {
    await writeRecords(file, series, head);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

async function writeRecords(file: FileHandle, series: SeriesPredictors, head: SnapshotHead): Promise<void> {
  let chunk: Uint8Array[] = [record(JSON.stringify({ format: FORMAT, ...head }))];
  let bytes = 0;
  for (const { key, lastMs, bytes: state } of series.snapshots()) {
    const text = record(JSON.stringify({ ...key, lastMs } satisfies RecordKey));
    chunk.push(text, state);
    bytes += text.length + state.length;
    if (bytes < CHUNK_BYTES) continue;
    await file.writev(chunk);
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) await file.writev(chunk);
}

function record(json: string): Uint8Array {
  const text = Buffer.from(json);
  const out = Buffer.alloc(4 + text.length);
  out.writeUInt32LE(text.length);
  text.copy(out, 4);
  return out;
}

export interface LoadedSnapshot extends SnapshotHead {
  restored: number;
  /** Series whose state was damaged or of another version; they start over. */
  damaged: number;
  /** Series beyond the bound of this run. */
  noRoom: number;
}

/** Reads as much of the snapshot as is whole; undefined where there is none that this version can read. */
export async function readSnapshotFile(folder: string, series: SeriesPredictors): Promise<LoadedSnapshot | undefined> {
  const bytes = await readFile(join(folder, FILE)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) return undefined;
  const reader = new Reader(bytes);
  const head = snapshotHead.safeParse(reader.json()).data;
  if (!head) return undefined;
  let restored = 0;
  let damaged = 0;
  let noRoom = 0;
  while (!reader.ended) {
    const json = reader.json();
    const state = reader.take(SNAPSHOT_BYTES);
    if (json === undefined || !state) {
      damaged++;
      break;
    }
    try {
      const { lastMs, ...key } = recordKey.parse(json);
      if (series.restore(key, lastMs, state)) restored++;
      else noRoom++;
    } catch {
      damaged++;
    }
  }
  return { savedMs: head.savedMs, outcomes: head.outcomes, restored, damaged, noRoom };
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get ended(): boolean {
    return this.at >= this.bytes.length;
  }

  take(length: number): Buffer | undefined {
    if (this.at + length > this.bytes.length) {
      this.at = this.bytes.length;
      return undefined;
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  json(): unknown {
    const length = this.take(4)?.readUInt32LE();
    const text = length === undefined ? undefined : this.take(length);
    try {
      return text === undefined ? undefined : JSON.parse(text.toString('utf8'));
    } catch {
      return undefined;
    }
  }
}
