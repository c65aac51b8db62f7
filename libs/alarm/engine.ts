import { type Forecast, type HostState, type Incident, type SampleBatch, seriesText, silentAfterMs } from '#domain';
import type { AlarmAction } from './actions.js';
import { EngineState, isStale } from './engine-state.js';
import { breachIsAhead, hasMoved, judgeForecast, withoutForecast } from './forecast-judgement.js';
import { passTime, takeHosts } from './host-judgement.js';
import { beginPast, endHistory, isGivenUp, settle, takeHistory } from './host-past.js';
import { takeBatch } from './host-samples.js';
import { withBreach } from './incident-transition.js';
import { type IncidentValue, valueOf, withValue } from './incident-values.js';
import { isRoomy } from './level.js';
import type { Levels, Rules } from './levels.js';
import type { JudgedBatch } from './reading.js';
import { isOpen, type Watch, type WatchedHost } from './watch.js';

export type AlarmEvent =
  /**
   * Incidents that an earlier run recorded: the open ones, and those closed lately; `judgedMs` is up to when it judged
   * samples, where that is known.
   */
  | { kind: 'restored'; incidents: Incident[]; judgedMs?: number }
  /** All hosts that the server knows. */
  | { kind: 'hosts'; hosts: HostState[] }
  | { kind: 'samples'; batch: SampleBatch }
  /** Samples were missed: their history will be read, and nothing ends until then. */
  | { kind: 'gap' }
  /** One step of the history of a host in the gap, at the start of the step; steps of a host come in order of time. */
  | { kind: 'history'; batch: JudgedBatch; stepMs: number }
  /** The history of the gap has been read: that of one host, or all that there is to read. */
  | { kind: 'caught-up'; host?: string }
  /** All forecasts that there are. */
  | { kind: 'forecasts'; forecasts: Forecast[] }
  /** Whether samples can arrive at all; silence means nothing while they can't. */
  | { kind: 'following'; following: boolean }
  /** Whether the prediction runs; a forecast that is missing means nothing while it does not. */
  | { kind: 'prediction'; alive: boolean }
  | { kind: 'rules'; rules: Rules }
  | { kind: 'tick' };

/** A forecast of a series, and what it is judged by. */
interface Ahead {
  host: WatchedHost;
  levels: Levels;
  forecast: Forecast;
}

export interface EngineOptions {
  rules: Rules;
  /** An id for a new incident, 8–64 characters of `[A-Za-z0-9_-]`. */
  newId: () => string;
}

/**
 * Decides what is RED, AMBER and GREEN: event + now → actions, each with its reason, in one direction: readings (values
 * with their levels) → judgement (a verdict on a series) → transition of its incident → actions. Only `EngineState`
 * changes. It reads no clock and does no I/O. Only series with an incident have a state, so that a quiet one costs two
 * comparisons a tick.
 */
export class AlarmEngine {
  private readonly state: EngineState;

  constructor({ rules, newId }: EngineOptions) {
    this.state = new EngineState(rules, newId);
  }

  /** Takes one event at `nowMs` (ms since the epoch) and returns what has to be done, in order. */
  apply(event: AlarmEvent, nowMs: number): AlarmAction[] {
    const { state } = this;
    const hosts = state.hosts.values();
    switch (event.kind) {
      case 'restored':
        for (const incident of event.incidents) state.restore(incident, nowMs, event.judgedMs ?? nowMs);
        break;
      case 'hosts':
        takeHosts(state, event.hosts, nowMs);
        break;
      case 'samples':
        takeBatch(state, event.batch, nowMs);
        break;
      case 'gap':
        for (const host of hosts)
          if (host.past) host.past.reading = true;
          else host.past = beginPast(host, nowMs, true);
        break;
      case 'history': {
        const host = state.hosts.get(event.batch.host);
        if (host) takeHistory(state, host, event.batch, event.stepMs);
        break;
      }
      case 'caught-up':
        for (const host of hosts) if (host.host === (event.host ?? host.host)) endHistory(state, host, nowMs);
        break;
      case 'forecasts':
        this.takeForecasts(event.forecasts, nowMs);
        break;
      case 'following':
        state.followingSinceMs = event.following ? (state.followingSinceMs ?? nowMs) : null;
        break;
      case 'prediction':
        state.predictionAlive = event.alive;
        if (!event.alive) this.forgetClearing();
        break;
      case 'rules':
        state.rules = event.rules;
        for (const host of hosts) state.applyRules(host);
        break;
      case 'tick':
        for (const host of hosts) {
          if (isGivenUp(host)) settle(state, host, nowMs);
          passTime(state, host, nowMs);
        }
        break;
    }
    return state.takeActions();
  }

  /** How many hosts are watched. */
  get hosts(): number {
    return this.state.hosts.size;
  }

  /** Batches that came too late to be judged in order of time. */
  get lateBatches(): number {
    return this.state.lateBatches;
  }

