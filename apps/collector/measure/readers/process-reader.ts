/** What accounts for a process together with others. */
export interface UnitPlace {
  /** Its index in the units of the newest tick; negative where it is not among them. */
  index: number;
}

/**
 * One process. A reader keeps the object for as long as the process lives and renews its values in place, so that a
 * tick allocates nothing per process.
 */
export interface ProcessEntry {
  readonly pid: number;
  /** Process that waits for this one's end; 0 where there is none. */
  parent: number;
  /** Name of its program, after the naming rules. */
  program: string;
  /** A thread of the kernel, which has no program. */
  kernel: boolean;
  /** CPU time since its start, in milliseconds. */
  cpuMs: number;
  /** CPU time of its ended children and theirs that were waited for, in milliseconds. */
  childrenCpuMs: number;
  rssBytes: number;
  threads: number;
  /** When it was read, in milliseconds of the monotonic clock. */
  readAtMs: number;
  /** How old it was when it was first seen, in milliseconds. */
  readonly firstAgeMs: number;
  /** When it started, in milliseconds after the boot of the host; NaN where that is not known. */
  readonly startMs: number;
  /** How often it has been read; 1: it is new, and the values of the reading before mean nothing. */
  readings: number;
  /** Values of the reading before. */
  beforeCpuMs: number;
  beforeChildrenCpuMs: number;
  beforeAtMs: number;
  /** The row of its program, kept here by the table that groups. */
  row: unknown;
  /** Kept here by what watches the units: null where it is in none, undefined where that has to be looked up. */
  unit: UnitPlace | null | undefined;
}

/** Counters of the whole host since its boot, in milliseconds of CPU time summed over its cores. */
export interface HostCounters {
  cores: number;
  /** Time that was not idle. */
  busyMs: number;
  /** Idle, busy and stolen time together. */
  totalMs: number;
  /** Time in interrupts, which belongs to no process; part of `busyMs`. */
  interruptMs: number;
  /** Time that the hypervisor gave to others; no part of `busyMs`. */
  stolenMs: number;
  memTotalBytes: number;
  /** Memory that new programs could get without swapping. */
  memAvailableBytes: number;
  /** Swap and what is free of it; undefined where it is not known. */
  swap?: { totalBytes: number; freeBytes: number } | undefined;
}

export interface Reading {
  /** Every process that can be seen. */
  processes: readonly ProcessEntry[];
  /** Those of the reading before that have ended since, with their last values. */
  ended: readonly ProcessEntry[];
  host: HostCounters;
  /** When the reading began, in milliseconds of the monotonic clock. */
  atMs: number;
  /** The same moment in milliseconds after the boot of the host, sleep included; NaN where that is not known. */
  sinceBootMs: number;
  /** Threads of the processes seen, and all there are; undefined where the kernel does not say. */
  threads: { seen: number; existing: number } | undefined;
}

/**
 * Reads every process of the host and the host's own counters. Processes that come and go while it reads are normal;
 * it throws only where the whole source is away.
 */
export abstract class ProcessReader {
  /** One reading; `processes` and `ended` are valid until the next one. */
  abstract read(): Reading | Promise<Reading>;
  abstract close(): void;
}
