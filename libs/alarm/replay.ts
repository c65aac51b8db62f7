import { type Forecast, type Incident, isoToMicros, type Notification, type SampleBatch } from '#domain';
import type { AlarmAction } from './actions.js';
import { type Breach, Breaches, keyOf } from './breaches.js';
import { consoleLine } from './console-line.js';
import { AlarmEngine, type AlarmEvent } from './engine.js';
import type { Rules } from './levels.js';
import { muteOf } from './mute.js';
import { NotificationPlan } from './notification-plan.js';
import type { Series } from './watch.js';

/** How often the alarm looks at what the passing of time alone changes, ms. */
const TICK_MS = 1_000;
/** A message about a breach may come this long after its end and still count as told. */
const TOLD_LATE_MS = 60_000;

/** The shipped waits of notifications, ms. */
const WAITS = { waitMs: 30_000, groupIntervalMs: 5 * 60_000, repeatMs: 4 * 3_600_000 };

export interface ReplayOptions {
  rules: Rules;
  /** All forecasts that stand at a moment, given the batches of that moment; undefined: as before. */
  forecasts?: (timeMs: number, batches: SampleBatch[]) => Forecast[] | undefined;
}

/** What people would have seen and heard. */
export interface Replayed {
  /** Of the console, one a change. */
  lines: string[];
  /** As they stood at the end. */
  incidents: Incident[];
  notifications: Notification[];
  /** Times at which somebody was told that an incident is AMBER or RED, ms, by its id. */
  told: Map<string, number[]>;
  /** Every breach that somebody had to act on. */
  sustained: Breach[];
}

/**
 * Runs what the alarm runs, engine and plan of notifications, over recorded batches with a clock of its own: programs,
 * the hosts themselves, and hosts that fall silent. Batches come in order of time and count as arrived at their tick.
 */
export class Replay {
  private ids = 0;
  private readonly engine: AlarmEngine;
  private readonly plan: NotificationPlan;
  private readonly breaches = new Breaches();
  private readonly incidents = new Map<string, Incident>();
  private readonly silentHosts = new Set<string>();
  private readonly services = new Map<string, string | null>();
  private readonly watched = new Map<string, Set<string>>();
  private readonly lines: string[] = [];
  private readonly notifications: Notification[] = [];
  private readonly told = new Map<string, number[]>();
  private nowMs: number | undefined;
  private nextTickMs = 0;
  private together: SampleBatch[] = [];

  constructor(private readonly options: ReplayOptions) {
    const newId = () => `replay-${String(++this.ids).padStart(6, '0')}`;
    this.engine = new AlarmEngine({ rules: options.rules, newId });
    const waits = { ...WAITS, newId, judged: this.engine };
    this.plan = new NotificationPlan(waits);
  }

  /** Takes the next batch, none older than the one before. */
  take(batch: SampleBatch): void {
    const timeMs = isoToMicros(batch.time) / 1000;
    if (timeMs !== this.nowMs) {
      this.settle();
      this.passTime(timeMs);
    }
    this.services.set(batch.host, batch.service ?? null);
    this.breaches.take(batch);
    this.apply({ kind: 'samples', batch }, timeMs);
    this.together.push(batch);
  }

  /** Lets time pass until then, and says what became of it all. */
  end(toMs: number): Replayed {
    this.settle();
    this.passTime(toMs);
    this.breaches.end(toMs);
    const { lines, notifications, told } = this;
    return { lines, notifications, told, incidents: [...this.incidents.values()], sustained: this.breaches.sustained };
  }

  /** The programs of a host that have had an incident. */
  watchedOn(host: string): Set<string> {
    let names = this.watched.get(host);
    if (!names) this.watched.set(host, (names = new Set()));
    return names;
  }

  /** What the prediction says of the batches of one moment comes after them. */
  private settle(): void {
    if (this.nowMs === undefined || this.together.length === 0) return;
    const forecasts = this.options.forecasts?.(this.nowMs, this.together);
    if (forecasts) this.apply({ kind: 'forecasts', forecasts }, this.nowMs);
    this.together = [];
  }

