import { type Color, colorRank, type Incident, microsToIso, type Notification } from '#domain';
import { isWorse, type Mute } from './mute.js';
import { itemOf } from './notification-item.js';

export interface PlanOptions {
  /** How long the first change of a host waits, ms, so that a blip is never sent. */
  waitMs: number;
  /** Changes of a host without a RED wait at least this long after its last message, ms. */
  groupIntervalMs: number;
  /** What is still open is sent again after this time, ms. */
  repeatMs: number;
  newId: () => string;
}

/** This number of alerts at once is no blip: they are sent sooner, so that their digest is out within half a minute. */
const STORM_ALERTS = 100;
const STORM_WAIT_MS = 10_000;
/** Changes on more hosts than this become one digest. */
const DIGEST_HOSTS = 5;
/** Alerts that a message lists; the others are counted. */
const MAX_ITEMS = 50;
const REPEAT_CHECK_MS = 10_000;

interface Entry {
  incident: Incident;
  /** The worst colour that people were told of. */
  told: Color;
  /** When the first change came that nobody has been told of, ms. */
  newsMs: number;
}

/** What people were last told of an incident; GREEN: that it is over, or nothing yet. */
export interface Told {
  id: string;
  host: string;
  color: Color;
}

export interface Planned {
  notifications: Notification[];
  told: Told[];
}

/**
 * Decides who is told what and when, the same for every channel: changes of a host wait a moment and go out together,
 * changes on many hosts become one digest. It reads no clock and does no I/O.
 */
export class NotificationPlan {
  private readonly entries = new Map<string, Entry>();
  private readonly news = new Set<Entry>();
  private readonly lastSent = new Map<string, number>();
  private nextRepeatMs = 0;
  /** What people know already, so that nobody is told again. */
  private corrected: Told[] = [];

  constructor(private readonly options: PlanOptions) {}

  /** Takes over what an earlier run sent, and what is open now; what ended in between is sent as resolved. */
  restore(told: Told[], open: Incident[], nowMs: number, closed: (told: Told) => Incident | undefined): void {
    const known = new Map(told.map((one) => [one.id, one]));
    // A change from before keeps its age, so that several restarts in a row never hold it back.
    for (const incident of open) {
      const sinceMs = Math.min(nowMs, Date.parse(incident.since));
      this.keep(incident, known.get(incident.id)?.color ?? 'GREEN', sinceMs);
    }
    const isOpen = new Set(open.map(({ id }) => id));
    for (const one of told) {
      const incident = isOpen.has(one.id) ? undefined : closed(one);
      if (incident) this.keep(incident, one.color, nowMs);
    }
  }

  /** @param insteadOf the incident that this one was taken for until now */
  change(incident: Incident, nowMs: number, insteadOf?: string): void {
    const before = insteadOf === undefined ? undefined : this.entries.get(insteadOf);
    if (before) this.replace(before, incident);
    this.keep(incident, this.entries.get(incident.id)?.told ?? 'GREEN', nowMs);
  }

  /** What is to be told now. */
  tick(nowMs: number, mute: (incident: Incident) => Mute | undefined): Planned {
    const waitMs = this.news.size >= STORM_ALERTS ? Math.min(STORM_WAIT_MS, this.options.waitMs) : this.options.waitMs;
    const due = new Map<string, Entry[]>();
    for (const entry of this.news) {
      if (!this.isLoud(entry, mute(entry.incident))) continue;
      const group = due.get(entry.incident.host);
      if (group) group.push(entry);
      else due.set(entry.incident.host, [entry]);
    }
    for (const [host, entries] of due) if (!this.isDue(host, entries, waitMs, nowMs)) due.delete(host);
    const plan = this.plan(due, false, nowMs);
    const repeats = this.repeats(due, mute, nowMs);
    return repeats.size === 0
      ? plan
      : { ...plan, notifications: [...plan.notifications, ...this.plan(repeats, true, nowMs).notifications] };
  }

  /** What people were told about one incident now counts for another one. */
  private replace(entry: Entry, incident: Incident): void {
    const { id, host } = entry.incident;
    this.entries.delete(id);
    this.corrected.push({ id, host, color: 'GREEN' });
    if (entry.told !== 'GREEN') this.corrected.push({ id: incident.id, host, color: entry.told });
    entry.incident = incident;
    this.entries.set(incident.id, entry);
  }