  /** Every open incident. */
  open(): Incident[] {
    return [...this.watches()].filter(isOpen).map(({ incident }) => incident);
  }

  /** The newest values of every open incident that has any. */
  *values(): Generator<IncidentValue> {
    for (const watch of this.watches()) {
      const value = valueOf(watch);
      if (value) yield value;
    }
  }

  /** The record of an open incident with its values of now; any other one as it is. */
  withValues(incident: Incident): Incident {
    const watch = this.state.hosts.get(incident.host)?.now.watches.find(incident);
    const value = watch?.incident.id === incident.id ? valueOf(watch) : undefined;
    return value ? withValue(incident, value) : incident;
  }

  /** Whether what gave an open incident its colour still is so at the newest tick; what flaps counts as being so. */
  stillHolds(incident: Incident): boolean {
    const watch = this.state.hosts.get(incident.host)?.now.watches.find(incident);
    if (watch?.incident.id !== incident.id || incident.metric === 'data' || incident.flapping) return true;
    // What was killed is lost, also where there is room again.
    if (incident.reason === 'oom-killed') return true;
    return watch.belowSinceMs === null && watch.clearSinceMs === null;
  }

  /** Whether some host has not been heard of since `sinceMs` and will count as silent by `untilMs`, if it stays so. */
  awaitsHost(sinceMs: number, untilMs: number, nowMs: number): boolean {
    const { state } = this;
    for (const host of state.hosts.values()) {
      if (host.heardMs > sinceMs || host.heardMs === 0 || host.paused || state.isSilent(host, nowMs)) continue;
      if (host.heardMs + silentAfterMs(host.intervalMs) <= untilMs) return true;
    }
    return false;
  }

  get rules(): Rules {
    return this.state.rules;
  }

  /** Opens AMBER, refreshes it, and notes where a forecast is no longer there. */
  private takeForecasts(forecasts: Forecast[], nowMs: number): void {
    const { state } = this;
    const predicted = new Set<Incident>();
    for (const { host, levels, forecast } of this.aheadOf(forecasts, nowMs)) {
      const watch = this.takeForecast(host, levels, forecast, nowMs);
      if (watch?.forecast === forecast) predicted.add(watch.incident);
    }
    if (!state.predictionAlive) return;
    for (const { now } of state.hosts.values()) {
      for (const watch of now.watches) {
        if (predicted.has(watch.incident)) continue;
        const without = withoutForecast(watch, nowMs);
        if (without !== watch) now.watches.set(without);
      }
    }
  }

  /** The forecasts that count, one a series: of several limits that of its own one, else of the next one above. */
  private aheadOf(forecasts: Forecast[], nowMs: number): Iterable<Ahead> {
    const { state } = this;
    const bySeries = new Map<string, Ahead>();
    for (const forecast of forecasts) {
      const host = state.hosts.get(forecast.host);
      const levels = host && state.levelsOf(host, forecast);
      if (!host || !levels || !breachIsAhead(forecast, levels, nowMs)) continue;
      if (forecast.metric === 'swap' && isRoomy(host.now.mem, host.levels.own('mem'))) continue;
      const key = seriesText(forecast);
      const known = bySeries.get(key);
      if (!known || forecast.limit < known.forecast.limit) bySeries.set(key, { host, levels, forecast });
    }
    return bySeries.values();
  }

  /** @returns the series afterwards, where the forecast belongs to it */
  private takeForecast(host: WatchedHost, levels: Levels, forecast: Forecast, nowMs: number): Watch | undefined {
    const { state } = this;
    const { watches } = host.now;
    const isLate = isStale(host, Date.parse(forecast.time), nowMs) || state.isSilent(host, nowMs);
    const verdict = judgeForecast(watches.find(forecast), forecast, levels, nowMs, isLate);
    if (!verdict) return undefined;
    const { unit, metric } = forecast;
    const blame = () => (unit === undefined || metric !== 'mem' ? {} : host.units.blameOf(unit, Infinity));
    state.keep(host, host.now, verdict, blame);
    const watch = watches.find(forecast);
    if (verdict.turn || watch?.incident.color !== 'AMBER' || !hasMoved(watch.incident, forecast, nowMs)) return watch;
    const incident = withBreach(watch.incident, forecast, blame());
    const moved = { ...watch, incident };
    watches.set(moved);
    const values = valueOf(moved);
    state.act({ kind: 'update', incident: values ? withValue(incident, values) : incident });
    return moved;
  }

  /** While nobody predicts, no forecast counts as clear. */
  private forgetClearing(): void {
    for (const { now } of this.state.hosts.values()) {
      for (const watch of now.watches) {
        if (watch.clearSinceMs !== null) now.watches.set({ ...watch, clearSinceMs: null });
      }
    }
  }

  private *watches(): Generator<Watch> {
    for (const { now } of this.state.hosts.values()) yield* now.watches;
  }
}
