import type { Forecast, Incident, IncidentMetric, SampleBatch } from '#domain';
import type { JudgedBatch } from './reading.js';
import type { HostLevels, Levels } from './levels.js';
import type { UnitPasts } from './unit-past.js';

/** A metric of a program, of a unit, or where there is neither of the host itself or one of its devices. */
export interface Series {
  readonly process: string | null;
  readonly unit?: string;
  readonly metric: IncidentMetric;
  readonly device?: string;
}

/** State of a series: what the next judgement needs to know of the earlier ones. */
export interface Standing extends Series {
  readonly levels: Levels;
  /** Time of the newest sample that was judged, ms; 0 before the first one. */
  readonly lastTimeMs: number;
  /** Value at that time, %; null where the program was gone then, or before the first one. */
  readonly current: number | null;
  /** Largest value since the incident was opened, %. */
  readonly peak: number | null;
  /** Samples below the clear level in a row. */
  readonly below: number;
  /** Where it is RED: since when it has been below the clear level or gone, ms. */
  readonly belowSinceMs: number | null;
  /** The breach that is predicted now. */
  readonly forecast: Forecast | null;
  /** Since when no breach is predicted any more, ms. */
  readonly clearSinceMs: number | null;
  /** Of a flapping series: since when it has been calm, ms. */
  readonly calmSinceMs: number | null;
  /** The newest incident; null before the first one. */
  readonly incident: Incident | null;
}

/**
 * A series that has, or lately had, an incident. Quiet series have none of these. A watch is replaced, never changed, so
 * that a copy of a timeline is a copy of references.
 */
export interface Watch extends Standing {
  readonly incident: Incident;
}

export function isWatch(standing: Standing): standing is Watch {
  return standing.incident !== null;
}

export function isOpen({ incident }: Watch): boolean {
  return incident.closed === null;
}

type MetricWatches = Partial<Record<IncidentMetric, Watch>>;

/** The watches of a host by their series. */
export class Watches {
  /** Of its programs, by process name. */
  readonly programs = new Map<string, MetricWatches>();
  /** Of its units, by name. */
  readonly units = new Map<string, MetricWatches>();
  private readonly own = new Map<string, Watch>();

  find(series: Series): Watch | undefined {
    const byName = this.byName(series);
    return byName === null ? this.own.get(ownKey(series)) : byName.get(nameOf(series))?.[series.metric];
  }

  set(watch: Watch): void {
    const byName = this.byName(watch);
    if (byName === null) {
      this.own.set(ownKey(watch), watch);
      return;
    }
    const name = nameOf(watch);
    let metrics = byName.get(name);
    if (!metrics) byName.set(name, (metrics = {}));
    metrics[watch.metric] = watch;
  }

  delete(series: Series): void {
    const byName = this.byName(series);
    if (byName === null) {
      this.own.delete(ownKey(series));
      return;
    }
    const name = nameOf(series);
    const metrics = byName.get(name);
    if (!metrics) return;
    delete metrics[series.metric];
    if (!metrics.cpu && !metrics.mem) byName.delete(name);
  }

  /** Visits all of them, in less time than a generator, for what does so at every tick. */
  each(visit: (watch: Watch) => void): void {
    for (const { cpu, mem } of this.programs.values()) {
      if (cpu) visit(cpu);
      if (mem) visit(mem);
    }
    for (const { cpu, mem } of this.units.values()) {
      if (cpu) visit(cpu);
      if (mem) visit(mem);
    }
    for (const watch of this.own.values()) visit(watch);
  }

  /** A watch may be replaced or deleted while it is visited. */
  *[Symbol.iterator](): Generator<Watch> {
    for (const byName of [this.programs, this.units]) {
      for (const { cpu, mem } of byName.values()) {
        if (cpu) yield cpu;
        if (mem) yield mem;
      }
    }
    yield* this.own.values();
  }

  copy(): Watches {
    const copy = new Watches();
    for (const watch of this) copy.set(watch);
    return copy;
  }

  /** Where the metrics of a program or unit are; null for the host itself. */
  private byName({ process, unit }: Series): Map<string, MetricWatches> | null {
    if (process !== null) return this.programs;
    return unit === undefined ? null : this.units;
  }
}

function nameOf({ process, unit = '' }: Series): string {
  return process ?? unit;
}

function ownKey({ metric, device = '' }: Series): string {
  return `${metric}\n${device}`;
}

/** What samples of a host, taken in order of time, have led to. */
export interface HostTimeline {
  /** Tick of the newest sample, ms; 0 before the first one. */
  lastTimeMs: number;
  /** The host's memory in use at `memTimeMs`, %. */
  mem: number | null;
  memTimeMs: number;
  watches: Watches;
  /** Of a timeline that catches up: the newest record of every incident that changed; nobody hears of it yet. */
  changed: Map<string, Incident> | null;
}

/** What is known of a host. */
export interface WatchedHost {
  readonly host: string;
  service: string | null;
  levels: HostLevels;
  /** Null until the host or the server says it. */
  intervalMs: number | null;
  /** When the newest batch arrived, ms of the clock that judges; 0 before the first one. */
  heardMs: number;
  /** When the server last heard of it, ms of the server's clock; null for a host that it never listed. */
  listedMs: number | null;
  paused: boolean;
  /** As samples arrive. */
  now: HostTimeline;
  /** While older samples are missing: the same in order of time. */
  past: Past | null;
  /** How the memory of its units went. */
  units: UnitPasts;
  /** Newest batches in a row that lie behind `now`, oldest first. */
  behind: { timeMs: number; nowMs: number }[];
}

/** A gap in the samples of a host that is being filled. */
export interface Past {
  timeline: HostTimeline;
  /** As it was before the gap. */
  before: Watches;
  /** What arrived since and was judged at once; it belongs after what is still missing. */
  fresh: JudgedBatch[];
  /** Older batches that came while the history was being read. */
  early: SampleBatch[];
  /** Steps of the history that belong after what its sender still holds. */
  behind: JudgedBatch[];
  /** Older batches that its sender still holds. */
  pending: number;
  /** While the history of the gap is being read. */
  reading: boolean;
  /** When the gap last became smaller, ms of the clock that judges. */
  movedMs: number;
}
