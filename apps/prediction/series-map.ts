import { isAbout, type Forecast, type SeriesKey, type SeriesMetric, seriesMetric } from '#domain';
import type { Prediction } from '#prediction';

/** What looks ahead of one limit of one series, sample by sample. */
export interface Predictor {
  update(
    timeMs: number,
    value: number,
  ): Pick<Prediction, 'amber' | 'breach' | 'probability' | 'text'> & Partial<Pick<Prediction, 'branch'>>;
  /** Takes a value of the past without looking ahead from it, where that would cost much. */
  remember?(timeMs: number, value: number): void;
  moveClock(byMs: number): void;
  snapshot(): Uint8Array;
  release(): void;
}

/** One limit of a series, and whether it is going to be broken. */
export interface Forecaster {
  limit: number;
  /** Breaches further ahead than this are not told, ms. */
  horizonMs: number;
  predictor: Predictor;
  forecast: Forecast | undefined;
}

/** A series is its usual limit, and what rules ask for besides. */
export interface Series extends Forecaster {
  /** Time of its newest sample, milliseconds since the epoch; 0 before the first. */
  lastMs: number;
  others: Forecaster[] | undefined;
}

export type Kind = ReturnType<typeof isAbout>;
const kinds = ['process', 'unit', 'host'] as const satisfies Kind[];
type ByMetric = Partial<Record<SeriesMetric, Series>>;
/** The series of one host: those of programs and of units by their names, its own by mount point or nothing. */
export type HostSeries = Record<Kind, Map<string, ByMetric>>;

/** Every series, found by its key. */
export class SeriesMap {
  /** How many predictors there are, by what they are about. */
  readonly sizes: Record<Kind, number> = { process: 0, unit: 0, host: 0 };
  private readonly hosts = new Map<string, HostSeries>();

  get size(): number {
    return this.sizes.process + this.sizes.unit + this.sizes.host;
  }

  host(name: string): HostSeries | undefined {
    return this.hosts.get(name);
  }

  find(key: SeriesKey): Series | undefined {
    return this.hosts.get(key.host)?.[isAbout(key)].get(nameOf(key))?.[key.metric];
  }

  set(key: SeriesKey, series: Series): void {
    const kind = isAbout(key);
    let host = this.hosts.get(key.host);
    if (!host) this.hosts.set(key.host, (host = { process: new Map(), unit: new Map(), host: new Map() }));
    const byName = host[kind];
    const byMetric = byName.get(nameOf(key));
    if (byMetric) byMetric[key.metric] = series;
    else byName.set(nameOf(key), { [key.metric]: series });
    this.sizes[kind]++;
  }

  /** Another limit of a series that is here. */
  add(key: SeriesKey, series: Series, forecaster: Forecaster): void {
    (series.others ??= []).push(forecaster);
    this.sizes[isAbout(key)]++;
  }

  remove(key: SeriesKey, series: Series, forecaster: Forecaster): void {
    const left = series.others?.filter((other) => other !== forecaster) ?? [];
    series.others = left.length > 0 ? left : undefined;
    this.sizes[isAbout(key)]--;
  }

  delete(key: SeriesKey): void {
    const kind = isAbout(key);
    const host = this.hosts.get(key.host);
    const byMetric = host?.[kind].get(nameOf(key));
    const series = byMetric?.[key.metric];
    if (!host || !byMetric || !series) return;
    delete byMetric[key.metric];
    if (Object.keys(byMetric).length === 0) host[kind].delete(nameOf(key));
    if (kinds.every((one) => host[one].size === 0)) this.hosts.delete(key.host);
    this.sizes[kind] -= 1 + (series.others?.length ?? 0);
  }

  *all(): Generator<[Series, SeriesKey]> {
    for (const host of this.hosts.keys()) yield* this.of(host);
  }

  /** The series of one host. */
  *of(host: string): Generator<[Series, SeriesKey]> {
    const found = this.hosts.get(host);
    if (!found) return;
    for (const kind of kinds) {
      for (const [name, byMetric] of found[kind]) {
        for (const metric of seriesMetric.options) {
          const series = byMetric[metric];
          if (series) yield [series, keyOf(host, kind, name, metric)];
        }
      }
    }
  }
}

/** The key of a series; `name` is that of the program or unit, or the mount point of a disk. */
export function keyOf(host: string, kind: Kind, name: string, metric: SeriesMetric): SeriesKey {
  if (kind === 'process') return { host, process: name, metric };
  if (kind === 'unit') return { host, process: null, unit: name, metric };
  return name === '' ? { host, process: null, metric } : { host, process: null, device: name, metric };
}

function nameOf({ process, unit, device }: SeriesKey): string {
  return process ?? unit ?? device ?? '';
}
