import { closeSync, constants, openSync, readSync } from 'node:fs';
import { textOf } from '../programs/program-name.js';

/** One process that the kernel killed because memory ran out. */
export interface Kill {
  pid: number;
  /** The kernel's name of it. */
  comm: string;
  /** Path of the group that it was in, one character a byte; undefined where the kernel did not say. */
  group: string | undefined;
}

/** Longest record of the kernel's log (CONSOLE_EXT_LOG_MAX of include/linux/printk.h). */
const RECORD_BYTES = 8192;
/** More than any ring holds: no reading goes on for ever while somebody writes. */
const MOST_RECORDS = 100_000;
const VICTIM = /task_memcg=(.*),task=.*,pid=(\d+),uid=\d+$/;
const KILLED = /Killed process (\d+) \((.*)\)(?:, UID \d+)?,? total-vm:/;

/**
 * The kernel's log (Documentation/ABI/testing/dev-kmsg), of which only kills for lack of memory are taken. It knows them
 * also of groups that were removed with their last process.
 */
export class KillLog {
  private descriptor: number | undefined;
  /** Groups of victims, by their pid, until the line that says they were killed. */
  private readonly groups = new Map<number, string>();
  private readonly buffer = Buffer.allocUnsafe(RECORD_BYTES);

  private constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /** The first of these that may be read, from its end on; undefined where none may. */
  static open(paths: string[]): KillLog | undefined {
    for (const path of paths) {
      try {
        const log = new KillLog(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
        log.read();
        if (log.descriptor !== undefined) return log;
      } catch {
        // There is none here, or it is not ours to read.
      }
    }
    return undefined;
  }

  /** Kills that were written since it was read last. */
  read(): Kill[] {
    const kills: Kill[] = [];
    for (let records = 0; records < MOST_RECORDS; records++) {
      const record = this.next();
      if (record === undefined) break;
      const victim = VICTIM.exec(record);
      if (victim) this.groups.set(Number(victim[2]), bytesOf(victim[1] as string));
      const killed = KILLED.exec(record);
      if (!killed) continue;
      const pid = Number(killed[1]);
      const comm = textOf(Buffer.from(bytesOf(killed[2] as string), 'latin1'));
      kills.push({ pid, comm, group: this.groups.get(pid) });
      this.groups.delete(pid);
    }
    return kills;
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  /** The next message, without what stands before and behind it; undefined at the end. */
  private next(): string | undefined {
    const { descriptor, buffer } = this;
    if (descriptor === undefined) return undefined;
    try {
      const text = buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, RECORD_BYTES, null));
      const end = text.indexOf('\n');
      return text === '' ? undefined : text.slice(text.indexOf(';') + 1, end < 0 ? undefined : end);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Records were overwritten before they were read; the next one is there.
      if (code === 'EPIPE') return '';
      if (code !== 'EAGAIN') this.close();
      return undefined;
    }
  }
}

/** Bytes that are no printable ASCII, and backslashes, stand as `\xNN`. */
function bytesOf(written: string): string {
  return written.replace(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
