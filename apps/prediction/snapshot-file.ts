import { open, readFile, rename, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { hostName, type SeriesKey, seriesFields } from '#domain';
import { PredictionError, type FalseBudgetState } from '#prediction';
import { branches, type RecordedClaim } from './claim-record.js';
import type { Target } from './forecaster-bank.js';
import type { SeriesPredictors } from './series-predictors.js';

const FORMAT = 'amberwatch-prediction-3';
const FILE = 'prediction.snapshot';
/** Bytes that are gathered for one write. */
const CHUNK_BYTES = 1024 * 1024;

/** What a snapshot holds beside the state of each series. */
export interface SnapshotHead {
  /** Samples up to this time are in it, milliseconds since the epoch. */
  savedMs: number;
  outcomes: RecordedClaim[];
  /** How strict the claims of each host were. */
  budget: FalseBudgetState;
}

const recordHead = z.strictObject({
  ...seriesFields,
  limit: z.number(),
  horizonMs: z.number(),
  lastMs: z.number(),
});

/** What looks ahead of one limit of a series, as a snapshot keeps it. */
export interface SeriesRecord {
  key: SeriesKey;
  target: Target;
  lastMs: number;
  bytes: Uint8Array;
}

const snapshotHead = z.object({
  format: z.string(),
  savedMs: z.number(),
  outcomes: z.array(
    z.object({
      host: hostName,
      branch: z.enum(branches),
      probability: z.number(),
      hit: z.boolean(),
      margin: z.number(),
      withheld: z.boolean(),
      endedMs: z.number(),
    }),
  ),
  budget: z.object({
    aWeek: z.number().nullable(),
    common: z.number(),
    hosts: z.array(z.object({ host: hostName, own: z.number(), lastMs: z.number(), watchedMs: z.number() })),
  }),
});

/**
 * Writes the state of every series beside the old file, syncs it and takes its place: one record after another, each its
 * key as JSON and its state with a checksum of its own, both with their lengths.
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
  let chunk: Uint8Array[] = withLength(json({ format: FORMAT, ...head }));
  let bytes = 0;
  for (const { key, target, lastMs, bytes: state } of series.snapshots()) {
    const text = json({ ...key, ...target, lastMs } satisfies z.infer<typeof recordHead>);
    chunk.push(...withLength(text), ...withLength(state));
    bytes += text.length + state.length;
    if (bytes < CHUNK_BYTES) continue;
    await file.writev(chunk);
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) await file.writev(chunk);
}

const json = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));

function withLength(bytes: Uint8Array): Uint8Array[] {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return [length, bytes];
}

export interface LoadedSnapshot extends SnapshotHead {
  restored: number;
  /** Series whose state was damaged or of another version; they start over. */
  damaged: number;
  /** Series beyond the bound of this run. */
  noRoom: number;
}

/**
 * Reads as much of the snapshot as is whole; undefined where there is none.
 *
 * @throws PredictionError where it is of another version
 */
export async function readSnapshotFile(folder: string, series: SeriesPredictors): Promise<LoadedSnapshot | undefined> {
  const bytes = await readFile(join(folder, FILE)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) return undefined;
  const reader = new Reader(bytes);
  const first = reader.json();
  const format = z.object({ format: z.string() }).safeParse(first).data?.format;
  if (format !== undefined && format !== FORMAT)
    throw new PredictionError('SNAPSHOT_VERSION', `it is of the format ${JSON.stringify(format.slice(0, 60))}`);
  const head = snapshotHead.safeParse(first).data;
  if (!head) return undefined;
  let restored = 0;
  let damaged = 0;
  let noRoom = 0;
  while (!reader.ended) {
    const about = reader.json();
    const state = reader.next();
    if (about === undefined || !state) {
      damaged++;
      break;
    }
    try {
      const { lastMs, limit, horizonMs, ...key } = recordHead.parse(about);
      if (series.restore({ key, target: { limit, horizonMs }, lastMs, bytes: state })) restored++;
      else noRoom++;
    } catch {
      damaged++;
    }
  }
  return { savedMs: head.savedMs, outcomes: head.outcomes, budget: head.budget, restored, damaged, noRoom };
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get ended(): boolean {
    return this.at >= this.bytes.length;
  }

  /** The next bytes, whose length stands before them; undefined where the file ends too early. */
  next(): Buffer | undefined {
    const length = this.take(4)?.readUInt32LE();
    return length === undefined ? undefined : this.take(length);
  }

  private take(length: number): Buffer | undefined {
    if (this.at + length > this.bytes.length) {
      this.at = this.bytes.length;
      return undefined;
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  json(): unknown {
    const text = this.next();
    try {
      return text === undefined ? undefined : JSON.parse(text.toString('utf8'));
    } catch {
      return undefined;
    }
  }
}
