import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

const SEGMENT_NAME = /^(\d{8,15})\.spool$/;

export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.spool`;
}

export interface SegmentFile {
  number: number;
  path: string;
}

/** The files that earlier runs have left in a folder, oldest first. */
export function listSegments(folder: string): SegmentFile[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const match = SEGMENT_NAME.exec(name);
      return match ? [{ number: Number(match[1]), path: join(folder, name) }] : [];
    })
    .toSorted((a, b) => a.number - b.number);
}

/** Reads whole files into memory that the next one uses again, so that a full spool is read without growing. */
export class SegmentReader {
  private space = Buffer.alloc(0);

  /**
   * The file's bytes, valid until the next call.
   *
   * @throws where the file can't be read
   */
  read(path: string): Buffer {
    const descriptor = openSync(path, 'r');
    try {
      const { size } = fstatSync(descriptor);
      if (this.space.length < size) this.space = Buffer.allocUnsafeSlow(size);
      let length = 0;
      for (let read = -1; read !== 0 && length < size; length += read) {
        read = readSync(descriptor, this.space, length, size - length, length);
      }
      return this.space.subarray(0, length);
    } finally {
      closeSync(descriptor);
    }
  }
}