  private keep(incident: Incident, told: Color, nowMs: number): void {
    const known = this.entries.get(incident.id);
    const entry = known ?? { incident, told, newsMs: nowMs };
    entry.incident = incident;
    const isNews = incident.closed === null ? isWorse(incident.color, told) : told !== 'GREEN';
    if (isNews) {
      // What was muted for long and gets worse counts as new now.
      const waited = nowMs - entry.newsMs > this.options.waitMs;
      if (!this.news.has(entry) || waited) entry.newsMs = nowMs;
      this.news.add(entry);
    } else this.news.delete(entry);
    if (incident.closed !== null && !isNews) this.entries.delete(incident.id);
    else this.entries.set(incident.id, entry);
  }

  private isDue(host: string, entries: Entry[], waitMs: number, nowMs: number): boolean {
    const first = Math.min(...entries.map(({ newsMs }) => newsMs));
    if (nowMs - first < waitMs) return false;
    if (entries.some(({ incident }) => incident.color === 'RED')) return true;
    return nowMs - (this.lastSent.get(host) ?? 0) >= this.options.groupIntervalMs;
  }

  /** A muted alert is kept for later, unless it is over: then there is nothing left to tell. */
  private isLoud(entry: Entry, mute: Mute | undefined): boolean {
    if (mute === undefined || (mute === 'acknowledged' && entry.incident.closed !== null)) return true;
    if (entry.incident.closed !== null) {
      this.news.delete(entry);
      this.entries.delete(entry.incident.id);
      this.corrected.push({ id: entry.incident.id, host: entry.incident.host, color: 'GREEN' });
    }
    return false;
  }

  private repeats(due: Map<string, Entry[]>, mute: (incident: Incident) => Mute | undefined, nowMs: number) {
    const found = new Map<string, Entry[]>();
    if (nowMs < this.nextRepeatMs) return found;
    this.nextRepeatMs = nowMs + REPEAT_CHECK_MS;
    for (const entry of this.entries.values()) {
      const { incident, told } = entry;
      if (told === 'GREEN' || incident.closed !== null || due.has(incident.host)) continue;
      let sent = this.lastSent.get(incident.host);
      // After a restart nobody knows when it was last sent: the interval starts again.
      if (sent === undefined) this.lastSent.set(incident.host, (sent = nowMs));
      if (nowMs - sent < this.options.repeatMs || mute(incident) !== undefined) continue;
      found.set(incident.host, [...(found.get(incident.host) ?? []), entry]);
    }
    return found;
  }

  private plan(due: Map<string, Entry[]>, repeat: boolean, nowMs: number): Planned {
    const told = this.corrected;
    this.corrected = [];
    const groups: [string | null, Entry[]][] = due.size > DIGEST_HOSTS ? [[null, [...due.values()].flat()]] : [...due];
    const notifications = groups.map(([host, entries]) => this.notificationOf(host, entries, repeat, nowMs));
    for (const [host, entries] of due) {
      this.lastSent.set(host, nowMs);
      for (const entry of entries) {
        const { id, color } = entry.incident;
        entry.told = color;
        told.push({ id, host, color });
        this.news.delete(entry);
        if (color === 'GREEN') this.entries.delete(id);
      }
    }
    return { notifications, told };
  }

  private notificationOf(host: string | null, entries: Entry[], repeat: boolean, nowMs: number): Notification {
    const counts = { red: 0, amber: 0, resolved: 0, hosts: new Set(entries.map(({ incident }) => incident.host)).size };
    for (const { incident } of entries) counts[count[incident.color]] += 1;
    const sorted = entries.toSorted((a, b) => colorRank[b.incident.color] - colorRank[a.incident.color]);
    return {
      id: this.options.newId(),
      kind: host === null ? 'digest' : 'host',
      time: microsToIso(Math.round(nowMs) * 1000),
      host,
      repeat,
      counts,
      items: sorted.slice(0, MAX_ITEMS).map(({ incident }) => itemOf(incident, nowMs)),
    };
  }
}

const count = { RED: 'red', AMBER: 'amber', GREEN: 'resolved' } as const;
