import { isoToMicros, type SampleBatch } from '#domain';
import { levelOf, memoryLevelOf } from './level.js';
import { defaultLevels, type Levels } from './levels.js';
import type { Series } from './watch.js';

/** A breach of at least this length is one that somebody has to act on. */
export const SUSTAINED_MS = 5 * 60_000;
/** Ticks without its program after which a breach is over. */
const GONE_TICKS = 3;

/** A time in which one series was over its shipped limit, or a host was silent. */
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
 * falling below the level that clears it, or without a sample of the host, for `SUSTAINED_MS` or longer. Batches of
 * a host come in order of time.
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
    const { cpu, mem, disks = [] } = hostUsage;
    if (cpu !== null)
      this.step(known, { host, process: null, metric: 'cpu' }, nowMs, levelOf(cpu, defaultLevels.usage));
    if (mem !== null)
      this.step(known, { host, process: null, metric: 'mem' }, nowMs, levelOf(mem, defaultLevels.usage));
    for (const { path, usedPercent } of disks) {
      const series = { host, process: null, metric: 'disk', device: path } as const;
      this.step(known, series, nowMs, levelOf(usedPercent, defaultLevels.disk));
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

  private step(
    known: HostBreaches,
    series: Series & { host: string },
    nowMs: number,
    { level, value }: { level: string; value: number },
  ): void {
    const key = keyOf(series);
    const open = known.open.get(key);
    if (open && level === 'below') this.close(known, key, open);
    else if (open) Object.assign(open, { toMs: nowMs, peak: Math.max(open.peak, value) });
    else if (level === 'over') known.open.set(key, { ...series, fromMs: nowMs, toMs: nowMs, peak: value });
  }

  private close(host: HostBreaches, key: string, breach: Breach): void {
    host.open.delete(key);
    if (breach.toMs - breach.fromMs >= SUSTAINED_MS) this.sustained.push(breach);
  }
}

/** Names a series within its host. */
export function keyOf({ process, metric, device }: Series): string {
  return JSON.stringify([process, metric, device ?? null]);
}
