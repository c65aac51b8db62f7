import { z } from 'zod';
import {
  duration,
  incident,
  matcher,
  matches,
  matchesHost,
  MAX_DISK_HORIZON_MS,
  nameMap,
  nameMapOf,
  type SeriesKey,
  type SeriesMetric,
} from '#domain';
import { forecastLimitsOf } from './forecast-limits.js';
import { routeList } from './routes.js';
import {
  defaultDetails,
  defaultLevels,
  type HostLevels,
  type Levels,
  type RuleDetails,
  type Rules,
  shippedOf,
} from './levels.js';

/** Verdicts on names of programs or units that a host remembers, so that a rule's globs are matched once for each name. */
const MAX_REMEMBERED = 20_000;

/** Labels that say which alert it is; a rule that changed one would make two alerts one. */
const OWN_LABELS = new Set(['alertname', 'severity', 'host', 'service', 'process', 'unit', 'metric', 'device', 'rule']);
const MAX_TEXTS = 50;

const percent = z.number().min(0).max(1_000_000);

/** Names and texts as Prometheus has them (https://prometheus.io/docs/concepts/data_model/). */
const texts = (isTaken: (name: string) => boolean) =>
  nameMapOf(z.string({ error: 'must be a text' }).max(2000, { error: 'is longer than 2000 characters' })).superRefine(
    (map, context) => {
      const names = Object.keys(map);
      if (names.length > MAX_TEXTS) context.addIssue({ code: 'custom', message: `has more than ${MAX_TEXTS} entries` });
      for (const name of names) {
        if (!/^(?!__)[a-zA-Z_]\w{0,99}$/.test(name)) {
          const message = `"${name.slice(0, 40)}" must be letters, digits and _, at most 100, not beginning with a digit or __`;
          context.addIssue({ code: 'custom', message });
        } else if (isTaken(name)) context.addIssue({ code: 'custom', path: [name], message: 'is set by Amberwatch' });
      }
    },
  );

const rule = z
  .strictObject({
    name: z.string().min(1).max(100).describe('Shown with its alerts and scores'),
    match: matcher.prefault({}),
    off: z.literal(true).optional().describe('What matches is not judged'),
    limit: percent.optional().describe('RED above, %'),
    clear: percent.optional().describe('Clears below, %'),
    clearTicks: z.int().min(1).max(10_000).optional().describe('Ticks below the clear level before RED ends'),
    horizon: duration(0, MAX_DISK_HORIZON_MS)
      .optional()
      .describe('AMBER where a breach is predicted within; 0s: never'),
    forecastHold: duration(0, 86_400_000).optional().describe('How long a forecast has to be clear before AMBER ends'),
    for: duration(0, 86_400_000).optional().describe('How long RED has to hold before people are notified'),
    page_at: percent.optional().describe('At this value or above, %, RED does not wait for `for`'),
    labels: texts((name) => OWN_LABELS.has(name))
      .optional()
      .describe('More labels of its alerts'),
    annotations: texts(() => false)
      .optional()
      .describe('More texts on its alerts'),
    runbook: incident.shape.runbook.describe('Web address of what to do'),
  })
  .superRefine((one, context) => {
    const { limit, clear, page_at: pageAt } = one;
    if (limit === undefined) return;
    if (clear !== undefined && clear > limit)
      context.addIssue({ code: 'custom', path: ['clear'], message: `is above its limit of ${limit}` });
    if (pageAt !== undefined && pageAt < limit)
      context.addIssue({ code: 'custom', path: ['page_at'], message: `is below its limit of ${limit}` });
  });
export type Rule = z.infer<typeof rule>;

/** A file of rules. The first that matches a series decides; what it leaves open, and everything else, is the shipped default. */
export const ruleFile = z
  .strictObject({
    rules: z.array(rule).max(1000).prefault([]),
    routes: routeList
      .prefault([])
      .describe('Who is told of what; the first that matches decides, and all are told where none does'),
  })
  .superRefine(({ rules }, context) => {
    const names = new Set<string>(['default']);
    for (const [i, { name }] of rules.entries()) {
      if (names.has(name)) context.addIssue({ code: 'custom', path: ['rules', i, 'name'], message: 'is taken' });
      names.add(name);
    }
  });
