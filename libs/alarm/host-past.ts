import type { Incident, SampleBatch } from '#domain';
import { keyOf } from './breaches.js';
import { type EngineState, STALE_TICKS, tickMs } from './engine-state.js';
import { breachIsAhead } from './forecast-judgement.js';
import { judgeBatch, timeOf } from './host-samples.js';
import { type Turn, turned } from './incident-transition.js';
import { goesOn } from './judgement.js';
import type { JudgedBatch } from './reading.js';
import { type HostTimeline, isOpen, type Past, type Watch, type WatchedHost } from './watch.js';

/** A gap that has not shrunk for this long, while newer batches come, is accepted as it is. */
const GIVEN_UP_AFTER_MS = 60_000;
/** Most batches of one host that are held back until the gap before them is filled. */
const MAX_HELD = 2_000;

/**
 * Begins to fill a gap in a host's samples. From now on the host has two timelines: `now` goes on with what arrives, so
 * that RED is seen at once; the other one takes the samples in order of time, and is the truth once the gap is filled.
 */
export function beginPast(host: WatchedHost, nowMs: number, reading = false): Past {
  const timeline = { ...host.now, watches: host.now.watches.copy(), changed: new Map<string, Incident>() };
  return {
    timeline,
    before: timeline.watches.copy(),
    fresh: [],
    early: [],
    behind: [],
    pending: 0,
    reading,
    movedMs: nowMs,
  };
}

/** A batch that is older than what has been judged already. */
export function takeOlder(state: EngineState, host: WatchedHost, past: Past, batch: SampleBatch, nowMs: number): void {
  past.pending = Math.max(past.pending - 1, batch.backlog ?? 0);
  past.movedMs = nowMs;
  if (past.reading) {
    past.early.push(batch);
    return;
  }
  // Older batches come in order, so what is older than this one is judged before it.
  const timeMs = timeOf(batch);
  const later = past.fresh.findIndex((one) => timeOf(one) >= timeMs);
  for (const one of past.fresh.splice(0, later < 0 ? past.fresh.length : later))
    takeInOrder(state, host, past.timeline, one);
  takeInOrder(state, host, past.timeline, batch);
}

/**
 * One step of the history of a host whose gap is being read.
 *
 * @param batch at the start of the step, with the largest value of each program and the mean of the host itself
 */
export function takeHistory(state: EngineState, host: WatchedHost, batch: JudgedBatch, stepMs: number): void {
  const { past } = host;
  if (!past?.reading) return;
  const [fresh] = past.fresh;
  // What arrived since was judged with its own time.
  if (fresh && timeOf(batch) + stepMs > timeOf(fresh)) return;
  const timeMs = timeOf(batch);
  if (timeMs < past.timeline.lastTimeMs) return;
  if (past.pending > 0 && isBehindHole(host, past, timeMs - stepMs)) {
    past.behind.push(batch);
    return;
  }
  judgeBatch(state, host, past.timeline, batch, { timeMs, nowMs: timeMs, stepMs });
  past.timeline.lastTimeMs = timeMs + stepMs - 1;
}

/** Whether what the sender still holds belongs before a step of the history, because ticks are missing before it. */
function isBehindHole(host: WatchedHost, { timeline: { lastTimeMs }, behind }: Past, timeMs: number): boolean {
  if (lastTimeMs === 0 || behind.length >= MAX_HELD) return false;
  return timeMs - lastTimeMs > STALE_TICKS * tickMs(host);
}

/** The history of the gap has been read; what its sender still holds may yet come. */
export function endHistory(state: EngineState, host: WatchedHost, nowMs: number): void {
  const { past } = host;
  if (!past?.reading) return;
  past.reading = false;
  past.movedMs = nowMs;
  for (const batch of byTime(past.early)) takeInOrder(state, host, past.timeline, batch);
  past.early = [];
  past.fresh = [...past.behind, ...past.fresh];
  past.behind = [];
  if (isThrough(past)) settle(state, host, nowMs);
}

function takeInOrder(state: EngineState, host: WatchedHost, timeline: HostTimeline, batch: JudgedBatch): void {
  const timeMs = timeOf(batch);
  if (timeMs < timeline.lastTimeMs) {
    state.lateBatches += 1;
    return;
  }
  judgeBatch(state, host, timeline, batch, { timeMs, nowMs: timeMs });
  timeline.lastTimeMs = timeMs;
}

/** Whether nothing is missing any more, or as much is held back as can be. */
export function isThrough(past: Past): boolean {
  if (past.fresh.length + past.early.length >= MAX_HELD) return true;
  return past.pending === 0 && !past.reading;
}

