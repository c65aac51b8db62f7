import { type Incident, SILENT_INTERVALS, silentAfterMs } from '#domain';
import type { AlarmAction } from './actions.js';
import { type Blame, type Turn, turned } from './incident-transition.js';
import { valuesBefore } from './incident-values.js';
import { newStanding, type Verdict } from './judgement.js';
import { defaultLevels, FLAP_WINDOW_MS, type Levels, type Rules } from './levels.js';
import { UnitPasts } from './unit-past.js';
import { type HostTimeline, isOpen, isWatch, type Series, type WatchedHost, Watches } from './watch.js';

/** Samples older than this number of ticks of their host open nothing and clear nothing. */
export const STALE_TICKS = 3;

/** After a restart samples are judged again from this long before it is known that they were: some arrive late. */
export const JUDGED_AGAIN_MS = 60_000;

/** Time between two ticks of a host, ms; while nobody knows it, a third of the time after which it is silent. */
export function tickMs({ intervalMs }: WatchedHost): number {
  return intervalMs ?? silentAfterMs(null) / SILENT_INTERVALS;
}

export function isStale(host: WatchedHost, timeMs: number, nowMs: number): boolean {
  return nowMs - timeMs > STALE_TICKS * tickMs(host);
}

/** What the engine knows, and the only place where it changes: verdicts come in, actions go out. */
export class EngineState {
  readonly hosts = new Map<string, WatchedHost>();
  /** Since when samples arrive, ms; null while they do not. */
  followingSinceMs: number | null = null;
  predictionAlive = true;
  /** Batches that came too late, or with too many others missing, to be judged in order of time. */
  lateBatches = 0;
  private actions: AlarmAction[] = [];

  constructor(
    public rules: Rules,
    readonly newId: () => string,
  ) {}

  /** What has to be done since the last call, in order. */
  takeActions(): AlarmAction[] {
    const { actions } = this;
    this.actions = [];
    return actions;
  }

  act(action: AlarmAction): void {
    this.actions.push(action);
  }

  /** Stores the state of a series and, where it changes colour, updates its incident. */
  keep(host: WatchedHost, timeline: HostTimeline, { standing, turn }: Verdict, blame?: () => Blame): void {
    const before = standing.incident;
    if (!turn) {
      if (isWatch(standing)) timeline.watches.set(standing);
      return;
    }
    const isBlamed = turn.color === 'RED' || (turn.color === 'AMBER' && standing.unit !== undefined);
    const incident = turned(standing, turn, host.host, this.newId, isBlamed ? blame?.() : undefined);
    const { peak = null } = incident;
    const times = { belowSinceMs: null, clearSinceMs: null, calmSinceMs: null };
    timeline.watches.set({ ...standing, ...times, current: turn.value, peak, below: 0, incident });
    const change = incident.history.at(-1);
    if (timeline.changed) timeline.changed.set(incident.id, incident);
    else if (change) {
      const { color, since } = before ?? { color: 'GREEN', since: change.time };
      this.act({ kind: 'change', incident, change, before: { color, since } });
    }
  }

  hostOf(name: string, service: string | null): WatchedHost {
    const known = this.hosts.get(name);
    if (known) {
      if (service !== null && service !== known.service) {
        known.service = service;
        this.applyRules(known);
      }
      return known;
    }
    const host: WatchedHost = {
      host: name,
      service,
      levels: this.rules.forHost(name, service),
      intervalMs: null,
      heardMs: 0,
      listedMs: null,
      paused: false,
      now: newTimeline(),
      past: null,
      units: new UnitPasts(),
      behind: [],
    };
    this.hosts.set(name, host);
    return host;
  }

  applyRules(host: WatchedHost): void {
    host.levels = this.rules.forHost(host.host, host.service);
    for (const { watches } of host.past ? [host.now, host.past.timeline] : [host.now]) {
      for (const watch of watches) {
        const levels = this.levelsOf(host, watch) ?? watch.levels;
        if (levels !== watch.levels) watches.set({ ...watch, levels });
      }
    }
  }

  levelsOf(host: WatchedHost, { process, unit, metric, device }: Series): Levels | null {
    if (metric === 'data') return defaultLevels.usage;
    if (process === null && unit === undefined) return host.levels.own(metric, device);
    if (metric !== 'cpu' && metric !== 'mem') return null;
    return process === null ? host.levels.unit(unit ?? '', metric) : host.levels.process(process, metric);
  }

  /** Silent means: nothing came for three of the host's intervals, while samples of others could arrive. */
  isSilent(host: WatchedHost, nowMs: number): boolean {
    if (host.paused || this.followingSinceMs === null || host.heardMs === 0) return false;
    return nowMs - Math.max(host.heardMs, this.followingSinceMs) >= silentAfterMs(host.intervalMs);
  }

  /**
   * Takes over an incident that an earlier run recorded.
   *
   * @param judgedMs up to when samples were judged before, ms
   */
  restore(incident: Incident, nowMs: number, judgedMs: number): void {
    if (incident.closed !== null && judgedMs - Date.parse(incident.closed) > FLAP_WINDOW_MS) return;
    const host = this.hostOf(incident.host, null);
    const levels = this.levelsOf(host, incident) ?? defaultLevels.usage;
    const standing = newStanding(incident, levels, changedMs(incident, judgedMs));
    const watch = { ...standing, ...valuesBefore(incident), incident };
    const known = host.now.watches.find(incident);
    if (known?.incident.id === incident.id) return;
    if (!known || (!isOpen(known) && isOpen(watch))) return host.now.watches.set(watch);
    // A series has one open incident. A second one can only come from a fault, and ends here.
    if (!isOpen(watch)) return;
    const turn: Turn = { color: 'GREEN', reason: 'ended', value: null, timeMs: nowMs };
    const ended = turned(watch, turn, host.host, this.newId);
    const change = ended.history.at(-1);
    if (change)
      this.act({ kind: 'change', incident: ended, change, before: { color: incident.color, since: incident.since } });
  }
}

/** Time of the sample that gave an incident its colour, where those before it may be judged again, ms; else 0. */
function changedMs({ history, since }: Incident, judgedMs: number): number {
  const timeMs = Date.parse(history.at(-1)?.time ?? since);
  return judgedMs - timeMs <= JUDGED_AGAIN_MS ? timeMs : 0;
}

export function newTimeline(): HostTimeline {
  return { lastTimeMs: 0, mem: null, memTimeMs: 0, watches: new Watches(), changed: null };
}
