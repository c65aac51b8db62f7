import type { HostState } from '#domain';
import type { EngineState } from './engine-state.js';
import { judgeHold, withoutForecast } from './forecast-judgement.js';
import type { Turn } from './incident-transition.js';
import { calmSince, goesOn, isCalm, newStanding, type Verdict } from './judgement.js';
import { beginPast } from './host-past.js';
import { defaultLevels, FLAP_WINDOW_MS } from './levels.js';
import { type HostTimeline, isOpen, type Watch, type WatchedHost } from './watch.js';

/** A host that the server never listed, and that was silent for this long, was taken down. */
const UNLISTED_AFTER_MS = 48 * 3_600_000;

/** Takes all the hosts that the server knows. */
export function takeHosts(state: EngineState, hosts: HostState[], nowMs: number): void {
  const listed = new Set<string>();
  for (const one of hosts) {
    listed.add(one.host);
    const known = state.hosts.get(one.host);
    // It was removed and came back between two looks: a new host with the same name.
    if (known?.listedMs != null && Date.parse(one.firstSeen) > known.listedMs) forget(state, known, nowMs);
    takeHost(state, one, nowMs);
  }
  for (const host of state.hosts.values()) {
    if (listed.has(host.host)) continue;
    if (host.heardMs === 0) host.heardMs = nowMs;
    if (host.listedMs !== null || nowMs - host.heardMs >= UNLISTED_AFTER_MS) forget(state, host, nowMs);
  }
}

function takeHost(state: EngineState, listed: HostState, nowMs: number): void {
  const host = state.hostOf(listed.host, listed.service);
  if (listed.intervalMs !== null) host.intervalMs = listed.intervalMs;
  host.listedMs = Date.parse(listed.lastSeen);
  if (host.heardMs === 0) host.heardMs = Math.min(nowMs, host.listedMs);
  if (listed.backlog && Date.parse(listed.lastTime) > host.now.lastTimeMs)
    expectOlder(host, listed, listed.backlog, nowMs);
  host.paused = listed.status === 'paused';
  const silence = silenceOf(host);
  if (host.paused && silence && isOpen(silence)) state.keep(host, host.now, ends(silence, 'paused', nowMs));
}

/** Its newest batch came while the alarm did not follow; what its sender still holds belongs before that one. */
function expectOlder(host: WatchedHost, { lastTime }: HostState, backlog: number, nowMs: number): void {
  host.past ??= beginPast(host, nowMs);
  host.past.pending = backlog;
  host.now.lastTimeMs = Date.parse(lastTime);
}

/** Its incidents end with it. */
function forget(state: EngineState, host: WatchedHost, nowMs: number): void {
  for (const watch of host.now.watches) {
    if (isOpen(watch)) state.keep(host, host.now, ends(watch, 'forgotten', nowMs));
  }
  state.hosts.delete(host.host);
}

function ends(watch: Watch, reason: Turn['reason'], timeMs: number): Verdict {
  return { standing: watch, turn: { color: 'GREEN', reason, value: null, timeMs } };
}

function silenceOf(host: WatchedHost): Watch | undefined {
  return host.now.watches.find({ process: null, metric: 'data' });
}

/** Any batch shows that the host is alive, however old its samples are. */
export function hear(state: EngineState, host: WatchedHost, intervalMs: number | undefined, nowMs: number): void {
  if (intervalMs !== undefined) host.intervalMs = intervalMs;
  host.heardMs = nowMs;
  host.paused = false;
  const silence = silenceOf(host);
  if (!silence || !isOpen(silence)) return;
  const calm = { ...silence, calmSinceMs: calmSince(silence, nowMs) };
  state.keep(host, host.now, isCalm(calm, nowMs) ? ends(calm, 'data-again', nowMs) : { standing: calm });
}

/** What the passing of time alone changes on a host: it is silent, or a forecast has been clear for long enough. */
export function passTime(state: EngineState, host: WatchedHost, nowMs: number): void {
  const silent = state.isSilent(host, nowMs);
  if (silent) openSilence(state, host);
  const { now } = host;
  now.watches.each((watch) => {
    if (!isOpen(watch)) dropClosed(host, watch, nowMs);
    else if (watch.incident.color === 'AMBER' && watch.metric !== 'data') hold(state, host, now, watch, silent, nowMs);
  });
}

/** By the host's own time, because a silent host may send later what it kept. */
function dropClosed({ now, past }: WatchedHost, watch: Watch, nowMs: number): void {
  const timeMs = watch.metric === 'data' ? nowMs : now.lastTimeMs;
  if (past === null && timeMs - Date.parse(watch.incident.since) > FLAP_WINDOW_MS) now.watches.delete(watch);
}

function hold(
  state: EngineState,
  host: WatchedHost,
  now: HostTimeline,
  watch: Watch,
  silent: boolean,
  nowMs: number,
): void {
  if (silent) {
    if (watch.clearSinceMs !== null) now.watches.set({ ...watch, clearSinceMs: null });
    return;
  }
  const isOver = watch.forecast === null || Date.parse(watch.forecast.breachTo) < nowMs;
  const held = isOver && state.predictionAlive ? withoutForecast(watch, nowMs) : watch;
  if (held !== watch) now.watches.set(held);
  const verdict = host.past === null ? judgeHold(held, nowMs) : undefined;
  if (verdict) state.keep(host, now, verdict);
}

/** A silent host keeps its worst colour, and is AMBER at least. */
function openSilence(state: EngineState, host: WatchedHost): void {
  const known = silenceOf(host);
  if (known && isOpen(known)) {
    if (known.calmSinceMs !== null) host.now.watches.set({ ...known, calmSinceMs: null });
    return;
  }
  const red = [...host.now.watches].some((watch) => isOpen(watch) && watch.incident.color === 'RED');
  const turn: Turn = { color: red ? 'RED' : 'AMBER', reason: 'no-data', value: null, timeMs: host.heardMs };
  const series = { process: null, metric: 'data' } as const;
  const before = known && goesOn(known, host.heardMs) ? known : undefined;
  const standing = before ?? newStanding(series, defaultLevels.usage, host.heardMs);
  state.keep(host, host.now, { standing, turn });
}
