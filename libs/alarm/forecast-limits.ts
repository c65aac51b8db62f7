import { type ForecastLimit, hostName, seriesMetric, type SeriesMetric } from '#domain';
import { type Levels, shippedOf } from './levels.js';
import type { Rule } from './rules.js';

const MAX_LIMITS = 10_000;

/**
 * The limits and horizons other than the shipped ones that rules have, and that breaches are to be predicted of. What a
 * rule says of services and mount points is left out: a forecast that none of them needs costs less than one that is
 * missing, and the rule decides what counts.
 *
 * @param levelsOf what a rule means for a metric of a program or host, or of a unit; null: nothing is judged
 */
export function forecastLimitsOf(
  rules: Rule[],
  levelsOf: (rule: Rule, metric: SeriesMetric) => Levels | null,
): ForecastLimit[] {
  const limits = new Map<string, ForecastLimit>();
  for (const rule of rules) {
    for (const metric of metricsOf(rule)) {
      const levels = levelsOf(rule, metric);
      const shipped = shippedOf(metric);
      if (!levels || levels.horizonMs === 0) continue;
      if (levels.limit === shipped.limit && levels.horizonMs === shipped.horizonMs) continue;
      const { limit, horizonMs } = levels;
      const asked = { metric, limit, ...(horizonMs !== shipped.horizonMs && { horizonMs }), ...globsOf(rule) };
      limits.set(JSON.stringify(asked), asked);
    }
  }
  return [...limits.values()].slice(0, MAX_LIMITS);
}

/** Which metrics a rule can be about. */
function metricsOf({ match }: Rule): SeriesMetric[] {
  const { metric, device, process, unit, of } = match;
  const isUsage = process !== undefined || unit !== undefined || of === 'process' || of === 'unit';
  return seriesMetric.options.filter((one) => {
    if (metric !== undefined && one !== metric) return false;
    if (isUsage) return one === 'cpu' || one === 'mem';
    return device === undefined || one === 'disk' || one === 'inodes';
  });
}

/** The globs that a forecast can be asked by; one that is too long for a name matches all. */
function globsOf({ match: { host, process, unit, of } }: Rule): Pick<ForecastLimit, 'host' | 'process' | 'unit'> {
  const program = process ?? (of === 'process' ? '*' : undefined);
  const group = unit ?? (of === 'unit' ? '*' : undefined);
  const short = (glob: string) => (hostName.safeParse(glob).success ? glob : '*');
  return {
    ...(host !== undefined && { host: short(host) }),
    ...(program !== undefined && { process: short(program) }),
    ...(group !== undefined && { unit: short(group) }),
  };
}
