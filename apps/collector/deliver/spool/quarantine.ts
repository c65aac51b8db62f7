import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '#runtime/make-folder';
import type { BatchBody, QueuedBatch } from './spool.js';

/** Batches that are kept as files; all that were put aside are counted. */
const MAX_FILES = 100;

/** Keeps the first batches that the server will never take, each with the reason, for people to look at. */
export class Quarantine {
  private files = 0;

  constructor(private readonly folder: string) {}

  /** @throws where the volume does not take it */
  keep({ sequence, timeMs }: QueuedBatch, body: BatchBody, reason: string): void {
    if (++this.files > MAX_FILES) return;
    makeFolder(this.folder);
    const name = join(this.folder, `${new Date(timeMs).toISOString().replace(/\W/g, '')}-${sequence}`);
    writeFileSync(`${name}.json${body.gzipped ? '.gz' : ''}`, body.bytes, { mode: 0o600 });
    writeFileSync(`${name}.reason.txt`, `${reason}\n`, { mode: 0o600 });
  }
}
