import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Notification } from '#domain';
import type { Told } from '#alarm';

/** Beyond this size the file is written anew without what is done. */
const COMPACT_BYTES = 8 * 1024 * 1024;

type Line =
  | { kind: 'plan'; notifications: Notification[]; channels: string[]; told: Told[] }
  | { kind: 'done'; id: string; channel: string };

/** A message and the channels that have not taken it yet. */
export interface Pending {
  notification: Notification;
  channels: Set<string>;
}

/**
 * What was planned and not yet delivered, and what people were told of, in a file of JSON lines: a line is on disk
 * before anything is sent, so that a crash repeats a message at most once and never loses one. Half a line at the end,
 * from a crash while writing, is a plan that nothing was sent of.
 */
export class Outbox {
  readonly pending = new Map<string, Pending>();
  readonly told = new Map<string, Told>();
  /** Lines of the file that could not be read. */
  unreadable = 0;
  private descriptor = -1;
  private bytes = 0;

  constructor(private readonly file: string) {}

  /** @throws Error of the file system where the file can't be read or written */
  open(): void {
    mkdirSync(dirname(this.file), { recursive: true });
    if (existsSync(this.file)) {
      for (const text of readFileSync(this.file, 'utf8').split('\n')) if (text !== '') this.read(text);
    }
    this.compact();
  }

  /** Durable once it returns. */
  plan(notifications: Notification[], channels: string[], told: Told[]): void {
    const line: Line = { kind: 'plan', notifications, channels, told };
    this.apply(line);
    this.write([line]);
  }

  done(id: string, channel: string): void {
    const line: Line = { kind: 'done', id, channel };
    this.apply(line);
    this.write([line]);
    if (this.bytes > COMPACT_BYTES) this.compact();
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = -1;
  }

  private read(text: string): void {
    try {
      this.apply(JSON.parse(text) as Line);
    } catch {
      this.unreadable += 1;
    }
  }

  private apply(line: Line): void {
    if (line.kind === 'done') {
      const pending = this.pending.get(line.id);
      pending?.channels.delete(line.channel);
      if (pending?.channels.size === 0) this.pending.delete(line.id);
      return;
    }
    for (const one of line.told) {
      if (one.color === 'GREEN') this.told.delete(one.id);
      else this.told.set(one.id, one);
    }
    if (line.channels.length === 0) return;
    for (const notification of line.notifications) {
      this.pending.set(notification.id, { notification, channels: new Set(line.channels) });
    }
  }

  private write(lines: Line[]): void {
    const data = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    for (let written = 0; written < data.length;) written += writeSync(this.descriptor, data, written);
    fdatasyncSync(this.descriptor);
    this.bytes += data.length;
  }

  /** Writes the file anew beside the old one and puts it in its place. */
  private compact(): void {
    this.close();
    const fresh = `${this.file}.new`;
    this.descriptor = openSync(fresh, 'w', 0o600);
    this.bytes = 0;
    const lines: Line[] = [{ kind: 'plan', notifications: [], channels: [], told: [...this.told.values()] }];
    for (const { notification, channels } of this.pending.values()) {
      lines.push({ kind: 'plan', notifications: [notification], channels: [...channels], told: [] });
    }
    this.write(lines);
    renameSync(fresh, this.file);
    const folder = openSync(dirname(this.file), 'r');
    fdatasyncSync(folder);
    closeSync(folder);
  }
}
