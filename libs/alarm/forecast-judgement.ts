import { type Forecast, type Incident, isoToMicros } from '#domain';
import type { Turn } from './incident-transition.js';
import { calmSince, goesOn, isCalm, newStanding, type Verdict } from './judgement.js';
import type { Levels } from './levels.js';
import { isOpen, type Watch } from './watch.js';

/** A newer estimate is recorded where it moved by more than this share of the time that is left, or by a minute. */
const MOVED_SHARE = 0.2;
const MOVED_MS = 60_000;

/** Whether the forecast speaks of this limit, or of a higher one, and of a breach within the horizon. */
export function breachIsAhead(forecast: Forecast, levels: Levels, nowMs: number): boolean {
  if (levels.horizonMs === 0 || forecast.limit < levels.limit) return false;
  return Date.parse(forecast.breachAt) - nowMs <= levels.horizonMs && Date.parse(forecast.breachTo) >= nowMs;
}

/**
 * A forecast of a breach that is ahead: it opens AMBER, and is kept for the moment when RED ends.
 *
 * @param isLate the host has sent nothing for too long, so that the forecast opens nothing
 */
export function judgeForecast(
  watch: Watch | undefined,
  forecast: Forecast,
  levels: Levels,
  nowMs: number,
  isLate: boolean,
): Verdict | undefined {
  const { value } = forecast;
  const timeMs = isoToMicros(forecast.time) / 1000;
  const turn: Turn = {
    color: 'AMBER',
    reason: 'breach-predicted',
    value,
    timeMs: Math.min(nowMs, Math.max(timeMs, 0)),
  };
  if (!watch || !goesOn(watch, nowMs)) {
    if (isLate) return undefined;
    const standing = { ...newStanding(forecast, levels, timeMs), forecast };
    return { standing, turn };
  }
  const { incident } = watch;
  // A forecast from before the end of a program is no warning.
  if (!isOpen(watch) && (isLate || (incident.reason === 'ended' && timeMs <= watch.lastTimeMs))) return undefined;
  const standing = { ...watch, forecast, clearSinceMs: null };
  return isOpen(watch) ? { standing } : { standing, turn };
}

/** Whether a newer estimate of the breach is worth a new record. */
export function hasMoved({ breach }: Incident, forecast: Forecast, nowMs: number): boolean {
  if (!breach) return true;
  const moved = Math.abs(Date.parse(breach.at) - Date.parse(forecast.breachAt));
  return moved > MOVED_MS || moved > MOVED_SHARE * Math.max(0, Date.parse(forecast.breachAt) - nowMs);
}

/** No breach is predicted any more: an AMBER counts its hold time from now. */
export function withoutForecast(watch: Watch, nowMs: number): Watch {
  const clearSinceMs = watch.incident.color === 'AMBER' ? (watch.clearSinceMs ?? nowMs) : watch.clearSinceMs;
  if (watch.forecast === null && clearSinceMs === watch.clearSinceMs) return watch;
  return { ...watch, forecast: null, clearSinceMs };
}

/** An AMBER as time passes: it ends once no breach has been predicted for its hold time. */
export function judgeHold(watch: Watch, nowMs: number): Verdict | undefined {
  const { clearSinceMs, levels } = watch;
  if (clearSinceMs === null) {
    return watch.calmSinceMs === null ? undefined : { standing: { ...watch, calmSinceMs: null } };
  }
  if (nowMs - clearSinceMs < levels.forecastHoldMs) return undefined;
  const standing = { ...watch, calmSinceMs: calmSince(watch, nowMs) };
  if (!isCalm(standing, nowMs)) return { standing };
  return { standing, turn: { color: 'GREEN', reason: 'forecast-cleared', value: null, timeMs: nowMs } };
}