  private passTime(toMs: number): void {
    if (this.nowMs === undefined) {
      this.apply({ kind: 'following', following: true }, toMs);
      this.nextTickMs = toMs + TICK_MS;
    }
    for (; this.nextTickMs <= toMs; this.nextTickMs += TICK_MS) this.tick(this.nextTickMs);
    this.nowMs = toMs;
  }

  private tick(nowMs: number): void {
    this.apply({ kind: 'tick' }, nowMs);
    const { silentHosts, services } = this;
    const context = { silences: [], silentHosts, serviceOf: (host: string) => services.get(host) ?? null };
    const planned = this.plan.tick(nowMs, (incident) => muteOf(incident, context, nowMs));
    this.notifications.push(...planned.notifications);
    for (const { id, color } of planned.told) {
      if (color === 'GREEN') continue;
      const times = this.told.get(id);
      if (times) times.push(nowMs);
      else this.told.set(id, [nowMs]);
    }
  }

  private apply(event: AlarmEvent, nowMs: number): void {
    for (const action of this.engine.apply(event, nowMs)) this.act(action, nowMs);
  }

  private act(action: AlarmAction, nowMs: number): void {
    const { incident } = action;
    this.incidents.set(incident.id, incident);
    if (incident.process !== null) this.watchedOn(incident.host).add(incident.process);
    if (action.kind === 'change') this.lines.push(consoleLine(action, nowMs));
    if (incident.metric === 'data') {
      if (incident.closed === null) this.silentHosts.add(incident.host);
      else this.silentHosts.delete(incident.host);
    }
    this.plan.change(incident, nowMs, action.insteadOf);
  }
}

/** What a replay amounts to. */
export interface ReplayFigures {
  /** Lines on the console. */
  lines: number;
  incidents: number;
  /** Incidents in whose time their series had a sustained breach. */
  acted: number;
  /** Incidents that somebody was told of. */
  told: number;
  /** Messages on each channel, and how many of them name an incident to act on. */
  notifications: number;
  actedNotifications: number;
  /** Sustained breaches of which nobody was told while they lasted. */
  missed: number;
}

export function figuresOf(replayed: Replayed): ReplayFigures {
  const { lines, incidents, notifications, told, sustained } = replayed;
  const known = bySeries(incidents);
  const acted = actedOn(replayed);
  const actedIds = new Set([...acted].map(({ id }) => id));
  const missed = sustained.filter((breach) => !isTold(breach, known.get(seriesKey(breach)) ?? [], told));
  return {
    lines: lines.length,
    incidents: incidents.length,
    acted: acted.size,
    told: told.size,
    notifications: notifications.length,
    actedNotifications: notifications.filter(({ items }) => items.some((one) => actedIds.has(one.incident.id))).length,
    missed: missed.length,
  };
}

/** The incidents in whose time their series had a sustained breach. */
export function actedOn({ incidents, sustained }: Replayed): Set<Incident> {
  const breaches = bySeries(sustained);
  const had = (one: Incident) => (breaches.get(seriesKey(one)) ?? []).some((breach) => overlap(one, breach));
  return new Set(incidents.filter(had));
}

/** Whether a breach was told while it lasted, by an incident on its series that people then knew to be open. */
function isTold(breach: Breach, incidents: Incident[], told: Replayed['told']): boolean {
  return incidents.some(
    (incident) =>
      overlap(incident, breach) && (told.get(incident.id) ?? []).some((time) => time <= breach.toMs + TOLD_LATE_MS),
  );
}

function overlap({ opened, closed }: Incident, { fromMs, toMs }: Breach): boolean {
  return Date.parse(opened) <= toMs && (closed === null || Date.parse(closed) >= fromMs);
}

function seriesKey(one: Series & { host: string }): string {
  return `${JSON.stringify(one.host)} ${keyOf(one)}`;
}

function bySeries<One extends Incident | Breach>(all: One[]): Map<string, One[]> {
  const map = new Map<string, One[]>();
  for (const one of all) {
    const key = seriesKey(one);
    map.set(key, [...(map.get(key) ?? []), one]);
  }
  return map;
}