/** Whether its host has gone on for long without sending what is missing; one that is silent again may still send it. */
export function isGivenUp({ past, heardMs }: WatchedHost): boolean {
  return past !== null && !past.reading && heardMs - past.movedMs >= GIVEN_UP_AFTER_MS;
}

/** The gap is filled: the timeline in order of time becomes the only one, and where it differs, that is acted on. */
export function settle(state: EngineState, host: WatchedHost, nowMs: number): void {
  const { past, now } = host;
  if (!past) return;
  const { timeline } = past;
  for (const batch of byTime([...past.early, ...past.behind, ...past.fresh])) takeInOrder(state, host, timeline, batch);
  const records = recordsOf(timeline);
  timeline.changed = null;
  timeline.lastTimeMs = Math.max(timeline.lastTimeMs, now.lastTimeMs);
  for (const seen of now.watches) {
    const known = timeline.watches.find(seen);
    if (records.has(keyOf(seen))) continue;
    // What changed only in `now` came from forecasts or from silence.
    const isKnown = known !== undefined && seen.metric !== 'data';
    timeline.watches.set(isKnown ? { ...known, ...fromForecast(seen), incident: seen.incident } : seen);
  }
  for (const changed of records.values()) correct(state, host, past, changed, nowMs);
  host.now = timeline;
  host.past = null;
}

/** The newest records of what changed in a timeline, by series, each in order of opening. */
function recordsOf({ changed }: HostTimeline): Map<string, Map<string, Incident>> {
  const bySeries = new Map<string, Map<string, Incident>>();
  for (const incident of changed?.values() ?? []) {
    const key = keyOf(incident);
    const records = bySeries.get(key);
    if (records) records.set(incident.id, incident);
    else bySeries.set(key, new Map([[incident.id, incident]]));
  }
  return bySeries;
}

/**
 * Acts on what the samples in order of time say about one series. People are told only where its colour is not what
 * they were told last; everything else is recorded.
 */
function correct(
  state: EngineState,
  host: WatchedHost,
  { timeline, before }: Past,
  changed: Map<string, Incident>,
  nowMs: number,
): void {
  const [first] = changed.values();
  const found = first && timeline.watches.find(first);
  if (!found) return;
  const seen = host.now.watches.find(found);
  const told = seen && isOpen(seen) ? seen.incident : undefined;
  const known = before.find(found)?.incident;
  let watch = seen ? withForecast(state, host, found, seen, nowMs) : found;
  // People know it by the id that it got when it was seen.
  if (seen && seen.incident.id !== known?.id) {
    changed.delete(watch.incident.id);
    watch = { ...watch, incident: { ...watch.incident, id: seen.incident.id } };
  }
  timeline.watches.set(watch);
  changed.set(watch.incident.id, watch.incident);
  if (told && known && told.id === known.id && !changed.has(known.id)) changed.set(known.id, known);
  const newest = isOpen(watch) || !told ? watch.incident : (changed.get(told.id) ?? watch.incident);
  changed.delete(newest.id);
  const insteadOf = told && told.id !== newest.id ? { insteadOf: told.id } : {};
  const change = newest.history.at(-1);
  const color = told?.color ?? 'GREEN';
  if (newest.color === color || !change) state.act({ kind: 'update', incident: newest, ...insteadOf });
  else {
    const since = told?.since ?? change.time;
    state.act({ kind: 'change', incident: newest, change, before: { color, since }, ...insteadOf });
  }
  for (const incident of changed.values()) state.act({ kind: 'update', incident });
}

/** The series with the forecast that there is now, which keeps an AMBER where the samples alone have ended it. */
function withForecast(state: EngineState, host: WatchedHost, found: Watch, seen: Watch, nowMs: number): Watch {
  const watch = { ...found, ...fromForecast(seen) };
  const { forecast, levels, incident } = watch;
  if (isOpen(watch) || !forecast || !breachIsAhead(forecast, levels, nowMs)) return watch;
  const timeMs = seen.incident.color === 'AMBER' ? Date.parse(seen.incident.since) : nowMs;
  const turn: Turn = { color: 'AMBER', reason: 'breach-predicted', value: forecast.value, timeMs };
  const before = goesOn(watch, timeMs) ? incident : null;
  return { ...watch, incident: turned({ ...watch, incident: before }, turn, host.host, state.newId) };
}

function fromForecast({ forecast, clearSinceMs }: Watch) {
  return { forecast, clearSinceMs };
}

function byTime(batches: JudgedBatch[]): JudgedBatch[] {
  return batches.sort((a, b) => timeOf(a) - timeOf(b));
}
