import { cpuPercent, firstCpuPercent } from '../cpu-meter.js';
import type { ProcessEntry, Reading } from '../readers/process-reader.js';

/** What all processes of one program use at one tick. */
interface ProgramRow {
  name: string;
  /** The tick at which the row was last filled; older values are void. */
  tick: number;
  count: number;
  /** Processes with a CPU value; those that wait for their second reading have none. */
  measured: number;
  cpu: number;
  cpuMax: number;
  rssBytes: number;
  rssMax: number;
  /** Start of its oldest process, in milliseconds after the boot of the host. */
  startMs: number;
  /** Index of the unit that all of its processes are in. */
  unit: number;
}

/** The columns of a batch. */
export interface ProgramColumns {
  names: string[];
  count: number[];
  cpu: (number | null)[];
  cpuMax: (number | null)[];
  mem: (number | null)[];
  memMax: (number | null)[];
  rssBytes: number[];
  /** Start of the oldest process, Unix seconds; null where that is not known. */
  started: (number | null)[];
  /** Index of the unit that all processes of the program are in; null where they are in none, or in several. */
  unit: (number | null)[];
}

export const DEFAULT_MAX_NAMES = 2_000;
/** The boot of the host is where it was unless it seems to have moved by more: the wall clock is brought right in small steps. */
const SAME_BOOT_MS = 2_000;
/** Index of a unit that is none. */
const NO_UNIT = -1;
/** All programs beyond the ceiling together. */
export const OTHER = 'other';

/**
 * Groups processes by program name. A ceiling bounds the names of a host: a program that finds no free place is counted
 * under `other`, so that the sums stay exact; one that has a place keeps it until its last process has ended.
 */
export class ProgramTable {
  /** Processes that were counted under `other` at the newest tick because of the ceiling. */
  folded = 0;
  private readonly rows = new Map<string, ProgramRow>();
  private readonly other = emptyRow(OTHER);
  private tick = 0;
  /** Boot of the host, Unix milliseconds. */
  private bootMs = Number.NaN;

  constructor(private readonly maxNames = DEFAULT_MAX_NAMES) {}

  /**
   * @param tickMs time since the reading before, in milliseconds; 0 where there was none
   * @param timeMs when the reading began, Unix milliseconds
   */
  group(reading: Reading, tickMs: number, timeMs: number): ProgramColumns {
    this.tick++;
    this.folded = 0;
    const bootMs = timeMs - reading.sinceBootMs;
    // One boot for all ticks and processes, so that no start flips by a second from tick to tick.
    if (!(Math.abs(bootMs - this.bootMs) <= SAME_BOOT_MS)) this.bootMs = bootMs;
    const { cores } = reading.host;
    const { processes } = reading;
    for (let at = 0; at < processes.length; at++) {
      const process = processes[at] as ProcessEntry;
      const row = this.rowOf(process);
      if (row.tick !== this.tick) clear(row, this.tick);
      add(row, process, cpuOf(process, tickMs, cores));
    }
    return this.columns(reading.host.memTotalBytes);
  }

  private rowOf(process: ProcessEntry): ProgramRow {
    const known = process.row as ProgramRow | undefined;
    if (known) return known;
    let row = this.rows.get(process.program);
    if (!row) {
      if (this.rows.size >= this.maxNames && process.program !== OTHER) {
        this.folded++;
        return this.other;
      }
      row = process.program === OTHER ? this.other : emptyRow(process.program);
      this.rows.set(process.program, row);
    }
    process.row = row;
    return row;
  }

  private columns(memTotalBytes: number): ProgramColumns {
    const host = { memTotalBytes, bootMs: this.bootMs };
    const columns = emptyColumns();
    for (const [name, row] of this.rows) {
      if (row.tick !== this.tick) this.rows.delete(name);
      else if (row !== this.other) push(columns, row, host);
    }
    if (this.other.tick === this.tick) push(columns, this.other, host);
    return columns;
  }
}

/** CPU of one process since its reading before, or since its start where it is new and young. */
export function cpuOf(process: ProcessEntry, tickMs: number, cores: number): number | undefined {
  if (process.readings <= 1) return firstCpuPercent(process.cpuMs, process.firstAgeMs, tickMs, cores);
  return cpuPercent(process.cpuMs - process.beforeCpuMs, process.readAtMs - process.beforeAtMs, cores);
}

function emptyColumns(): ProgramColumns {
  return { names: [], count: [], cpu: [], cpuMax: [], mem: [], memMax: [], rssBytes: [], started: [], unit: [] };
}

function emptyRow(name: string): ProgramRow {
  const sums = { count: 0, measured: 0, cpu: 0, cpuMax: 0, rssBytes: 0, rssMax: 0 };
  return { name, tick: 0, ...sums, startMs: Infinity, unit: NO_UNIT };
}

function clear(row: ProgramRow, tick: number): void {
  row.tick = tick;
  row.count = row.measured = row.cpu = row.cpuMax = row.rssBytes = row.rssMax = 0;
  row.startMs = Infinity;
}

function add(row: ProgramRow, process: ProcessEntry, cpu: number | undefined): void {
  const unit = process.unit ? process.unit.index : NO_UNIT;
  if (row.count++ === 0) row.unit = unit;
  else if (row.unit !== unit) row.unit = NO_UNIT;
  if (process.startMs < row.startMs) row.startMs = process.startMs;
  row.rssBytes += process.rssBytes;
  if (process.rssBytes > row.rssMax) row.rssMax = process.rssBytes;
  if (cpu === undefined) return;
  row.measured++;
  row.cpu += cpu;
  if (cpu > row.cpuMax) row.cpuMax = cpu;
}

function push(columns: ProgramColumns, row: ProgramRow, host: { memTotalBytes: number; bootMs: number }): void {
  const { memTotalBytes, bootMs } = host;
  columns.names.push(row.name);
  columns.count.push(row.count);
  columns.cpu.push(row.measured > 0 ? rounded(row.cpu) : null);
  columns.cpuMax.push(row.measured > 0 ? rounded(row.cpuMax) : null);
  columns.mem.push(memTotalBytes > 0 ? rounded((row.rssBytes / memTotalBytes) * 100) : null);
  columns.memMax.push(memTotalBytes > 0 ? rounded((row.rssMax / memTotalBytes) * 100) : null);
  columns.rssBytes.push(row.rssBytes);
  columns.started.push(unixSeconds(bootMs + row.startMs));
  columns.unit.push(row.unit < 0 ? null : row.unit);
}

/** Null for what is no time after 1970. */
function unixSeconds(ms: number): number | null {
  return ms >= 0 && ms < Infinity ? Math.floor(ms / 1000) : null;
}

/** To a thousandth of a percent, which is finer than the kernel counts and short on the wire. */
function rounded(percent: number): number {
  return Math.round(percent * 1000) / 1000;
}
