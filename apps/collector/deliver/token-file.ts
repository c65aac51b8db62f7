import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from '#runtime/make-folder';
import { syncFolder } from './sync-folder.js';

interface Kept {
  /** That it was made for. */
  host: string;
  token: string;
}

/** The token of this host, in a file that its owner alone may read. */
export class TokenFile {
  /** @param server address of the server that made the token, which no other is shown */
  constructor(
    private readonly path: string,
    private readonly server: string,
  ) {}

  /** Undefined where there is none of this host and server, or none that can be read. */
  read(host: string): string | undefined {
    try {
      const kept = JSON.parse(readFileSync(this.path, 'utf8')) as Record<string, unknown>;
      if (kept['host'] !== host || kept['server'] !== this.server) return undefined;
      return typeof kept['token'] === 'string' && kept['token'] !== '' ? kept['token'] : undefined;
    } catch {
      return undefined;
    }
  }

  /** Replaces the file as a whole, and is on disk when it returns. Returns what is wrong where that can't be done. */
  write(kept: Kept): string | undefined {
    const fresh = `${this.path}.${process.pid}.tmp`;
    try {
      makeFolder(dirname(this.path));
      const file = openSync(fresh, 'w', 0o600);
      try {
        writeSync(file, JSON.stringify({ ...kept, server: this.server }));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(fresh, this.path);
      syncFolder(dirname(this.path));
      return undefined;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    }
  }
}
