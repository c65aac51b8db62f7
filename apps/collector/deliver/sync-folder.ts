import { closeSync, fsyncSync, openSync } from 'node:fs';

/** A new file's name survives a loss of power only when its folder is written, too. */
export function syncFolder(path: string): void {
  try {
    const descriptor = openSync(path, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Some systems can't sync a folder; the records themselves are synced all the same.
  }
}
