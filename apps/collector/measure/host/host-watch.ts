import { statfsSync } from 'node:fs';
import type { CpuLedger, HostUsage } from '#domain';
import { CpuLedgerBook } from './cpu-ledger.js';
import { hostUsageOf } from './host-usage.js';
import { readCgroupLimits } from './cgroup-limits.js';
import type { DiskReader } from './disks.js';
import { type IoCounters, readIo } from './linux-io.js';
import type { HostCounters, Reading } from '../readers/process-reader.js';

/** What the newest tick measured of the host, and how far it lies behind the one before. */
export interface HostSnapshot {
  /** Unix milliseconds. */
  timeMs: number;
  usage: HostUsage;
  memAvailableBytes: number;
  /** Size, use and free space of the root file system, in bytes. */
  root: { path: string; totalBytes: number; usedBytes: number; availableBytes: number } | undefined;
  io: IoCounters;
  before: { io: IoCounters; elapsedMs: number } | undefined;
}

/** Follows the host itself from tick to tick: usage, ledger of its CPU time, disks and network. */
export class HostWatch {
  readonly book = new CpuLedgerBook();
  ledger: CpuLedger | undefined;
  snapshot: HostSnapshot | undefined;
  private before: { host: HostCounters; atMs: number } | undefined;
  private readonly limits;

  constructor(
    private readonly options: { proc: string; root: string; disks: DiskReader },
    limits = options.proc === '/proc' ? readCgroupLimits() : {},
  ) {
    this.limits = limits;
  }

  /** Milliseconds since the reading before; 0 where there was none. */
  elapsed(reading: Reading): number {
    return this.before ? reading.atMs - this.before.atMs : 0;
  }

  /** The first reading, which is only there to be compared with. */
  begin(reading: Reading): void {
    this.before = { host: reading.host, atMs: reading.atMs };
  }

  /** @param timeMs time of the tick in Unix milliseconds */
  enter(reading: Reading, timeMs: number): HostUsage {
    const before = this.before ?? { host: reading.host, atMs: reading.atMs };
    const elapsedMs = reading.atMs - before.atMs;
    const usage = hostUsageOf(before.host, reading.host, this.limits);
    const disks = this.options.disks.read(reading.atMs);
    if (disks.length > 0) usage.disks = disks;
    if (elapsedMs > 0) usage.ledger = this.ledger = this.book.enter(before.host, reading, elapsedMs);
    const io = readIo(this.options.proc);
    const last = this.snapshot && { io: this.snapshot.io, elapsedMs };
    this.snapshot = {
      timeMs,
      usage,
      memAvailableBytes: reading.host.memAvailableBytes,
      root: rootOf(this.options.root),
      io,
      before: last,
    };
    this.begin(reading);
    return usage;
  }
}

export function rootOf(path: string): HostSnapshot['root'] {
  try {
    const { bsize, blocks, bfree, bavail } = statfsSync(path);
    return {
      path: '/',
      totalBytes: blocks * bsize,
      usedBytes: (blocks - bfree) * bsize,
      availableBytes: bavail * bsize,
    };
  } catch {
    return undefined;
  }
}
