import { performance } from 'node:perf_hooks';
import { formatDuration } from '#domain/time';

export interface CostCeiling {
  /** % of one core. */
  cpu: number;
  rssBytes: number;
}

export interface OwnCost {
  /** % of one core, over the last window. */
  cpu: number;
  rssBytes: number;
}

export interface CostProbe {
  cpuMs: () => number;
  rssBytes: () => number;
  now: () => number;
}

/** A judgement needs so many milliseconds, or a single dear tick would weigh too much. */
const WINDOW_MS = 60_000;
/** The interval is never made longer than this by itself. */
export const LONGEST_INTERVAL_MS = 60_000;
/** Below this share of the ceiling the interval may be shortened again: half the ticks must fit twice. */
const COMFORT = 0.4;

const realProbe: CostProbe = {
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  rssBytes: () => process.memoryUsage.rss(),
  now: () => performance.now(),
};

/**
 * What the collector itself costs, and what follows from it: above its ceiling it samples less often rather than
 * becoming the problem, unless the user has chosen the interval, who is warned instead.
 */
export class CostWatch {
  cost: OwnCost = { cpu: 0, rssBytes: 0 };
  private from: { cpuMs: number; at: number };
  private warned = false;

  constructor(
    private readonly ceiling: CostCeiling,
    private readonly interval: { defaultMs: number; chosen: boolean },
    private readonly say: (text: string) => void,
    private readonly probe: CostProbe = realProbe,
  ) {
    this.from = { cpuMs: probe.cpuMs(), at: probe.now() };
  }

  /** What came before, such as starting, does not count. */
  begin(): void {
    this.from = { cpuMs: this.probe.cpuMs(), at: this.probe.now() };
  }

  /** Called at every tick with the interval that is in force; returns the one to use from now on. */
  judge(intervalMs: number): number {
    const { cpuMs, now, rssBytes } = this.probe;
    this.cost.rssBytes = rssBytes();
    const elapsed = now() - this.from.at;
    if (elapsed < Math.max(WINDOW_MS, 3 * intervalMs)) return intervalMs;
    const total = cpuMs();
    this.cost.cpu = ((total - this.from.cpuMs) / elapsed) * 100;
    this.from = { cpuMs: total, at: now() };
    return this.decide(intervalMs);
  }

  private decide(intervalMs: number): number {
    const { cost, ceiling, interval } = this;
    const above = cost.cpu > ceiling.cpu || cost.rssBytes > ceiling.rssBytes;
    if (interval.chosen) {
      if (above && !this.warned) this.say(`${this.described()}; the interval of ${formatDuration(intervalMs)} is kept`);
      this.warned = above;
      return intervalMs;
    }
    if (above && intervalMs < LONGEST_INTERVAL_MS) {
      const longer = Math.min(LONGEST_INTERVAL_MS, intervalMs * 2);
      this.say(`${this.described()}; it samples every ${formatDuration(longer)} from now on`);
      return longer;
    }
    const cheap = cost.cpu < ceiling.cpu * COMFORT && cost.rssBytes < ceiling.rssBytes;
    if (cheap && intervalMs > interval.defaultMs) {
      const shorter = Math.max(interval.defaultMs, intervalMs / 2);
      this.say(`The collector costs little again; it samples every ${formatDuration(shorter)} from now on`);
      return shorter;
    }
    return intervalMs;
  }

  private described(): string {
    const { cost, ceiling } = this;
    const mib = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MB`;
    return (
      `The collector uses ${cost.cpu.toFixed(2)} % of a core and ${mib(cost.rssBytes)}, ` +
      `more than its ceiling of ${ceiling.cpu} % and ${mib(ceiling.rssBytes)}`
    );
  }
}
