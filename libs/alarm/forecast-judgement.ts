import { type Forecast, type Incident, isoToMicros } from '#domain';
import { type Board, isStale } from './engine-state.js';
import type { Levels } from './levels.js';
import { findTrack, isOpen, type Track, tracksOf, type Turn, withBreach } from './incident-transition.js';

/** A newer estimate is recorded where it moved by more than this share of the time that is left, or by a minute. */
const MOVED_SHARE = 0.2;
const MOVED_MS = 60_000;

/** Whether the forecast speaks of this limit, or of a higher one, and of a breach within the horizon. */
export function breachIsAhead(forecast: Forecast, levels: Levels, nowMs: number): boolean {
  if (levels.horizonMs === 0 || forecast.limit < levels.limit) return false;
  return Date.parse(forecast.breachAt) - nowMs <= levels.horizonMs && Date.parse(forecast.breachTo) >= nowMs;
}

/** Takes all the forecasts that there are: opens AMBER, refreshes it, and notes where one is no longer there. */
export function takeForecasts(board: Board, forecasts: Forecast[], nowMs: number): void {
  const predicted = new Set<Track>();
  for (const forecast of forecasts) {
    const track = takeForecast(board, forecast, nowMs);
    if (track) predicted.add(track);
  }
  for (const host of board.hosts.values()) {
    for (const track of tracksOf(host)) if (!predicted.has(track)) clearForecast(board, track, nowMs);
  }
}

function takeForecast(board: Board, forecast: Forecast, nowMs: number): Track | undefined {
  const { process, metric, value } = forecast;
  const host = board.hosts.get(forecast.host);
  const levels = host?.levels.process(process, metric);
  if (!host || !levels || !breachIsAhead(forecast, levels, nowMs)) return undefined;
  const timeMs = isoToMicros(forecast.time) / 1000;
  const turn: Turn = {
    color: 'AMBER',
    reason: 'breach-predicted',
    value,
    timeMs: Math.min(nowMs, Math.max(timeMs, 0)),
  };
  const track = findTrack(host, process, metric);
  const late = isStale(host, timeMs, nowMs) || board.isSilent(host, nowMs);
  if (!track) {
    if (!late) board.begin(host, { process, metric, levels, lastTimeMs: timeMs, forecast }, turn);
    return findTrack(host, process, metric);
  }
  // What has ended is not warned of by what was known before its end.
  if (!isOpen(track) && (late || (track.incident.reason === 'ended' && timeMs <= track.lastTimeMs))) return undefined;
  track.forecast = forecast;
  track.clearSinceMs = null;
  if (!isOpen(track)) board.turn(track, turn);
  else if (track.incident.color === 'AMBER' && hasMoved(track.incident, forecast, nowMs)) {
    board.update(track, withBreach(track.incident, forecast));
  }
  return track;
}

function hasMoved({ breach }: Incident, forecast: Forecast, nowMs: number): boolean {
  if (!breach) return true;
  const moved = Math.abs(Date.parse(breach.at) - Date.parse(forecast.breachAt));
  return moved > MOVED_MS || moved > MOVED_SHARE * Math.max(0, Date.parse(forecast.breachAt) - nowMs);
}

/** A forecast that is missing means that all is well, unless nobody predicts. */
export function clearForecast(board: Board, track: Track, nowMs: number): void {
  if (!board.predictionAlive) return;
  track.forecast = null;
  if (track.incident.color === 'AMBER') track.clearSinceMs ??= nowMs;
}
