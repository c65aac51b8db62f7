import type { Forecast, HostState, Incident, SampleBatch } from '#domain';
import { Board } from './engine-state.js';
import { takeForecasts } from './forecast-judgement.js';
import type { Rules } from './levels.js';
import { takeBatch } from './readings.js';
import { takeHosts, tickHost } from './host-judgement.js';
import { type AlarmAction, isOpen, tracksOf } from './incident-transition.js';

export type AlarmEvent =
  /** Incidents that an earlier run recorded: the open ones, and those closed lately. */
  | { kind: 'restored'; incidents: Incident[] }
  /** All hosts that the server knows. */
  | { kind: 'hosts'; hosts: HostState[] }
  | { kind: 'samples'; batch: SampleBatch }
  /** All forecasts that there are. */
  | { kind: 'forecasts'; forecasts: Forecast[] }
  /** Whether samples can arrive at all; silence means nothing while they can not. */
  | { kind: 'following'; following: boolean }
  /** Whether the prediction runs; a forecast that is missing means nothing while it does not. */
  | { kind: 'prediction'; alive: boolean }
  | { kind: 'rules'; rules: Rules }
  | { kind: 'tick' };

export interface EngineOptions {
  rules: Rules;
  /** An id for a new incident, 8–64 characters of `[A-Za-z0-9_-]`. */
  newId: () => string;
}

/**
 * Decides what is RED, AMBER and GREEN: state + event + now → state + actions, each with its reason. It reads no clock
 * and does no I/O. Only series with an incident have a state, so that a quiet one costs two comparisons a tick; the
 * state is changed in place for the same reason.
 */
export class AlarmEngine {
  private readonly board: Board;

  constructor({ rules, newId }: EngineOptions) {
    this.board = new Board(rules, newId);
  }

  /** Takes one event at `nowMs` (ms since the epoch) and returns what has to be done, in order. */
  apply(event: AlarmEvent, nowMs: number): AlarmAction[] {
    const { board } = this;
    switch (event.kind) {
      case 'restored':
        for (const incident of event.incidents) board.restore(incident, nowMs);
        break;
      case 'hosts':
        takeHosts(board, event.hosts, nowMs);
        break;
      case 'samples':
        takeBatch(board, event.batch, nowMs);
        break;
      case 'forecasts':
        takeForecasts(board, event.forecasts, nowMs);
        break;
      case 'following':
        board.followingSinceMs = event.following ? (board.followingSinceMs ?? nowMs) : null;
        break;
      case 'prediction':
        board.predictionAlive = event.alive;
        if (!event.alive) this.forgetClearing();
        break;
      case 'rules':
        board.rules = event.rules;
        for (const host of board.hosts.values()) board.applyRules(host);
        break;
      case 'tick':
        for (const host of board.hosts.values()) tickHost(board, host, nowMs);
        break;
    }
    return board.takeActions();
  }

  /** Every open incident. */
  open(): Incident[] {
    const open: Incident[] = [];
    for (const host of this.board.hosts.values()) {
      for (const track of tracksOf(host)) if (isOpen(track)) open.push(track.incident);
    }
    return open;
  }

  /** While nobody predicts, no forecast counts as clear. */
  private forgetClearing(): void {
    for (const host of this.board.hosts.values()) for (const track of tracksOf(host)) track.clearSinceMs = null;
  }
}
