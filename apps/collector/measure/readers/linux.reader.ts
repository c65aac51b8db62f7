import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { type HostFacts, LinuxHost, TICK_MS } from '../host/linux-host.js';
import { type ProcessEntry, ProcessReader, type Reading, type UnitPlace } from './process-reader.js';
import { kernelThreadName, ProcessFacts, programName } from '../programs/program-name.js';
import { StatLine } from './stat-line.js';

/** Descriptors left to everything else of this process, the units aside. */
const DESCRIPTOR_MARGIN = 200;
const MOST_FOR_UNITS = 16_384;
const READINGS_A_CLOCK = 32;
const PAGE_BYTES = 4096;
const LINE_BYTES = 2048;

export interface LinuxReaderOptions {
  /** Folder of the host's /proc. */
  proc: string;
  /** Most descriptors to keep; by default what this process may open, less a margin. */
  maxKept?: number;
  /** Milliseconds of a clock that never jumps. */
  now?: () => number;
  /** The name of a program; by default as the contract says. */
  nameOf?: (facts: ProcessFacts) => string;
}

/** A process and what is kept for reading it again. */
class Slot implements ProcessEntry {
  parent = 0;
  program = '';
  kernel = false;
  cpuMs = 0;
  childrenCpuMs = 0;
  rssBytes = 0;
  threads = 1;
  readAtMs = 0;
  firstAgeMs = 0;
  startMs = 0;
  readings = 0;
  beforeCpuMs = 0;
  beforeChildrenCpuMs = 0;
  beforeAtMs = 0;
  row: unknown = undefined;
  unit: UnitPlace | null | undefined = undefined;
  startTicks = 0;
  stack = 0;
  comm: Uint8Array = new Uint8Array(0);

  constructor(
    readonly pid: number,
    readonly path: string,
    /** Kept descriptor; negative where the file is opened for each reading. */
    public descriptor: number,
  ) {}
}

/**
 * Reads `/proc/<pid>/stat` of every process on descriptors that stay open: one system call a process, and a
 * descriptor answers ESRCH for good once its process is gone, so that it never reads a stranger that got the pid.
 * The folder is listed only when the kernel's count of forks has moved. Files are read synchronously on purpose: /proc
 * never waits for a disk, and a promise costs more than the reading.
 */
export class LinuxReader extends ProcessReader {
  /** Processes that are listed but may not be read. */
  hidden = 0;
  private readonly host: LinuxHost;
  private readonly slots = new Map<number, Slot>();
  private live: Slot[] = [];
  private readonly line = new StatLine();
  private readonly buffer = Buffer.allocUnsafe(LINE_BYTES);
  private readonly maxKept: number;
  private readonly now: () => number;
  private readonly nameOf: (facts: ProcessFacts) => string;
  private kept = 0;
  private untilClock = 0;
  private clockMs = 0;
  private forks = -1;
  private seenThreads = 0;

  constructor(private readonly options: LinuxReaderOptions) {
    super();
    this.host = new LinuxHost(options.proc);
    this.maxKept = options.maxKept ?? descriptorLimit() - DESCRIPTOR_MARGIN - unitDescriptors();
    this.now = options.now ?? (() => performance.now());
    this.nameOf = options.nameOf ?? programName;
  }

  read(): Reading {
    const atMs = this.now();
    const sinceBootMs = this.host.uptimeSeconds() * 1000;
    const host = this.host.read();
    const ended: Slot[] = [];
    // A fork anywhere moves the count; where it stands still there can be no newcomer.
    const mayBeNew = !(host.forks === this.forks);
    this.forks = host.forks;
    this.seenThreads = 0;
    this.untilClock = 0;
    this.readKnown(ended);
    if (mayBeNew) this.readNew(this.host.uptimeSeconds() * 1000);
    return { processes: this.live, ended, host, atMs, sinceBootMs, threads: this.threadsOf(host) };
  }

  close(): void {
    for (const slot of this.live) this.release(slot);
    this.live = [];
    this.slots.clear();
    this.host.close();
  }

  private threadsOf(host: HostFacts) {
    if (!Number.isInteger(host.existingThreads)) return undefined;
    return { seen: this.seenThreads, existing: host.existingThreads };
  }

  private readKnown(ended: Slot[]): void {
    const { live } = this;
    let kept = 0;
    for (let at = 0; at < live.length; at++) {
      const slot = live[at] as Slot;
      if (this.renew(slot)) {
        live[kept++] = slot;
        continue;
      }
      this.release(slot);
      this.slots.delete(slot.pid);
      ended.push(slot);
    }
    live.length = kept;
  }

