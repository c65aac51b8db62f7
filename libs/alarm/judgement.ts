import { breachIsAhead } from './forecast-judgement.js';
import type { Turn } from './incident-transition.js';
import { FLAP_WINDOW_MS, type Levels } from './levels.js';
import type { Reading } from './reading.js';
import { isOpen, type Series, type Standing, type Watch } from './watch.js';

/**
 * The result of a judgement: the new state of a series and, where its colour changes, the colour and the reason. The
 * incident of the standing goes on; where that is null, a new one begins.
 */
export interface Verdict {
  standing: Standing;
  turn?: Turn;
}

export interface Tick {
  /** Time of the samples, ms. */
  timeMs: number;
  /** When they are judged, ms. */
  nowMs: number;
  /** Older samples of the host are still to come: what was closed goes on, whatever its age, until they are known. */
  incomplete?: boolean;
  /** Read from the history in steps of this width, ms, not all of which tell of the host itself. */
  stepMs?: number;
}

/** State of a series that nothing is known of yet. */
export function newStanding({ process, unit, metric, device }: Series, levels: Levels, lastTimeMs = 0): Standing {
  const values = { current: null, peak: null, below: 0, belowSinceMs: null };
  const times = { forecast: null, clearSinceMs: null, calmSinceMs: null };
  return { process, unit, metric, device, levels, lastTimeMs, ...values, ...times, incident: null };
}

/** Whether the newest incident of a series goes on where it breaks its limit again; else a new one begins. */
export function goesOn(watch: Watch, timeMs: number): boolean {
  return isOpen(watch) || timeMs - Date.parse(watch.incident.since) <= FLAP_WINDOW_MS;
}

/** One value of a series; undefined where it changes nothing. */
export function judgeReading(reading: Reading, tick: Tick): Verdict | undefined {
  const { watch, level, reason, value } = reading;
  const { timeMs } = tick;
  if (!watch || !(tick.incomplete || goesOn(watch, timeMs))) {
    if (level !== 'over') return undefined;
    return { standing: newStanding(reading, reading.levels, timeMs), turn: { color: 'RED', reason, value, timeMs } };
  }
  if (timeMs <= watch.lastTimeMs) return undefined;
  const { color } = watch.incident;
  if (level !== 'below') {
    const standing = counted(watch, reading.value, timeMs, 0, null);
    const turns = level === 'over' && (color !== 'RED' || (reason === 'oom-killed' && isNewKill(watch, timeMs)));
    return turns ? { standing, turn: { color: 'RED', reason, value, timeMs } } : { standing };
  }
  if (color !== 'RED') return { standing: counted(watch, value, timeMs, watch.below, watch.calmSinceMs) };
  const standing = counted(watch, value, timeMs, watch.below + 1, calmSince(watch, timeMs));
  if (standing.below < watch.levels.clearTicks || !isCalm(standing, timeMs)) return { standing };
  if (watch.forecast && breachIsAhead(watch.forecast, watch.levels, tick.nowMs)) {
    return { standing, turn: { color: 'AMBER', reason: 'breach-predicted', value, timeMs } };
  }
  return { standing, turn: { color: 'GREEN', reason, value, timeMs } };
}

/** Whether a kill is told though its unit is RED already: one that is killed again and again is told once in a while. */
function isNewKill({ incident: { history } }: Watch, timeMs: number): boolean {
  const last = history.at(-1);
  return last?.reason !== 'oom-killed' || timeMs - Date.parse(last.time) > FLAP_WINDOW_MS;
}

/** The same series after one more sample; written out, because a spread costs twice the time where all are RED. */
function counted(
  watch: Watch,
  current: number | null,
  lastTimeMs: number,
  below: number,
  calmSinceMs: number | null,
): Watch {
  const { process, unit, metric, device, levels, forecast, clearSinceMs, incident } = watch;
  const peak = current !== null && (watch.peak === null || current > watch.peak) ? current : watch.peak;
  const belowSinceMs = below > 0 ? (watch.belowSinceMs ?? lastTimeMs) : null;
  return {
    process,
    unit,
    metric,
    device,
    levels,
    lastTimeMs,
    current,
    peak,
    below,
    belowSinceMs,
    forecast,
    clearSinceMs,
    calmSinceMs,
    incident,
  };
}

/**
 * A series at a tick of its host: it ends where the host no longer reports it, after the ticks of the rule, with half a
 * tick of tolerance for an uneven beat.
 */
export function judgeAbsence(watch: Watch, timeMs: number, intervalMs: number): Verdict | undefined {
  const { levels, lastTimeMs } = watch;
  if (lastTimeMs >= timeMs || !isOpen(watch) || watch.metric === 'data') return undefined;
  if (lastTimeMs === 0) return { standing: { ...watch, lastTimeMs: timeMs } };
  if (timeMs - lastTimeMs < (levels.clearTicks - 0.5) * intervalMs) return gone(watch, timeMs);
  const standing = { ...watch, calmSinceMs: calmSince(watch, timeMs) };
  if (!isCalm(standing, timeMs)) return { standing };
  return { standing: { ...standing, forecast: null }, turn: { color: 'GREEN', reason: 'ended', value: null, timeMs } };
}

/** The program is not there, and may come back before its alert ends. */
function gone(watch: Watch, timeMs: number): Verdict | undefined {
  if (watch.current === null) return undefined;
  const belowSinceMs = watch.incident.color === 'RED' ? (watch.belowSinceMs ?? timeMs) : null;
  return { standing: { ...watch, current: null, belowSinceMs } };
}

/** Of a flapping series: since when it has been calm, counted from now where it was not. */
export function calmSince({ incident, calmSinceMs }: Watch, timeMs: number): number | null {
  return incident.flapping ? (calmSinceMs ?? timeMs) : calmSinceMs;
}

/** Whether a series may leave its colour: at once, or where it flaps, after it has been calm for the whole window. */
export function isCalm({ calmSinceMs, incident }: Watch, timeMs: number): boolean {
  return !incident.flapping || (calmSinceMs !== null && timeMs - calmSinceMs >= FLAP_WINDOW_MS);
}
