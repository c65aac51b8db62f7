import { closeSync, fdatasync, ftruncateSync, openSync, readSync, rmSync, writevSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { syncFolder } from '../sync-folder.js';
import { bodyOf, decodeHeader, encodeHeader, type NewRecord } from './record.js';
import type { QueuedBatch } from './spool.js';

const dataSync = promisify(fdatasync);

/** What touches the disk; a test puts a full one in its place. */
export interface SegmentDisk {
  open(path: string, flags: 'r' | 'ax+'): number;
  write(descriptor: number, parts: Uint8Array[]): number;
  sync(descriptor: number): Promise<void>;
}

export const realDisk: SegmentDisk = {
  open: (path, flags) => openSync(path, flags, 0o600),
  write: writevSync,
  sync: dataSync,
};

/** One append-only file of the spool. */
export class Segment {
  /** Bytes of whole records. */
  bytes: number;
  /** Batches in it that are not done. */
  waiting = 0;
  private descriptor: number | undefined;

  constructor(
    readonly number: number,
    readonly path: string,
    private readonly disk: SegmentDisk,
    bytes = 0,
  ) {
    this.bytes = bytes;
  }

  /** @throws where the file can't be made, as on a read-only volume */
  create(): void {
    this.descriptor = this.disk.open(this.path, 'ax+');
    syncFolder(dirname(this.path));
  }

  /**
   * Adds records in one write and returns the offset of the first. After a failure the file is as it was before.
   *
   * @throws where the volume is full or gone
   */
  append(...records: NewRecord[]): number {
    const { descriptor, bytes: offset } = this;
    if (descriptor === undefined) throw new Error(`${this.path} is not open for writing`);
    const parts = records.flatMap((record) => [encodeHeader(record), record.body]);
    const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
    try {
      const written = this.disk.write(descriptor, parts);
      if (written !== length) throw new Error(`only ${written} of ${length} bytes could be written`);
    } catch (error) {
      undo(descriptor, offset);
      throw error;
    }
    this.bytes += length;
    return offset;
  }

  /** Resolves when what was appended survives a loss of power. */
  async sync(): Promise<void> {
    if (this.descriptor !== undefined) await this.disk.sync(this.descriptor);
  }

  /** Body of the record there; undefined where it can't be read whole. */
  read(offset: number, length: number): { body: Buffer; gzipped: boolean } | undefined {
    try {
      this.descriptor ??= this.disk.open(this.path, 'r');
      const bytes = Buffer.allocUnsafe(length);
      if (readSync(this.descriptor, bytes, 0, length, offset) !== length) return undefined;
      const header = decodeHeader(bytes, 0);
      const body = header && bodyOf(bytes, 0, header);
      return body && { body, gzipped: header.gzipped };
    } catch {
      return undefined;
    }
  }

  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

/** A batch of the spool, and where it lies. */
export interface SpoolEntry extends QueuedBatch {
  /** Undefined where it is held in memory, because the volume did not take it. */
  readonly segment: Segment | undefined;
  readonly offset: number;
  /** Header and body, in bytes. */
  readonly length: number;
}

function undo(descriptor: number, bytes: number): void {
  try {
    ftruncateSync(descriptor, bytes);
  } catch {
    // The next start skips the torn record.
  }
}