  private readNew(uptimeMs: number): void {
    this.hidden = 0;
    for (const name of readdirSync(this.options.proc)) {
      const first = name.charCodeAt(0);
      if (first < 0x30 || first > 0x39) continue;
      const pid = Number(name);
      if (this.slots.has(pid)) continue;
      const slot = this.open(pid, uptimeMs);
      if (!slot) continue;
      this.slots.set(pid, slot);
      this.live.push(slot);
    }
  }

  private open(pid: number, uptimeMs: number): Slot | undefined {
    const slot = new Slot(pid, `${this.options.proc}/${pid}/stat`, -1);
    const length = this.readFirst(slot);
    if (length <= 0 || !this.line.parse(this.buffer, length)) {
      this.release(slot);
      return undefined;
    }
    slot.startTicks = this.line.startTicks;
    slot.startMs = this.line.startTicks * TICK_MS;
    slot.firstAgeMs = Math.max(0, uptimeMs - slot.startMs);
    this.take(slot);
    return slot;
  }

  private readFirst(slot: Slot): number {
    try {
      const descriptor = openSync(slot.path, 'r');
      slot.descriptor = descriptor;
      this.kept++;
      const length = readSync(descriptor, this.buffer, 0, LINE_BYTES, 0);
      if (this.kept > this.maxKept) this.release(slot);
      return length;
    } catch (error) {
      if (isDenied(error)) this.hidden++;
      return -1;
    }
  }

  /** False where the process has ended, also when another one has its pid now. */
  private renew(slot: Slot): boolean {
    const length = slot.descriptor >= 0 ? this.readKept(slot.descriptor) : this.readOnce(slot.path);
    if (length <= 0 || !this.line.parse(this.buffer, length)) return false;
    if (this.line.startTicks !== slot.startTicks) return false;
    slot.beforeCpuMs = slot.cpuMs;
    slot.beforeChildrenCpuMs = slot.childrenCpuMs;
    slot.beforeAtMs = slot.readAtMs;
    this.take(slot);
    return true;
  }

  private readKept(descriptor: number): number {
    try {
      return readSync(descriptor, this.buffer, 0, LINE_BYTES, 0);
    } catch {
      return -1;
    }
  }

  private readOnce(path: string): number {
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch {
      return -1;
    }
    try {
      return readSync(descriptor, this.buffer, 0, LINE_BYTES, 0);
    } catch {
      return -1;
    } finally {
      closeSync(descriptor);
    }
  }

  /** Moves the values of the line that was parsed last into the slot. */
  private take(slot: Slot): void {
    const { line } = this;
    slot.readings++;
    // The clock costs as much as a tenth of a reading, and this many readings take well under a millisecond.
    if (--this.untilClock < 0) {
      this.untilClock = READINGS_A_CLOCK;
      this.clockMs = this.now();
    }
    slot.readAtMs = this.clockMs;
    slot.parent = line.parent;
    slot.cpuMs = line.cpuTicks * TICK_MS;
    slot.childrenCpuMs = line.childrenCpuTicks * TICK_MS;
    slot.rssBytes = line.rssPages * PAGE_BYTES;
    slot.threads = line.threads;
    this.seenThreads += line.threads;
    if (slot.readings === 1 || (!slot.kernel && (line.stack !== slot.stack || this.isRenamed(slot)))) this.name(slot);
  }

  private isRenamed(slot: Slot): boolean {
    const { comm } = slot;
    const { nameFrom, nameTo } = this.line;
    if (nameTo - nameFrom !== comm.length) return true;
    for (let at = 0; at < comm.length; at++) if (this.buffer[nameFrom + at] !== comm[at]) return true;
    return false;
  }

  /** The name is looked for once a process and again after an exec, which renews the name or at least the stack. */
  private name(slot: Slot): void {
    const { line } = this;
    slot.kernel = line.kernel;
    slot.stack = line.stack;
    slot.comm = Uint8Array.prototype.slice.call(this.buffer, line.nameFrom, line.nameTo);
    const folder = slot.path.slice(0, -'/stat'.length);
    slot.program = line.kernel ? kernelThreadName(slot.comm) : this.nameOf(new ProcessFacts(folder, slot.comm));
    slot.row = undefined;
    slot.unit = undefined;
  }

  private release(slot: Slot): void {
    if (slot.descriptor < 0) return;
    closeSync(slot.descriptor);
    slot.descriptor = -1;
    this.kept--;
  }
}

function isDenied(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM';
}

/** Descriptors that the files of units may keep, whose processes are far more. */
export function unitDescriptors(): number {
  return Math.min(MOST_FOR_UNITS, Math.floor(descriptorLimit() / 8));
}

/** What this process may open; Node has raised it to the hard limit at its start. */
function descriptorLimit(): number {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return match ? Number(match[1]) : 1024;
  } catch {
    return 1024;
  }
}
