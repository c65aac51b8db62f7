import type { UnitKind } from '#domain/unit';
import { cpuPercent } from '../cpu-meter.js';
import { GONE, GroupFile, type GroupReader } from './group-file.js';
import type { Group } from './group.js';
import { risen } from './risen.js';

const USAGE_USEC = Buffer.from('usage_usec ');
const PERIODS = Buffer.from('nr_periods ');
const THROTTLED = Buffer.from('nr_throttled ');
const INACTIVE = Buffer.from('inactive_file ');
const TOTAL_INACTIVE = Buffer.from('total_inactive_file ');
const AVG10 = Buffer.from('some avg10=');
/** Files that are read at every tick, on descriptors that stay open. */
const files = {
  usageV1: ['memory', 'memory.usage_in_bytes'],
  statV1: ['memory', 'memory.stat'],
  usage: ['unified', 'memory.current'],
  stat: ['unified', 'memory.stat'],
  cpuacct: ['cpuacct', 'cpuacct.usage'],
  cpuV1: ['cpu', 'cpu.stat'],
  cpu: ['unified', 'cpu.stat'],
  pidsV1: ['pids', 'pids.current'],
  pids: ['unified', 'pids.current'],
  cpuPressure: ['unified', 'cpu.pressure'],
  memPressure: ['unified', 'memory.pressure'],
  ioPressure: ['unified', 'io.pressure'],
} as const;
type FileKey = keyof typeof files;

/** What the kernel says of one unit at one tick; undefined: it does not say. */
export interface UnitNumbers {
  /** % of one core. */
  cpu: number | undefined;
  throttled: number | undefined;
  memBytes: number | undefined;
  pids: number | undefined;
  cpuPressure: number | undefined;
  memPressure: number | undefined;
  ioPressure: number | undefined;
}

interface Counters {
  cpuMs: number;
  periods: number;
  throttled: number;
}

/** A group that is sent as a unit: its name, its files, and what was read of them last. */
export class Unit {
  /** What was read at the newest tick. */
  numbers: UnitNumbers = none();
  /** oom_score of its largest processes by pid, which costs the kernel more than anything else here. */
  readonly scores = new Map<number, number | undefined>();
  private usageBytes = Number.NaN;
  private counters: Counters = { cpuMs: Number.NaN, periods: Number.NaN, throttled: Number.NaN };
  private readAtMs = Number.NaN;
  private readonly open: Partial<Record<FileKey, GroupFile>> = {};

  constructor(
    readonly group: Group,
    readonly name: string,
    readonly kind: UnitKind,
    private readonly reader: GroupReader,
  ) {}

  /**
   * Reads what one tick needs. A unit in which nothing ran and nothing changed costs two readings.
   *
   * @param due whether it is the turn of what seldom changes in an idle unit
   * @returns false where the group has been removed since, or nothing of it can be read
   */
  measure(nowMs: number, cores: number, due: boolean): boolean {
    const counters = this.readCounters();
    const usageBytes = counters && this.readUsage();
    if (!counters || usageBytes === undefined || (Number.isNaN(counters.cpuMs) && Number.isNaN(usageBytes)))
      return false;
    const before = this.counters;
    const elapsedMs = nowMs - this.readAtMs;
    const idle = counters.cpuMs === before.cpuMs && Object.is(usageBytes, this.usageBytes) && this.isCalm();
    this.counters = counters;
    this.usageBytes = usageBytes;
    this.readAtMs = nowMs;
    this.numbers.cpu = cpuPercent(risen(before.cpuMs, counters.cpuMs), elapsedMs, cores);
    this.numbers.throttled = throttledShare(before, counters);
    if (!idle || due) this.readRest();
    return true;
  }

  /** The group was removed, and perhaps made again: what it counts begins at 0. */
  restart(): void {
    this.close();
    this.counters = { cpuMs: 0, periods: 0, throttled: 0 };
    this.usageBytes = Number.NaN;
    this.numbers = none();
  }

  close(): void {
    for (const file of Object.values(this.open)) file.close();
  }

  private isCalm(): boolean {
    const { cpuPressure, memPressure, ioPressure } = this.numbers;
    return !cpuPressure && !memPressure && !ioPressure;
  }

  /** undefined where the group is gone. */
  private readCounters(): Counters | undefined {
    const { reader } = this;
    const { folders, limits } = this.group;
    const counters: Counters = { cpuMs: Number.NaN, periods: Number.NaN, throttled: Number.NaN };
    if (folders.cpuacct !== undefined) {
      const length = this.read('cpuacct');
      if (length === GONE) return undefined;
      if (length > 0) counters.cpuMs = reader.first() / 1e6;
    } else if (folders.unified !== undefined) {
      const length = this.read('cpu');
      if (length === GONE) return undefined;
      if (length > 0) counters.cpuMs = reader.after(USAGE_USEC) / 1000;
    }
    if (limits.cpu === Infinity) return counters;
    const length = folders.cpu === undefined ? this.read('cpu') : this.read('cpuV1');
    if (length > 0) {
      counters.periods = reader.after(PERIODS);
      counters.throttled = reader.after(THROTTLED);
    }
    return counters;
  }

  /** NaN where it is not accounted, undefined where the group is gone. */
  private readUsage(): number | undefined {
    const length = this.read(this.group.folders.memory === undefined ? 'usage' : 'usageV1');
    if (length === GONE) return undefined;
    return length > 0 ? this.reader.first() : Number.NaN;
  }

  private readRest(): void {
    const { reader, numbers, usageBytes } = this;
    const { memory, pids } = this.group.folders;
    const inactive =
      memory === undefined
        ? this.read('stat') > 0 && reader.after(INACTIVE)
        : this.read('statV1') > 0 && reader.after(TOTAL_INACTIVE);
    numbers.memBytes = count(Math.max(0, usageBytes - (inactive || 0)));
    numbers.pids = this.read(pids === undefined ? 'pids' : 'pidsV1') > 0 ? count(reader.first()) : undefined;
    for (const key of ['cpuPressure', 'memPressure', 'ioPressure'] as const) {
      numbers[key] = this.read(key) > 0 ? share(reader.after(AVG10)) : undefined;
    }
  }

  private read(key: FileKey): number {
    let file = this.open[key];
    if (!file) {
      const [hierarchy, name] = files[key];
      const folder = this.group.folders[hierarchy];
      if (folder === undefined) return -1;
      file = this.open[key] = new GroupFile(this.reader, `${folder}/${name}`);
    }
    return file.read();
  }
}

function none(): UnitNumbers {
  return {
    cpu: undefined,
    throttled: undefined,
    memBytes: undefined,
    pids: undefined,
    cpuPressure: undefined,
    memPressure: undefined,
    ioPressure: undefined,
  };
}

function throttledShare(before: Counters, now: Counters): number | undefined {
  const periods = risen(before.periods, now.periods);
  if (Number.isNaN(periods)) return undefined;
  return periods > 0 ? share((risen(before.throttled, now.throttled) / periods) * 100) : 0;
}

function share(percent: number): number | undefined {
  return Number.isNaN(percent) ? undefined : Math.min(100, Math.max(0, Math.round(percent * 1000) / 1000));
}

function count(value: number): number | undefined {
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