export type RuleFile = z.infer<typeof ruleFile>;

function levelsOf(one: Rule, metric: SeriesMetric, isUnit = false): Levels | null {
  if (one.off) return null;
  const shipped = shippedOf(metric, isUnit);
  const limit = one.limit ?? shipped.limit;
  // A rule that changes only the limit keeps the distance of the shipped clear level.
  const clear = one.clear ?? Math.max(0, Math.min(limit, limit - (shipped.limit - shipped.clear)));
  return {
    rule: one.name,
    ...(one.runbook !== undefined && { runbook: one.runbook }),
    limit,
    clear: Math.min(clear, limit),
    clearTicks: one.clearTicks ?? shipped.clearTicks,
    horizonMs: one.horizon ?? shipped.horizonMs,
    forecastHoldMs: one.forecastHold ?? shipped.forecastHoldMs,
    // Who sets a limit means that limit alone.
    ...(one.limit === undefined && { throttled: shipped.throttled }),
  };
}

/** Rules of a file that `ruleFile` has accepted. */
export function compileRules({ rules, routes }: RuleFile): Rules {
  const details = new Map(rules.map((one) => [one.name, detailsOf(one)]));
  return {
    routes,
    forecastLimits: forecastLimitsOf(rules, levelsOf),
    details: (name) => details.get(name ?? defaultLevels.usage.rule) ?? defaultDetails,
    forHost: (host, service) =>
      new CompiledRules(
        rules.filter(({ match }) => matchesHost(match, host, service)),
        host,
        service,
      ),
  };
}

function detailsOf({ for: forMs, page_at: pageAt, labels, annotations, runbook }: Rule): RuleDetails {
  return {
    forMs: forMs ?? defaultDetails.forMs,
    pageAt: pageAt ?? null,
    labels: labels ?? nameMap(),
    annotations: annotations ?? nameMap(),
    runbook: runbook ?? null,
  };
}

class CompiledRules implements HostLevels {
  readonly lowestCpu: number;
  readonly lowestMem: number;
  private readonly ofPrograms = new RememberedLevels((process, metric) => this.find({ process, metric }));
  private readonly ofUnits = new RememberedLevels((unit, metric) => this.find({ process: null, unit, metric }));

  constructor(
    private readonly rules: Rule[],
    private readonly host: string,
    private readonly service: string | null,
  ) {
    const lowest = (metric: 'cpu' | 'mem') =>
      Math.min(defaultLevels.usage.limit, ...rules.map((one) => levelsOf(one, metric)?.limit ?? Infinity));
    this.lowestCpu = lowest('cpu');
    this.lowestMem = lowest('mem');
  }

  process(name: string, metric: 'cpu' | 'mem'): Levels | null {
    return this.ofPrograms.get(name, metric);
  }

  unit(name: string, metric: 'cpu' | 'mem'): Levels | null {
    return this.ofUnits.get(name, metric);
  }

  own(metric: SeriesMetric, device?: string): Levels | null {
    return this.find({ process: null, metric, device });
  }

  private find(series: Omit<SeriesKey, 'host'>): Levels | null {
    const { host, service } = this;
    const { unit, metric } = series;
    const found = this.rules.find(({ match }) => matches(match, { ...series, host, service }));
    return found ? levelsOf(found, metric, unit !== undefined) : shippedOf(metric, unit !== undefined);
  }
}

/** Levels by name, found once for each. */
class RememberedLevels {
  private readonly known = { cpu: new Map<string, Levels | null>(), mem: new Map<string, Levels | null>() };

  constructor(private readonly find: (name: string, metric: 'cpu' | 'mem') => Levels | null) {}

  get(name: string, metric: 'cpu' | 'mem'): Levels | null {
    const known = this.known[metric];
    let levels = known.get(name);
    if (levels !== undefined) return levels;
    levels = this.find(name, metric);
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(name, levels);
    return levels;
  }
}
