import {
  type Color,
  type Forecast,
  type Incident,
  type IncidentChange,
  type IncidentMetric,
  type IncidentReason,
  microsToIso,
  scoreChange,
} from '#domain';
import { FLAP_CHANGES, FLAP_WINDOW_MS, type HostLevels, type Levels } from './levels.js';

/** Changes kept of one incident; the first one always stays. */
const MAX_CHANGES = 1000;

/** A series that has, or lately had, an incident. Quiet series have none of these. */
export interface Track {
  process: string | null;
  metric: IncidentMetric;
  device?: string;
  levels: Levels;
  /** The newest incident of the series, open or closed a short while ago. */
  incident: Incident;
  /** Time of the newest sample that was judged, ms; 0 before the first one. */
  lastTimeMs: number;
  /** Samples below the clear level in a row. */
  below: number;
  /** The breach that is predicted now. */
  forecast: Forecast | null;
  /** Since when no breach is predicted any more, ms. */
  clearSinceMs: number | null;
  /** Of a flapping series: since when it has been calm, ms. */
  calmSinceMs: number | null;
}

/** What is known of a host. */
export interface HostTrack {
  host: string;
  service: string | null;
  levels: HostLevels;
  intervalMs: number;
  /** When the newest batch arrived, ms of the clock that judges. */
  heardMs: number;
  /** Tick of the newest sample, ms. */
  lastTimeMs: number;
  paused: boolean;
  /** The host's memory in use at `memTimeMs`, %. */
  mem: number | null;
  memTimeMs: number;
  /** Of its programs, by process name. */
  programs: Map<string, ProgramTracks>;
  /** Of the host itself, by `ownKey`. */
  own: Map<string, Track>;
}

export type ProgramTracks = Partial<Record<IncidentMetric, Track>>;

/** A change of an incident that people hear of; to be acted on first and recorded then. */
export interface ChangeAction {
  kind: 'change';
  incident: Incident;
  change: IncidentChange;
  /** Colour before, and since when (ISO). */
  before: { color: Color; since: string };
}

/** A newer record of an incident that nobody needs to hear of. */
export interface UpdateAction {
  kind: 'update';
  incident: Incident;
}

export type AlarmAction = ChangeAction | UpdateAction;

export function isOpen(track: Track): boolean {
  return track.incident.closed === null;
}

export function ownKey(metric: IncidentMetric, device = ''): string {
  return `${metric}\n${device}`;
}

/** Every track of a host. */
export function* tracksOf(host: HostTrack): Generator<Track> {
  for (const { cpu, mem } of host.programs.values()) {
    if (cpu) yield cpu;
    if (mem) yield mem;
  }
  yield* host.own.values();
}

export function findTrack(host: HostTrack, process: string | null, metric: IncidentMetric, device?: string) {
  if (process === null) return host.own.get(ownKey(metric, device));
  return host.programs.get(process)?.[metric];
}

export function keepTrack(host: HostTrack, track: Track): void {
  if (track.process === null) {
    host.own.set(ownKey(track.metric, track.device), track);
    return;
  }
  let program = host.programs.get(track.process);
  if (!program) host.programs.set(track.process, (program = {}));
  program[track.metric] = track;
}

export function dropTrack(host: HostTrack, track: Track): void {
  if (track.process === null) {
    host.own.delete(ownKey(track.metric, track.device));
    return;
  }
  const program = host.programs.get(track.process);
  if (!program) return;
  delete program[track.metric];
  if (!program.cpu && !program.mem) host.programs.delete(track.process);
}

export interface Turn {
  color: Color;
  reason: IncidentReason;
  value: number | null;
  timeMs: number;
  /** Who is to blame, where it turns RED. */
  blame?: Blame;
}

export type Blame = Pick<Incident, 'count' | 'largest' | 'culprits'>;

/** Time of a change: never before the change before it, so that a history reads forward. */
function changeTime(turn: Turn, history: IncidentChange[]): string {
  const time = microsToIso(Math.round(turn.timeMs) * 1000);
  const last = history.at(-1)?.time;
  return last !== undefined && Date.parse(last) > turn.timeMs ? last : time;
}

function breachOf(forecast: Forecast | null) {
  if (!forecast) return undefined;
  const { breachAt, breachFrom, breachTo, probability, reason } = forecast;
  return { at: breachAt, from: breachFrom, to: breachTo, probability, reason };
}

/** The step from one colour to the next, with the forecast that gave an AMBER. */
export function makeChange(
  track: Pick<Track, 'levels' | 'forecast' | 'metric'>,
  turn: Turn,
  history: IncidentChange[],
) {
  const breach = turn.reason === 'breach-predicted' ? breachOf(track.forecast) : undefined;
  const change: IncidentChange = {
    time: changeTime(turn, history),
    color: turn.color,
    value: turn.value,
    limit: track.metric === 'data' ? null : track.levels.limit,
    reason: turn.reason,
    ...(breach && { breach }),
  };
  return change;
}

/** The record of a new incident, from its first change. */
export function openIncident(
  id: string,
  host: string,
  track: Pick<Track, 'process' | 'metric' | 'device' | 'levels'>,
  change: IncidentChange,
  blame: Blame = {},
): Incident {
  return {
    id,
    host,
    process: track.process,
    metric: track.metric,
    ...(track.device !== undefined && { device: track.device }),
    color: change.color,
    value: change.value,
    limit: change.limit,
    opened: change.time,
    since: change.time,
    closed: null,
    reason: change.reason,
    ...(change.breach && { breach: change.breach }),
    ...(track.metric !== 'data' && { rule: track.levels.rule }),
    ...blame,
    history: [change],
  };
}

/** The record after one more change; GREEN closes it, any other colour opens it again. */
export function turnIncident(before: Incident, change: IncidentChange, blame: Blame = {}): Incident {
  const { breach: _, flapping, ...rest } = before;
  const history = scoreChange(before.history, change);
  if (history.length > MAX_CHANGES) history.splice(1, history.length - MAX_CHANGES);
  const flaps = change.color !== 'GREEN' && (flapping || changedTooOften(history, change.time));
  return {
    ...rest,
    color: change.color,
    value: change.value,
    limit: change.limit,
    since: change.time,
    closed: change.color === 'GREEN' ? change.time : null,
    reason: change.reason,
    ...(change.breach && { breach: change.breach }),
    ...(flaps && { flapping: true as const }),
    ...blame,
    history,
  };
}

function changedTooOften(history: IncidentChange[], time: string): boolean {
  const from = Date.parse(time) - FLAP_WINDOW_MS;
  return history.filter((change) => Date.parse(change.time) > from).length > FLAP_CHANGES;
}

/** The record with a newer estimate of the breach. */
export function withBreach(incident: Incident, forecast: Forecast): Incident {
  const breach = breachOf(forecast);
  return { ...incident, value: forecast.value, ...(breach && { breach }) };
}
