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

/** Shortest time of a judgement, in milliseconds: in less, one expensive tick would weigh too much. */
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

/** The interval that the ticks should have, in milliseconds. */
export interface WantedInterval {
  ms: number;
  /** `kept`: the user's setting, which the guard never stretches; `stretchable`: the default, or ordered at run time. */
  rule: 'kept' | 'stretchable';
}

/**
 * What the collector itself costs, and what follows from it: above its ceiling it samples less often rather than
 * becoming the problem, and goes back to the wanted interval when it is cheap again. An interval from the settings is
 * never stretched; the user is warned instead.
 */
export class CostWatch {
  cost: OwnCost = { cpu: 0, rssBytes: 0 };
  private from: { cpuMs: number; at: number };
  private warned = false;

  constructor(
    private readonly ceiling: CostCeiling,
    private wanted: WantedInterval,
    private readonly say: (text: string) => void,
    private readonly probe: CostProbe = realProbe,
  ) {
    this.from = { cpuMs: probe.cpuMs(), at: probe.now() };
  }

  /** Starts the first window: what the start of the process cost does not count. */
  begin(): void {
    this.from = { cpuMs: this.probe.cpuMs(), at: this.probe.now() };
  }

  /** From now on this interval is the wanted one; its cost is judged from scratch. */
  order(intervalMs: number): void {
    this.wanted = { ms: intervalMs, rule: 'stretchable' };
    this.warned = false;
    this.begin();
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
    const { cost, ceiling, wanted } = this;
    const above = cost.cpu > ceiling.cpu || cost.rssBytes > ceiling.rssBytes;
    if (above) return this.stretched(intervalMs);
    this.warned = false;
    const cheap = cost.cpu < ceiling.cpu * COMFORT;
    if (!cheap || intervalMs <= wanted.ms) return intervalMs;
    const shorter = Math.max(wanted.ms, intervalMs / 2);
    this.say(
      `The collector costs little again; it samples every ${formatDuration(shorter)} from now on` +
        (shorter === wanted.ms ? ', as it was told' : ` on its way back to ${formatDuration(wanted.ms)}`),
    );
    return shorter;
  }

  private stretched(intervalMs: number): number {
    const { wanted, warned } = this;
    if (wanted.rule === 'stretchable' && intervalMs < LONGEST_INTERVAL_MS) {
      const longer = Math.min(LONGEST_INTERVAL_MS, intervalMs * 2);
      const told = intervalMs === wanted.ms ? `, though it was told ${formatDuration(wanted.ms)}` : '';
      this.say(`${this.described()}; it samples every ${formatDuration(longer)} from now on${told}`);
      return longer;
    }
    if (!warned) this.say(`${this.described()}; the interval of ${formatDuration(intervalMs)} is kept`);
    this.warned = true;
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
