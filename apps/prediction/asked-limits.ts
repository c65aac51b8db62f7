import { type ForecastLimit, matchesGlob, type SeriesKey } from '#domain';
import { needsDays, type Target, usualTarget } from './forecaster-bank.js';

/** Hosts of which the limits are remembered, so that their globs are matched once a host. */
const MAX_HOSTS = 10_000;

/** The limits and horizons that rules ask for beside the usual ones. */
export class AskedLimits {
  private readonly byHost = new Map<string, ForecastLimit[]>();

  constructor(private readonly limits: readonly ForecastLimit[] = []) {}

  /** What a series is to be predicted for beside its usual limit: of one limit the longest horizon that is asked for. */
  of(key: SeriesKey): Target[] {
    if (this.limits.length === 0) return [];
    const usual = usualTarget(key.metric);
    const targets = new Map<string, Target>();
    for (const one of this.ofHost(key.host)) {
      if (!isAbout(one, key)) continue;
      const horizonMs = Math.min(one.horizonMs ?? usual.horizonMs, usual.horizonMs);
      const target = { limit: one.limit, horizonMs };
      const days = needsDays(key.metric, target);
      // The usual forecaster says it already, if over a longer horizon.
      if (one.limit <= 0 || (one.limit === usual.limit && days === needsDays(key.metric, usual))) continue;
      const text = `${one.limit} ${days}`;
      const known = targets.get(text);
      if (!known || known.horizonMs < horizonMs) targets.set(text, target);
    }
    return [...targets.values()];
  }

  private ofHost(host: string): ForecastLimit[] {
    let found = this.byHost.get(host);
    if (!found) {
      found = this.limits.filter((one) => one.host === undefined || matchesGlob(one.host, host));
      if (this.byHost.size >= MAX_HOSTS) this.byHost.clear();
      this.byHost.set(host, found);
    }
    return found;
  }
}

function isAbout({ metric, process, unit }: ForecastLimit, key: SeriesKey): boolean {
  if (metric !== key.metric) return false;
  if (process !== undefined && (key.process === null || !matchesGlob(process, key.process))) return false;
  return unit === undefined || (key.unit !== undefined && matchesGlob(unit, key.unit));
}
