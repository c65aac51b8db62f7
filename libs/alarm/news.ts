import type { Color, Incident } from '#domain';
import { defaultRules, type Rules } from './levels.js';

/** What the plan asks those who judge. */
export interface Judged {
  readonly rules: Pick<Rules, 'details'>;
  /** The record with its values of now. */
  withValues(incident: Incident): Incident;
  /** Whether what gave an open incident its colour still is so at the newest tick. */
  stillHolds(incident: Incident): boolean;
  /** Whether some host has not been heard of since `sinceMs` and will count as silent by `untilMs`, if it stays so. */
  awaitsHost(sinceMs: number, untilMs: number, nowMs: number): boolean;
}

/** Where nobody judges, what was said last holds. */
export const asSaid: Judged = {
  rules: defaultRules,
  withValues: (incident) => incident,
  stillHolds: () => true,
  awaitsHost: () => false,
};

/** An incident, and what people know of it. */
export interface Entry {
  incident: Incident;
  /** The worst colour that people were told of; GREEN: none, or its end. */
  told: Color;
  /** When the first change came that nobody has been told of, ms. */
  newsMs: number;
  /** When its own wait is over, ms. */
  dueMs: number;
  /** It no longer held when its wait was over. */
  lapsed: boolean;
}

/** Whether it is RED because the kernel killed a process, which is a fact and not a value that may fall again. */
export function isKill({ color, reason }: Pick<Incident, 'color' | 'reason'>): boolean {
  return color === 'RED' && reason === 'oom-killed';
}

/** This number of alerts at once is no blip: they are sent sooner, so that their digest is out within half a minute. */
const STORM_ALERTS = 100;
const STORM_WAIT_MS = 10_000;

/** News, how long each of them has to wait, and which of them still hold then. */
export class News {
  private readonly entries = new Set<Entry>();

  /** @param waitMs how long changes wait to go out together, ms */
  constructor(
    private readonly waitMs: number,
    private readonly judged: Judged,
  ) {}

  [Symbol.iterator](): Iterator<Entry> {
    return this.entries[Symbol.iterator]();
  }

  delete(entry: Entry): void {
    this.entries.delete(entry);
  }

  /** Takes what is news since now, or has another colour since now. */
  add(entry: Entry, colorBefore: Color, nowMs: number): void {
    const dueMs = nowMs + this.waitOf(entry.incident);
    // Counts as new now: also what was muted or lapsed, and has another colour now.
    if (!this.entries.has(entry) || (colorBefore !== entry.incident.color && (entry.lapsed || entry.dueMs <= nowMs))) {
      Object.assign(entry, { newsMs: nowMs, dueMs, lapsed: false });
    } else entry.dueMs = Math.min(entry.dueMs, dueMs);
    this.entries.add(entry);
  }

  /** Those of `heard` whose wait is over and that still hold; of a storm, all that came while it waited, and sooner. */
  ready(heard: Entry[], nowMs: number): { entries: Set<Entry>; isStorm: boolean } {
    for (const entry of heard) this.renew(entry, nowMs);
    const holding = heard.filter(({ lapsed }) => !lapsed);
    const stormMs = stormSince(holding);
    const isOver = stormMs !== undefined && nowMs >= stormMs + Math.min(STORM_WAIT_MS, this.waitMs);
    const entries = holding.filter((entry) => {
      if (nowMs < entry.dueMs && !isOver) return false;
      entry.lapsed = entry.incident.closed === null && !this.judged.stillHolds(entry.incident);
      return !entry.lapsed;
    });
    return { entries: new Set(entries), isStorm: stormMs !== undefined };
  }

  /** What lapsed and is so again waits anew; a value that its rule pages at ends the longer wait of a RED. */
  private renew(entry: Entry, nowMs: number): void {
    const { incident } = entry;
    if (entry.lapsed) {
      if (!this.judged.stillHolds(incident)) return;
      Object.assign(entry, { newsMs: nowMs, dueMs: nowMs + this.waitOf(incident), lapsed: false });
    }
    const soonerMs = entry.newsMs + this.waitMs;
    if (incident.color !== 'RED' || entry.dueMs <= soonerMs) return;
    if (this.pages(incident)) entry.dueMs = soonerMs;
  }

  /** Whether a RED has not yet held for as long as its rule says, or no longer holds; of what is no news, never. */
  isHeldBack(entry: Entry, nowMs: number): boolean {
    const { incident, newsMs } = entry;
    if (!this.entries.has(entry) || incident.color !== 'RED' || incident.metric === 'data') return false;
    if (!this.judged.stillHolds(incident)) return true;
    if (isKill(incident)) return false;
    return nowMs - newsMs < this.judged.rules.details(incident.rule).forMs && !this.pages(incident);
  }

  /** Whether it is at the value now that its rule pages at. */
  private pages(incident: Incident): boolean {
    const { pageAt } = this.judged.rules.details(incident.rule);
    if (pageAt === null) return false;
    const { current, value } = this.judged.withValues(incident);
    return (current ?? value ?? 0) >= pageAt;
  }

  /**
   * A kill may be over before any wait is; a silent host has been silent for three intervals already; other REDs wait for
   * as long as their rule says.
   */
  private waitOf(incident: Incident): number {
    const { color, metric, rule } = incident;
    if (isKill(incident)) return 0;
    if (color !== 'RED' || metric === 'data') return this.waitMs;
    return Math.max(this.waitMs, this.judged.rules.details(rule).forMs);
  }
}

/** When there were so many news that it is a storm; judging one that large takes several ticks. */
function stormSince(news: Entry[]): number | undefined {
  if (news.length < STORM_ALERTS) return undefined;
  const times = news.map(({ newsMs }) => newsMs);
  return times.sort((a, b) => a - b)[STORM_ALERTS - 1];
}
