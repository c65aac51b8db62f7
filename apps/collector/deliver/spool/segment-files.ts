import { join } from 'node:path';
import type { NewRecord } from './record.js';
import { segmentName } from './segment-folder.js';
import { Segment, type SegmentDisk } from './segment.js';

const MAX_SEGMENT_BYTES = 4 * 1024 * 1024;
/** An empty spool starts a new file above this size, so that it stays small. */
const TIDY_ABOVE_BYTES = 256 * 1024;

/** The files of a spool, oldest first; the last one is written to. */
export class SegmentFiles {
  private list: Segment[] = [];
  /** Undefined until the next write starts a new file. */
  private active: Segment | undefined;
  private lastNumber = 0;

  constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
    private readonly disk: SegmentDisk,
  ) {}

  /** Takes over the files that an earlier run has left; they are not written to any more. */
  adopt(segments: Segment[], lastNumber: number): void {
    this.list = segments;
    this.lastNumber = lastNumber;
  }

  get bytes(): number {
    return this.list.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  get oldest(): Segment | undefined {
    return this.list[0];
  }

  isActive(segment: Segment): boolean {
    return segment === this.active;
  }

  /** True while a file takes what is written. */
  get isOpen(): boolean {
    return this.active !== undefined;
  }

  /**
   * The file for a batch of that size; a new one begins with these totals, so that older ones can go.
   *
   * @throws where the volume takes no file
   */
  forBatch(bytes: number, isEmpty: boolean, totals: () => NewRecord): Segment {
    const { active } = this;
    const limit = Math.min(MAX_SEGMENT_BYTES, Math.max(bytes, this.maxBytes / 8));
    const full = active !== undefined && active.bytes + bytes > limit;
    const idle = isEmpty && active !== undefined && active.bytes > TIDY_ABOVE_BYTES;
    return !active || full || idle ? this.begin(totals()) : active;
  }

  begin(totals: NewRecord): Segment {
    const number = ++this.lastNumber;
    const segment = new Segment(number, join(this.folder, segmentName(number)), this.disk);
    segment.create();
    try {
      segment.append(totals);
    } catch (error) {
      segment.remove();
      throw error;
    }
    this.list.push(segment);
    this.active = segment;
    return segment;
  }

  /** Adds a record to the file that is open. */
  append(record: NewRecord): void {
    this.active?.append(record);
  }

  /** After a failure the next write starts a new file: a reader may skip what follows a torn record. */
  giveUp(): void {
    this.active = undefined;
  }

  /** Removes files from the front on: a later one may say what became of a batch in an earlier one. */
  tidy(): boolean {
    const before = this.list.length;
    for (let oldest = this.list[0]; oldest && oldest.waiting === 0 && oldest !== this.active; oldest = this.list[0]) {
      this.list.shift();
      oldest.remove();
    }
    return this.list.length < before;
  }

  close(): void {
    for (const segment of this.list) segment.close();
  }
}
