import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { color, hostName, notification, type Notification } from '#domain';
import type { Told } from '#alarm';
import { isOver, type Thread, thread, type Threads } from './threads.js';

/** Beyond this size the file is rewritten without what is done. */
const COMPACT_BYTES = 8 * 1024 * 1024;
/** Threads of a channel that are remembered; beyond it the oldest is not continued. */
const MAX_THREADS = 1_000;

const lineOfFile = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('plan'),
    notifications: z.array(notification),
    channels: z.array(z.string()),
    told: z.array(z.object({ id: z.string(), host: hostName, color, to: z.array(z.string()).optional() })),
  }),
  z.object({ kind: z.literal('done'), id: z.string(), channel: z.string() }),
  z.object({ kind: z.literal('thread'), channel: z.string(), thread }),
  z.object({ kind: z.literal('renamed'), from: z.string(), to: z.string() }),
]);
type Line = z.infer<typeof lineOfFile>;

/** What people were told, and which channels; without them all that there were. */
export type ToldTo = Told & { to?: string[] | undefined };

/** A message and the channels that have not taken it yet. */
export interface Pending {
  notification: Notification;
  channels: Set<string>;
}

/**
 * What was planned and not yet delivered, and what people were told of, in a file of JSON lines: a line is on disk
 * before anything is sent, so that a crash repeats a message at most once and never loses one. Half a line at the end,
 * from a crash while writing, is a plan that nothing was sent of. Where a write fails half-way, as on a full disk, the
 * half is cut off and the whole written with the next one.
 */
export class Outbox {
  readonly pending = new Map<string, Pending>();
  readonly told = new Map<string, ToldTo>();
  private readonly threads = new Map<string, Map<string, Thread>>();
  /** Lines of the file that could not be read. */
  unreadable = 0;
  private descriptor = -1;
  /** Length of the whole lines. */
  private bytes = 0;
  /** What could not be written yet; half a line of it may follow the last whole one. */
  private unwritten: Line[] = [];

  /** @param writeBytes as `writeSync` of `node:fs` */
  constructor(
    private readonly file: string,
    private readonly writeBytes: typeof writeSync = writeSync,
  ) {}

  /** @throws Error of the file system where the file can't be read or written */
  open(): void {
    mkdirSync(dirname(this.file), { recursive: true });
    if (existsSync(this.file)) {
      for (const text of readFileSync(this.file, 'utf8').split('\n')) if (text !== '') this.read(text);
    }
    this.compact();
  }

  /** Durable once it returns. */
  plan(notifications: Notification[], channels: string[], told: ToldTo[]): void {
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

  /** The threads of one channel. */
  threadsOf(channel: string): Threads {
    const all = () => [...(this.threads.get(channel)?.values() ?? [])];
    return {
      of: (id) => all().find(({ items }) => items.some(({ incident }) => incident.id === id)),
      keep: (kept) => {
        const line: Line = { kind: 'thread', channel, thread: isOver(kept) ? { ...kept, items: [] } : kept };
        this.apply(line);
        this.write([line]);
      },
    };
  }

  /** What was said of one incident was said of another one. */
  rename(from: string, to: string): void {
    const isSaid = [...this.threads.values()].some((all) => [...all.values()].some((one) => holds(one, from)));
    if (!isSaid) return;
    const line: Line = { kind: 'renamed', from, to };
    this.apply(line);
    this.write([line]);
  }

  /** Ends what threads say of incidents that are neither open nor in a message under way. */
  forgetThreads(isOpen: (id: string) => boolean): void {
    const underWay = new Set([...this.pending.values()].flatMap(({ notification: one }) => one.items.map(idOf)));
    const lines: Line[] = [];
    for (const [channel, all] of this.threads) {
      for (const one of all.values()) {
        const items = one.items.filter((item) => isOpen(idOf(item)) || underWay.has(idOf(item)));
        if (items.length < one.items.length) lines.push({ kind: 'thread', channel, thread: { ...one, items } });
      }
    }
    for (const line of lines) this.apply(line);
    if (lines.length > 0) this.write(lines);
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = -1;
  }

  private read(text: string): void {
    try {
      this.apply(lineOfFile.parse(JSON.parse(text)));
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
    if (line.kind === 'thread') return this.applyThread(line.channel, line.thread);
    if (line.kind === 'renamed') return this.applyRename(line.from, line.to);
    for (const one of line.told) {
      if (one.color === 'GREEN') this.told.delete(one.id);
      else this.told.set(one.id, one);
    }
    if (line.channels.length === 0) return;
    for (const message of line.notifications) {
      this.pending.set(message.id, { notification: message, channels: new Set(line.channels) });
    }
  }

  private applyThread(channel: string, kept: Thread): void {
    const all = this.threads.get(channel) ?? new Map<string, Thread>();
    this.threads.set(channel, all);
    if (kept.items.length === 0) all.delete(kept.id);
    else all.set(kept.id, kept);
    const [oldest] = all.keys();
    if (all.size > MAX_THREADS && oldest !== undefined) all.delete(oldest);
  }

  private applyRename(from: string, to: string): void {
    for (const all of this.threads.values()) {
      for (const one of all.values()) {
        one.items = one.items.map((item) =>
          idOf(item) === from ? { ...item, incident: { ...item.incident, id: to } } : item,
        );
      }
    }
  }

  private write(lines: Line[]): void {
    if (this.unwritten.length > 0) ftruncateSync(this.descriptor, this.bytes);
    this.unwritten.push(...lines);
    const data = Buffer.from(this.unwritten.map((line) => `${JSON.stringify(line)}\n`).join(''));
    for (let written = 0; written < data.length;) {
      written += this.writeBytes(this.descriptor, data, written, data.length - written, this.bytes + written);
    }
    fdatasyncSync(this.descriptor);
    this.unwritten = [];
    this.bytes += data.length;
  }

  /** Writes a new file beside the old one and puts it in its place; the old one stays where that fails. */
  private compact(): void {
    const old = { descriptor: this.descriptor, bytes: this.bytes, unwritten: this.unwritten };
    const fresh = `${this.file}.new`;
    try {
      this.descriptor = openSync(fresh, 'w', 0o600);
      this.bytes = 0;
      this.unwritten = [];
      this.write(this.whole());
      renameSync(fresh, this.file);
    } catch (error) {
      if (this.descriptor !== old.descriptor) closeSync(this.descriptor);
      Object.assign(this, old);
      throw error;
    }
    if (old.descriptor >= 0) closeSync(old.descriptor);
    const folder = openSync(dirname(this.file), 'r');
    fdatasyncSync(folder);
    closeSync(folder);
  }

  private whole(): Line[] {
    const lines: Line[] = [{ kind: 'plan', notifications: [], channels: [], told: [...this.told.values()] }];
    for (const { notification: message, channels } of this.pending.values()) {
      lines.push({ kind: 'plan', notifications: [message], channels: [...channels], told: [] });
    }
    for (const [channel, all] of this.threads) {
      for (const one of all.values()) lines.push({ kind: 'thread', channel, thread: one });
    }
    return lines;
  }
}

const idOf = ({ incident }: Notification['items'][number]) => incident.id;

function holds({ items }: Thread, id: string): boolean {
  return items.some((item) => idOf(item) === id);
}
