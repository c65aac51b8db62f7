import { type Color, colorRank, type Incident, isWorse, msToIso, type Notification } from '#domain';
import { lostTogether } from './lost-hosts.js';
import type { Mute } from './mute.js';
import { asSaid, type Entry, isKill, type Judged, News } from './news.js';
import { countsOf, itemOf } from './notification-item.js';

export interface PlanOptions {
  /** How long changes wait to go out together, ms, so that a blip is never sent. */
  waitMs: number;
  /** Changes of a host without a RED wait at least this long after its last message, ms. */
  groupIntervalMs: number;
  /** What is still open is sent again after this time, ms. */
  repeatMs: number;
  newId: () => string;
  judged?: Judged;
  /** Alerts that a message lists; the others are counted. */
  maxItems?: number;
}

/** Changes on more hosts than this become one digest. */
const DIGEST_HOSTS = 5;
/** Alerts that a message lists; the others are counted. */
export const MAX_ITEMS = 50;
const REPEAT_CHECK_MS = 10_000;

/** Entries that become one message; null: a digest of several hosts. */
type Group = [host: string | null, entries: Entry[]];

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
 * Decides who is told what and when, the same for every channel: each change has its own wait and is told if it still
 * holds then; changes of a host go out together, changes on many hosts become one digest, and so do hosts that were
 * lost together. It reads no clock and does no I/O.
 */
export class NotificationPlan {
  private readonly entries = new Map<string, Entry>();
  private readonly news: News;
  private readonly lastSent = new Map<string, number>();
  private nextRepeatMs = 0;
  /** What people know already, so that nobody is told again. */
  private corrected: Told[] = [];

  private readonly judged: Judged;

  constructor(private readonly options: PlanOptions) {
    this.judged = options.judged ?? asSaid;
    this.news = new News(options.waitMs, this.judged);
  }

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
    const known = this.entries.get(incident.id);
    // A kill is news to those who know that its unit is RED.
    if (known?.told === 'RED' && isKill(incident) && !isKill(known.incident)) known.told = 'AMBER';
    this.keep(incident, known?.told ?? 'GREEN', nowMs);
  }

  /** What is to be told now. */
  tick(nowMs: number, mute: (incident: Incident) => Mute | undefined): Planned {
    const heard = [...this.news].filter((entry) => this.isLoud(entry, mute(entry.incident)));
    const { entries: ready, isStorm } = this.news.ready(heard, nowMs);
    const isSilence = ({ incident }: Entry) => incident.metric === 'data';
    const lost = lostTogether(heard.filter(isSilence), ready, this.entries.values(), this.judged, nowMs);
    const byHost = groupByHost(heard.filter((entry) => !isSilence(entry)));
    const due = new Map<string, Entry[]>();
    for (const [host, entries] of byHost) {
      const now = entries.filter((entry) => ready.has(entry));
      const waits = !isStorm && !now.some(({ incident }) => isKill(incident)) && this.awaitsMore(now, entries);
      if (now.length > 0 && !waits && this.mayTell(host, now, nowMs)) due.set(host, now);
    }
    const plan = this.plan(groupsOf(due, lost), false, nowMs);
    const hosts = new Set([...due.keys(), ...lost.map(({ incident }) => incident.host)]);
    const repeats = this.repeats(hosts, mute, nowMs);
    return repeats.size === 0
      ? plan
      : {
          ...plan,
          notifications: [...plan.notifications, ...this.plan(groupsOf(repeats, []), true, nowMs).notifications],
        };
  }

  /** Whether a RED still has to hold for as long as its rule says, also for those who do the rest by themselves. */
  isHeldBack({ id }: Incident, nowMs: number): boolean {
    const entry = this.entries.get(id);
    return entry !== undefined && this.news.isHeldBack(entry, nowMs);
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
    const fresh = { incident, told, newsMs: nowMs, dueMs: nowMs, lapsed: false };
    const entry = this.entries.get(incident.id) ?? fresh;
    const colorBefore = entry.incident.color;
    entry.incident = incident;
    const isNews = incident.closed === null ? isWorse(incident.color, told) : told !== 'GREEN';
    if (isNews) this.news.add(entry, colorBefore, nowMs);
    else this.news.delete(entry);
    if (incident.closed !== null && !isNews) this.entries.delete(incident.id);
    else this.entries.set(incident.id, entry);
  }

  /** Whether others of the host that are as bad will be ready soon, so that all go out together. */
  private awaitsMore(ready: Entry[], all: Entry[]): boolean {
    const untilMs = Math.min(...ready.map(({ dueMs }) => dueMs)) + this.options.waitMs;
    const worst = Math.max(...ready.map(({ incident }) => colorRank[incident.color]));
    return all.some(
      (entry) =>
        !ready.includes(entry) && !entry.lapsed && entry.dueMs <= untilMs && colorRank[entry.incident.color] >= worst,
    );
  }

  private mayTell(host: string, ready: Entry[], nowMs: number): boolean {
    if (ready.some(({ incident }) => incident.color === 'RED')) return true;
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

  private repeats(due: ReadonlySet<string>, mute: (incident: Incident) => Mute | undefined, nowMs: number) {
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

  private plan(groups: Group[], repeat: boolean, nowMs: number): Planned {
    const told = this.corrected;
    this.corrected = [];
    const notifications = groups.map(([host, entries]) => this.notificationOf(host, entries, repeat, nowMs));
    for (const entry of groups.flatMap(([, entries]) => entries)) {
      const { id, host, color } = entry.incident;
      this.lastSent.set(host, nowMs);
      entry.told = color;
      told.push({ id, host, color });
      this.news.delete(entry);
      if (color === 'GREEN') this.entries.delete(id);
    }
    return { notifications, told };
  }

  private notificationOf(host: string | null, entries: Entry[], repeat: boolean, nowMs: number): Notification {
    const sorted = entries.toSorted((a, b) => colorRank[b.incident.color] - colorRank[a.incident.color]);
    return {
      id: this.options.newId(),
      kind: host === null ? 'digest' : 'host',
      time: msToIso(nowMs),
      host,
      repeat,
      counts: countsOf(entries.map(({ incident }) => incident)),
      items: sorted
        .slice(0, this.options.maxItems ?? MAX_ITEMS)
        .map(({ incident }) => itemOf(this.judged.withValues(incident), nowMs)),
    };
  }
}

function groupByHost(entries: Entry[]): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.incident.host);
    if (group) group.push(entry);
    else groups.set(entry.incident.host, [entry]);
  }
  return groups;
}

/** One message a host, one for all hosts that were lost together, one for all where they are many. */
function groupsOf(byHost: ReadonlyMap<string, Entry[]>, lost: Entry[]): Group[] {
  const lostHosts = groupByHost(lost);
  if (lostHosts.size <= 1) {
    const joined = new Map(byHost);
    for (const [host, entries] of lostHosts) joined.set(host, [...entries, ...(byHost.get(host) ?? [])]);
    return joined.size > DIGEST_HOSTS ? [[null, [...joined.values()].flat()]] : [...joined];
  }
  if (byHost.size > DIGEST_HOSTS) return [[null, [...lost, ...[...byHost.values()].flat()]]];
  return [[null, lost], ...byHost];
}
