import { type HostState, isoToMicros } from '#domain';
import type { Board } from './engine-state.js';
import { clearForecast } from './forecast-judgement.js';
import { FLAP_WINDOW_MS } from './levels.js';
import { dropTrack, findTrack, type HostTrack, isOpen, tracksOf, type Turn } from './incident-transition.js';

/** A host that the server has forgotten, and that was silent for so long, was taken down: its incidents end. */
const FORGOTTEN_AFTER_MS = 48 * 3_600_000;

/** Takes all the hosts that the server knows. */
export function takeHosts(board: Board, hosts: HostState[], nowMs: number): void {
  const listed = new Set<string>();
  for (const state of hosts) {
    listed.add(state.host);
    takeHost(board, state, nowMs);
  }
  for (const host of board.hosts.values()) if (!listed.has(host.host)) forget(board, host, nowMs);
}

function takeHost(board: Board, state: HostState, nowMs: number): void {
  const host = board.hostOf(state.host, state.service);
  if (state.intervalMs !== null) host.intervalMs = state.intervalMs;
  host.lastTimeMs = Math.max(host.lastTimeMs, isoToMicros(state.lastTime) / 1000);
  if (host.heardMs === 0) host.heardMs = Math.min(nowMs, Date.parse(state.lastSeen));
  host.paused = state.status === 'paused';
  const silence = findTrack(host, null, 'data');
  if (host.paused && silence && isOpen(silence)) {
    board.turn(silence, { color: 'GREEN', reason: 'paused', value: null, timeMs: nowMs });
  }
}

function forget(board: Board, host: HostTrack, nowMs: number): void {
  if (host.heardMs === 0) host.heardMs = nowMs;
  if (nowMs - host.heardMs < FORGOTTEN_AFTER_MS) return;
  for (const track of tracksOf(host)) {
    if (isOpen(track)) board.turn(track, { color: 'GREEN', reason: 'ended', value: null, timeMs: nowMs });
  }
  board.hosts.delete(host.host);
}

/** What the passing of time alone changes on a host: it is silent, or a forecast has been clear for long enough. */
export function tickHost(board: Board, host: HostTrack, nowMs: number): void {
  const silent = board.isSilent(host, nowMs);
  if (silent) openSilence(board, host);
  for (const track of tracksOf(host)) {
    if (!isOpen(track)) {
      if (nowMs - Date.parse(track.incident.since) > FLAP_WINDOW_MS) dropTrack(host, track);
      continue;
    }
    if (track.incident.color !== 'AMBER' || track.metric === 'data') continue;
    if (silent) {
      track.clearSinceMs = null;
      continue;
    }
    if (track.forecast === null || Date.parse(track.forecast.breachTo) < nowMs) clearForecast(board, track, nowMs);
    if (track.clearSinceMs === null) track.calmSinceMs = null;
    if (track.clearSinceMs === null || nowMs - track.clearSinceMs < track.levels.forecastHoldMs) continue;
    if (!board.mayCalm(track, nowMs)) continue;
    board.turn(track, { color: 'GREEN', reason: 'forecast-cleared', value: null, timeMs: nowMs });
  }
}

/** A silent host keeps its worst colour, and is AMBER at least. */
function openSilence(board: Board, host: HostTrack): void {
  const known = findTrack(host, null, 'data');
  if (known) known.calmSinceMs = null;
  if (known && isOpen(known)) return;
  const red = [...tracksOf(host)].some((track) => isOpen(track) && track.incident.color === 'RED');
  const turn: Turn = { color: red ? 'RED' : 'AMBER', reason: 'no-data', value: null, timeMs: host.heardMs };
  if (known) return board.turn(known, turn);
  const levels = board.levelsOf(host, null, 'data');
  if (!levels) return;
  board.begin(host, { process: null, metric: 'data', levels, lastTimeMs: host.heardMs, forecast: null }, turn);
}
