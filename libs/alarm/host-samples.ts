import { isoToMicros, isWorse, type SampleBatch } from '#domain';
import { blameOf } from './blame.js';
import { type EngineState, isStale, STALE_TICKS, tickMs } from './engine-state.js';
import { beginPast, isThrough, settle, takeOlder } from './host-past.js';
import { hear } from './host-judgement.js';
import { judgeAbsence, judgeReading, type Tick, type Verdict } from './judgement.js';
import type { JudgedBatch } from './reading.js';
import { readingsOf } from './readings.js';
import { UnitPasts } from './unit-past.js';
import type { HostTimeline, WatchedHost } from './watch.js';

/** Ticks in a row with times in the past, arriving at a steady pace, that show that a clock was set back. */
const SET_BACK_TICKS = 3;

/** Takes one batch of one host as it arrives. */
export function takeBatch(state: EngineState, batch: SampleBatch, nowMs: number): void {
  const host = state.hostOf(batch.host, batch.service ?? null);
  const tick = { timeMs: timeOf(batch), nowMs };
  hear(state, host, batch.intervalMs, nowMs);
  const isNewer = tick.timeMs >= host.now.lastTimeMs;
  const backlog = batch.backlog ?? 0;
  if (isNewer && backlog > 0) host.past ??= beginPast(host, nowMs);
  const { past } = host;
  if (!past) {
    if (!isNewer && wasSetBack(host, tick)) restartTimeline(host, tick);
    if (isStale(host, tick.timeMs, nowMs)) state.lateBatches += tick.timeMs < host.now.lastTimeMs ? 1 : 0;
    else judgeBatch(state, host, host.now, batch, tick);
    if (tick.timeMs >= host.now.lastTimeMs) host.behind = [];
    host.now.lastTimeMs = Math.max(host.now.lastTimeMs, tick.timeMs);
    return;
  }
  if (isNewer) {
    if (!isStale(host, tick.timeMs, nowMs)) judgeBatch(state, host, host.now, batch, { ...tick, incomplete: true });
    host.now.lastTimeMs = tick.timeMs;
    past.fresh.push(batch);
    past.pending = backlog;
  } else takeOlder(state, host, past, batch, nowMs);
  if (isThrough(past)) settle(state, host, nowMs);
}

export function timeOf(batch: Pick<SampleBatch, 'time'>): number {
  return isoToMicros(batch.time) / 1000;
}

/** Readings → judgement → incidents. */
export function judgeBatch(
  state: EngineState,
  host: WatchedHost,
  timeline: HostTimeline,
  batch: JudgedBatch,
  tick: Tick,
): void {
  const intervalMs = Math.max(tickMs(host), tick.stepMs ?? 0);
  const { hostUsage } = batch;
  if (hostUsage) {
    timeline.mem = hostUsage.mem;
    timeline.memTimeMs = tick.timeMs;
  }
  const hostMem = tick.timeMs - timeline.memTimeMs <= STALE_TICKS * intervalMs ? timeline.mem : null;
  const isKill = batch.units?.some(({ oomKills }) => oomKills > 0);
  // What was measured with a kill may be from after it: who grew is known from before.
  if (!isKill) host.units.note(batch, tick.timeMs);
  for (const reading of readingsOf(batch, host.levels, timeline.watches, hostMem)) {
    const verdict = judgeReading(reading, tick);
    if (!verdict) continue;
    state.keep(host, timeline, tick.incomplete ? opensOnly(verdict) : verdict, () =>
      blameOf(batch, reading, host.units),
    );
  }
  if (tick.incomplete) return;
  timeline.watches.each((watch) => {
    if (tick.stepMs !== undefined && watch.process === null) return;
    const verdict = judgeAbsence(watch, tick.timeMs, intervalMs);
    if (verdict) state.keep(host, timeline, verdict);
  });
}

/** While older samples are missing nothing ends: they may say otherwise. */
function opensOnly(verdict: Verdict): Verdict {
  const { standing, turn } = verdict;
  if (!turn || isWorse(turn.color, standing.incident?.color ?? 'GREEN')) return verdict;
  return { standing };
}

/** Whether a batch with a time in the past completes a row that shows a clock set back, and did not just arrive late. */
function wasSetBack({ behind }: WatchedHost, tick: Tick): boolean {
  if (tick.timeMs <= (behind.at(-1)?.timeMs ?? 0)) behind.length = 0;
  behind.push(tick);
  if (behind.length > SET_BACK_TICKS) behind.shift();
  const [first] = behind;
  if (!first || behind.length < SET_BACK_TICKS) return false;
  // Late batches come all at once, however far apart their times are.
  return tick.nowMs - first.nowMs >= (tick.timeMs - first.timeMs) / 2;
}

/** Times that were judged ahead no longer keep a sample from being judged. */
function restartTimeline(host: WatchedHost, { timeMs }: Tick): void {
  const { now } = host;
  host.behind = [];
  now.lastTimeMs = timeMs - 1;
  now.memTimeMs = Math.min(now.memTimeMs, now.lastTimeMs);
  host.units = new UnitPasts();
  for (const watch of now.watches) {
    if (watch.lastTimeMs > now.lastTimeMs) now.watches.set({ ...watch, lastTimeMs: now.lastTimeMs });
  }
}
