import { DEFAULT_INTERVAL_MS, type Incident, type IncidentMetric, silentAfterMs } from '#domain';
import { defaultLevels, FLAP_WINDOW_MS, type Levels, type Rules } from './levels.js';
import {
  type AlarmAction,
  findTrack,
  type HostTrack,
  isOpen,
  keepTrack,
  makeChange,
  openIncident,
  type Track,
  type Turn,
  turnIncident,
} from './incident-transition.js';

/** Samples older than so many ticks of their host open nothing and clear nothing. */
export const STALE_TICKS = 3;

export function isStale(host: HostTrack, timeMs: number, nowMs: number): boolean {
  return nowMs - timeMs > STALE_TICKS * host.intervalMs;
}

/** The engine's state, and the two ways in which an incident changes. */
export class Board {
  readonly hosts = new Map<string, HostTrack>();
  /** Since when samples arrive, ms; null while they do not. */
  followingSinceMs: number | null = null;
  predictionAlive = true;
  private actions: AlarmAction[] = [];

  constructor(
    public rules: Rules,
    private readonly newId: () => string,
  ) {}

  /** What has to be done since the last call, in order. */
  takeActions(): AlarmAction[] {
    const { actions } = this;
    this.actions = [];
    return actions;
  }

  hostOf(name: string, service: string | null): HostTrack {
    const known = this.hosts.get(name);
    if (known) {
      if (service !== null && service !== known.service) {
        known.service = service;
        this.applyRules(known);
      }
      return known;
    }
    const host: HostTrack = {
      host: name,
      service,
      levels: this.rules.forHost(name, service),
      intervalMs: DEFAULT_INTERVAL_MS,
      heardMs: 0,
      lastTimeMs: 0,
      paused: false,
      mem: null,
      memTimeMs: 0,
      programs: new Map(),
      own: new Map(),
    };
    this.hosts.set(name, host);
    return host;
  }

  applyRules(host: HostTrack): void {
    host.levels = this.rules.forHost(host.host, host.service);
    for (const program of host.programs.values())
      for (const track of [program.cpu, program.mem]) this.relevel(host, track);
    for (const track of host.own.values()) this.relevel(host, track);
  }

  private relevel(host: HostTrack, track: Track | undefined): void {
    if (track) track.levels = this.levelsOf(host, track.process, track.metric, track.device) ?? track.levels;
  }

  levelsOf(host: HostTrack, process: string | null, metric: IncidentMetric, device?: string): Levels | null {
    if (metric === 'data') return defaultLevels.usage;
    if (process === null) return host.levels.own(metric, device);
    return metric === 'disk' ? null : host.levels.process(process, metric);
  }

  /** Silent means: nothing came for three of the host's intervals, while samples of others could arrive. */
  isSilent(host: HostTrack, nowMs: number): boolean {
    if (host.paused || this.followingSinceMs === null || host.heardMs === 0) return false;
    return nowMs - Math.max(host.heardMs, this.followingSinceMs) >= silentAfterMs(host.intervalMs);
  }

  /** Takes over an incident that an earlier run recorded. */
  restore(incident: Incident, nowMs: number): void {
    if (incident.closed !== null && nowMs - Date.parse(incident.closed) > FLAP_WINDOW_MS) return;
    const host = this.hostOf(incident.host, null);
    const { process, metric, device } = incident;
    const levels = this.levelsOf(host, process, metric, device) ?? defaultLevels.usage;
    const series = { process, metric, device, levels, forecast: null, lastTimeMs: 0 };
    const track: Track = { ...series, incident, below: 0, clearSinceMs: null, calmSinceMs: null };
    const known = findTrack(host, process, metric, device);
    if (known?.incident.id === incident.id) return;
    if (!known || (!isOpen(known) && isOpen(track))) return keepTrack(host, track);
    // A series has one open incident. A second one can only stem from a fault, and ends here.
    if (isOpen(track)) this.turn(track, { color: 'GREEN', reason: 'ended', value: null, timeMs: nowMs });
  }

  begin(
    host: HostTrack,
    series: Pick<Track, 'process' | 'metric' | 'device' | 'levels' | 'lastTimeMs' | 'forecast'>,
    turn: Turn,
  ): void {
    const { process, metric, device, levels, lastTimeMs, forecast } = series;
    const change = makeChange(series, turn, []);
    const incident = openIncident(this.newId(), host.host, series, change, turn.blame);
    const fresh = { below: 0, clearSinceMs: null, calmSinceMs: null };
    keepTrack(host, { process, metric, device, levels, lastTimeMs, forecast, incident, ...fresh });
    this.actions.push({ kind: 'change', incident, change, before: { color: 'GREEN', since: change.time } });
  }

  turn(track: Track, turn: Turn): void {
    const { color, since } = track.incident;
    const incident = turnIncident(track.incident, makeChange(track, turn, track.incident.history), turn.blame);
    track.incident = incident;
    track.below = 0;
    track.clearSinceMs = null;
    track.calmSinceMs = null;
    const change = incident.history.at(-1);
    if (change) this.actions.push({ kind: 'change', incident, change, before: { color, since } });
  }

  /**
   * Whether a series may leave its colour: at once, or where it flaps, after it has been calm for the whole window.
   * `calmSinceMs` is cleared by whatever shows that it is not.
   */
  mayCalm(track: Track, timeMs: number): boolean {
    if (!track.incident.flapping) return true;
    track.calmSinceMs ??= timeMs;
    return timeMs - track.calmSinceMs >= FLAP_WINDOW_MS;
  }

  update(track: Track, incident: Incident): void {
    track.incident = incident;
    this.actions.push({ kind: 'update', incident });
  }
}
