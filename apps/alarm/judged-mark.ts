import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { isoTime, msToIso } from '#domain';
import { type Log, makeFolder, Once } from '#runtime';

const mark = z.object({ server: z.string(), judged: isoTime });

/**
 * Remembers in a file up to when the samples of a server were judged and what they led to was recorded. A heartbeat says
 * less: it is sent while an earlier gap is still being read, and a server that is started again knows of none.
 */
export class JudgedMark {
  private readonly trouble: Once;

  constructor(
    private readonly file: string,
    private readonly server: string,
    private readonly log: Pick<Log, 'log' | 'warn'>,
  ) {
    this.trouble = new Once((text) => log.warn(text));
  }

  /** ms since the epoch; undefined where nothing is known of this server. */
  read(): number | undefined {
    try {
      const { server, judged } = mark.parse(JSON.parse(readFileSync(this.file, 'utf8')));
      return server === this.server ? Date.parse(judged) : undefined;
    } catch {
      // The first start, or a file that was cut short: what the server last heard of the alarm has to do.
      return undefined;
    }
  }

  write(judgedMs: number): void {
    const next = `${this.file}.next`;
    try {
      makeFolder(dirname(this.file));
      writeFileSync(next, JSON.stringify({ server: this.server, judged: msToIso(judgedMs) }), { mode: 0o600 });
      renameSync(next, this.file);
      if (this.trouble.clear()) this.log.log(`${this.file} can be written again`);
    } catch (error) {
      this.trouble.warn(
        `${this.file} can't be written: ${(error as Error).message}. What breaks a limit while the alarm is away may be missed.`,
      );
    }
  }
}
