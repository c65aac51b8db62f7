import { isoToMicros, type SampleBatch, shareOfLimit, shareOfQuota } from '#domain';
import { type Level, levelOf, memoryLevelOf, quotaLevelOf, swapLevelOf } from './level.js';
import { defaultLevels, type Levels } from './levels.js';
import type { Series } from './watch.js';

/** A breach of at least this length is one that somebody has to act on. */
export const SUSTAINED_MS = 5 * 60_000;
/** Ticks without its program after which a breach is over. */
const GONE_TICKS = 3;

/** A time in which one series was over its shipped limit, or a host was silent; or a kill for want of memory. */
export interface Breach extends Series {
  host: string;
  fromMs: number;
  toMs: number;
  /** The largest value, %; 0 for silence. */
  peak: number;
}

interface HostBreaches {
  lastMs: number;
  mem: number | null;
  open: Map<string, Breach>;
}

/**
 * Finds in the samples alone, whatever rules there are, every breach that was sustained: over the shipped limit without
 * falling below the level that clears it, or without a sample of the host, for `SUSTAINED_MS` or longer; and every kill
 * for want of memory. Batches of a host come in order of time.
 */
export class Breaches {
  readonly sustained: Breach[] = [];
  private readonly hosts = new Map<string, HostBreaches>();

  take(batch: SampleBatch): void {
    const nowMs = isoToMicros(batch.time) / 1000;
    let host = this.hosts.get(batch.host);
    if (!host) this.hosts.set(batch.host, (host = { lastMs: nowMs, mem: null, open: new Map() }));
    this.silence(batch.host, host.lastMs, nowMs);
    host.lastMs = nowMs;
    host.mem = batch.hostUsage?.mem ?? host.mem;
    this.own(batch, host, nowMs);
    this.programs(batch, host, nowMs);
    this.units(batch, host, nowMs);
    const goneMs = GONE_TICKS * (batch.intervalMs ?? 10_000);
    for (const [key, breach] of host.open) if (nowMs - breach.toMs > goneMs) this.close(host, key, breach);
  }

  /** Everything ends with the samples. */
  end(nowMs: number): void {
    for (const [name, host] of this.hosts) {
      this.silence(name, host.lastMs, nowMs);
      for (const [key, breach] of host.open) this.close(host, key, breach);
    }
  }

  private silence(host: string, fromMs: number, toMs: number): void {
    if (toMs - fromMs >= SUSTAINED_MS)
      this.sustained.push({ host, process: null, metric: 'data', fromMs, toMs, peak: 0 });
  }

  private own({ host, hostUsage }: SampleBatch, known: HostBreaches, nowMs: number): void {
    if (!hostUsage) return;
    const { usage, disk } = defaultLevels;
    const { cpu, mem, swap = null, disks = [] } = hostUsage;
    if (cpu !== null) this.step(known, { host, process: null, metric: 'cpu' }, nowMs, levelOf(cpu, usage));
    if (mem !== null) this.step(known, { host, process: null, metric: 'mem' }, nowMs, levelOf(mem, usage));
    if (swap !== null)
      this.step(known, { host, process: null, metric: 'swap' }, nowMs, swapLevelOf(swap, known.mem, usage));
    for (const { path: device, usedPercent, inodesPercent } of disks) {
      this.step(known, { host, process: null, metric: 'disk', device }, nowMs, levelOf(usedPercent, disk));
      if (inodesPercent !== undefined)
        this.step(known, { host, process: null, metric: 'inodes', device }, nowMs, levelOf(inodesPercent, disk));
    }
  }

  private units({ host, units = [] }: SampleBatch, known: HostBreaches, nowMs: number): void {
    const { usage, unitCpu } = defaultLevels;
    for (const one of units) {
      const { unit, throttled = 0, oomKills } = one;
      const [cpu, mem] = [shareOfQuota(one), shareOfLimit(one)];
      if (cpu !== null)
        this.step(known, { host, process: null, unit, metric: 'cpu' }, nowMs, quotaLevelOf(cpu, throttled, unitCpu));
      if (mem !== null) this.step(known, { host, process: null, unit, metric: 'mem' }, nowMs, levelOf(mem, usage));
      // What was killed is lost, however soon its unit has room again.
      if (oomKills > 0)
        this.sustained.push({ host, process: null, unit, metric: 'mem', fromMs: nowMs, toMs: nowMs, peak: mem ?? 0 });
    }
  }

  private programs(batch: SampleBatch, known: HostBreaches, nowMs: number): void {
    const levels: Levels = defaultLevels.usage;
    const { host, names, cpuMax, mem, memMax } = batch;
    for (const [row, process] of names.entries()) {
      const cpu = cpuMax?.[row] ?? null;
      const largest = memMax?.[row] ?? null;
      const sum = mem?.[row] ?? null;
      if (cpu !== null && (cpu > levels.limit || known.open.size > 0))
        this.step(known, { host, process, metric: 'cpu' }, nowMs, levelOf(cpu, levels));
      if (largest !== null && (largest > levels.limit || (sum ?? 0) > levels.limit || known.open.size > 0))
        this.step(known, { host, process, metric: 'mem' }, nowMs, memoryLevelOf(largest, sum, known.mem, levels));
    }
  }

  private step(known: HostBreaches, series: Series & { host: string }, nowMs: number, { level, value }: Level): void {
    const key = keyOf(series);
    const open = known.open.get(key);
    if (open && level === 'below') this.close(known, key, open);
    else if (open) Object.assign(open, { toMs: nowMs, peak: Math.max(open.peak, value ?? 0) });
    else if (level === 'over') known.open.set(key, { ...series, fromMs: nowMs, toMs: nowMs, peak: value ?? 0 });
  }

  private close(host: HostBreaches, key: string, breach: Breach): void {
    host.open.delete(key);
    if (breach.toMs - breach.fromMs >= SUSTAINED_MS) this.sustained.push(breach);
  }
}

/** Names a series within its host. */
export function keyOf({ process, unit, metric, device }: Series): string {
  return JSON.stringify([process, unit ?? null, metric, device ?? null]);
}
