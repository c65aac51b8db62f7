import { cpus, freemem, totalmem, uptime } from 'node:os';
import { performance } from 'node:perf_hooks';
import { type HostCounters, type ProcessEntry, ProcessReader, type Reading } from './process-reader.js';

/** A process as ps-list names it. */
export interface ListedProcess {
  pid: number;
  ppid: number;
  name: string;
}

/** Counters of a process as pidusage gives them; its `cpu` is not used, because it is wrong in three ways (see below). */
export interface ProcessUsage {
  /** CPU time since its start, in milliseconds. */
  ctime: number;
  /** Time since its start, in milliseconds. */
  elapsed: number;
  /** Resident memory, in bytes. */
  memory: number;
}

/** Where a portable reader gets its numbers from: the system's own tools, or what they once printed. */
export interface PortableSource {
  list(): Promise<ListedProcess[]>;
  /** Counters by pid; processes that have ended are missing or null. */
  usage(pids: number[]): Promise<Record<string, ProcessUsage | null | undefined>>;
  host(): HostCounters;
}

export interface PortableReaderOptions {
  source?: PortableSource;
  /** Milliseconds of a clock that never jumps. */
  now?: () => number;
  /** Milliseconds since the boot of the host, sleep included. */
  sinceBoot?: () => number;
}

/** More pids on one command line would be longer than Windows takes. */
const PIDS_A_QUESTION = 200;
/** `ps` gives ages in whole seconds: two starts of one process may seem to lie so far apart. */
const SAME_START_MS = 2_500;
const MAX_NAME_CHARACTERS = 255;

type Entry = { -readonly [Key in keyof ProcessEntry]: ProcessEntry[Key] } & { startedAtMs: number };

/**
 * Reads processes through `ps` on macOS and through WMI on Windows, with the packages that know their output. Only
 * cumulative counters are taken from them. What pidusage calls `cpu` is 0 for the first value of every process, wrong
 * once a pid is used again and 0 above its `maxage`, and that of ps-list is an average over the process's life.
 */
export class PortableReader extends ProcessReader {
  private readonly entries = new Map<number, Entry>();
  private readonly source: PortableSource;
  private readonly now: () => number;
  private readonly sinceBoot: () => number;

  constructor(options: PortableReaderOptions = {}) {
    super();
    this.source = options.source ?? systemSource;
    this.now = options.now ?? (() => performance.now());
    this.sinceBoot = options.sinceBoot ?? (() => uptime() * 1000);
  }

  async read(): Promise<Reading> {
    const atMs = this.now();
    const sinceBootMs = this.sinceBoot();
    const listed = await this.source.list();
    const usage = await this.usageOf(listed);
    const host = this.source.host();
    const ended = new Map(this.entries);
    const processes: Entry[] = [];
    for (const process of listed) {
      const counters = usage.get(process.pid);
      if (!counters) continue;
      const known = this.entries.get(process.pid);
      const same = known && isSame(known, process, counters) ? known : undefined;
      if (same) ended.delete(process.pid);
      const entry = same ?? newEntry(process, counters, sinceBootMs + counters.readAtMs - atMs);
      renew(entry, process, counters);
      this.entries.set(process.pid, entry);
      processes.push(entry);
    }
    for (const [pid, entry] of ended) if (this.entries.get(pid) === entry) this.entries.delete(pid);
    return { processes, ended: [...ended.values()], host, atMs, sinceBootMs, threads: undefined };
  }

  close(): void {
    this.entries.clear();
  }

  /** Each answer carries the time at which it came, which is when its counters were read. */
  private async usageOf(listed: ListedProcess[]): Promise<Map<number, Timed>> {
    const found = new Map<number, Timed>();
    for (let from = 0; from < listed.length; from += PIDS_A_QUESTION) {
      const pids = listed.slice(from, from + PIDS_A_QUESTION).map(({ pid }) => pid);
      const answer = await this.source.usage(pids);
      const readAtMs = this.now();
      for (const pid of pids) {
        const counters = answer[pid];
        if (counters && Number.isFinite(counters.ctime)) found.set(pid, { ...counters, readAtMs });
      }
    }
    return found;
  }
}

interface Timed extends ProcessUsage {
  readAtMs: number;
}

/** A pid belongs to another process now where its start, its name or its CPU time can't be the old one's. */
function isSame(known: Entry, process: ListedProcess, counters: Timed): boolean {
  return (
    counters.ctime >= known.cpuMs &&
    Math.abs(counters.readAtMs - counters.elapsed - known.startedAtMs) <= SAME_START_MS &&
    known.program === nameOf(process)
  );
}

/** @param sinceBootMs when the counters were read, in milliseconds after the boot of the host */
function newEntry(process: ListedProcess, counters: Timed, sinceBootMs: number): Entry {
  return {
    pid: process.pid,
    parent: process.ppid,
    program: nameOf(process),
    kernel: false,
    cpuMs: 0,
    childrenCpuMs: 0,
    rssBytes: 0,
    threads: 1,
    readAtMs: 0,
    firstAgeMs: Math.max(0, counters.elapsed),
    startMs: sinceBootMs - counters.elapsed,
    readings: 0,
    beforeCpuMs: 0,
    beforeChildrenCpuMs: 0,
    beforeAtMs: 0,
    row: undefined,
    unit: null,
    startedAtMs: counters.readAtMs - counters.elapsed,
  };
}

function renew(entry: Entry, process: ListedProcess, counters: Timed): void {
  entry.readings++;
  entry.beforeCpuMs = entry.cpuMs;
  entry.beforeAtMs = entry.readAtMs;
  entry.cpuMs = counters.ctime;
  entry.readAtMs = counters.readAtMs;
  entry.parent = process.ppid;
  entry.rssBytes = Number.isFinite(counters.memory) && counters.memory > 0 ? counters.memory : 0;
}

/** The file's name without its folder, which `ps` on macOS puts in front. */
function nameOf({ name }: ListedProcess): string {
  const file = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1) || name;
  return Array.from(file.toWellFormed()).slice(0, MAX_NAME_CHARACTERS).join('') || '(no name)';
}

/** The packages are loaded at the first question, so that nobody pays for them on Linux. */
const systemSource: PortableSource = {
  async list() {
    const { default: psList } = await import('ps-list');
    return psList();
  },
  async usage(pids) {
    const { default: pidusage } = await import('pidusage');
    try {
      return await pidusage(pids, { maxage: 3_600_000 });
    } catch (error) {
      if (isNobody(error)) return {};
      throw error;
    }
  },
  host: hostCounters,
};

/** All processes that were asked for have ended, which is nothing wrong. */
function isNobody(error: unknown): boolean {
  return error instanceof Error && /no matching pid/i.test(error.message);
}

export function hostCounters(): HostCounters {
  const cores = cpus();
  let busyMs = 0;
  let idleMs = 0;
  let interruptMs = 0;
  for (const { times } of cores) {
    busyMs += times.user + times.nice + times.sys + times.irq;
    idleMs += times.idle;
    interruptMs += times.irq;
  }
  return {
    cores: Math.max(1, cores.length),
    busyMs,
    totalMs: busyMs + idleMs,
    interruptMs,
    stolenMs: 0,
    memTotalBytes: totalmem(),
    memAvailableBytes: process.availableMemory?.() ?? freemem(),
  };
}
