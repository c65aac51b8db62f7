import { z } from 'zod';
import { duration, matcher, matches, matchesHost, MAX_HORIZON_MS } from '#domain';
import { defaultLevels, type HostLevels, type Levels, type Rules } from './levels.js';

/** Verdicts on process names that a host remembers, so that a rule's globs are matched once for each name. */
const MAX_REMEMBERED = 20_000;

const percent = z.number().min(0).max(1_000_000);

const rule = z
  .strictObject({
    name: z.string().min(1).max(100).describe('Shown with its alerts and scores'),
    match: matcher.prefault({}),
    off: z.literal(true).optional().describe('What matches is not judged'),
    limit: percent.optional().describe('RED above, %'),
    clear: percent.optional().describe('Clears below, %'),
    clearTicks: z.int().min(1).max(10_000).optional().describe('Ticks below the clear level before RED ends'),
    horizon: duration(0, MAX_HORIZON_MS).optional().describe('AMBER where a breach is predicted within; 0s: never'),
    forecastHold: duration(0, 86_400_000).optional().describe('How long a forecast has to be clear before AMBER ends'),
  })
  .superRefine((one, context) => {
    if (one.limit === undefined || one.clear === undefined || one.clear <= one.limit) return;
    context.addIssue({ code: 'custom', path: ['clear'], message: `is above its limit of ${one.limit}` });
  });
export type Rule = z.infer<typeof rule>;

/** A file of rules. The first that matches a series decides; what it leaves open, and everything else, is the shipped default. */
export const ruleFile = z.strictObject({ rules: z.array(rule).max(1000) }).superRefine(({ rules }, context) => {
  const names = new Set<string>(['default']);
  for (const [i, { name }] of rules.entries()) {
    if (names.has(name)) context.addIssue({ code: 'custom', path: ['rules', i, 'name'], message: 'is taken' });
    names.add(name);
  }
});
export type RuleFile = z.infer<typeof ruleFile>;

function levelsOf(one: Rule, metric: 'cpu' | 'mem' | 'disk'): Levels | null {
  if (one.off) return null;
  const shipped: Levels = metric === 'disk' ? defaultLevels.disk : defaultLevels.usage;
  const limit = one.limit ?? shipped.limit;
  // A rule that changes only the limit keeps the distance of the shipped clear level.
  const clear = one.clear ?? Math.max(0, Math.min(limit, limit - (shipped.limit - shipped.clear)));
  return {
    rule: one.name,
    limit,
    clear: Math.min(clear, limit),
    clearTicks: one.clearTicks ?? shipped.clearTicks,
    horizonMs: one.horizon ?? shipped.horizonMs,
    forecastHoldMs: one.forecastHold ?? shipped.forecastHoldMs,
  };
}

/** Rules of a file that `ruleFile` has accepted. */
export function compileRules({ rules }: RuleFile): Rules {
  return {
    forHost: (host, service) =>
      new CompiledRules(
        rules.filter(({ match }) => matchesHost(match, host, service)),
        host,
        service,
      ),
  };
}

class CompiledRules implements HostLevels {
  readonly lowestCpu: number;
  readonly lowestMem: number;
  private readonly known = { cpu: new Map<string, Levels | null>(), mem: new Map<string, Levels | null>() };

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
    const known = this.known[metric];
    let levels = known.get(name);
    if (levels !== undefined) return levels;
    levels = this.find(name, metric);
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(name, levels);
    return levels;
  }

  own(metric: 'cpu' | 'mem' | 'disk', device?: string): Levels | null {
    return this.find(null, metric, device);
  }

  private find(process: string | null, metric: 'cpu' | 'mem' | 'disk', device?: string): Levels | null {
    const { host, service } = this;
    const found = this.rules.find(({ match }) => matches(match, { host, service, process, metric, device }));
    if (found) return levelsOf(found, metric);
    return metric === 'disk' ? defaultLevels.disk : defaultLevels.usage;
  }
}
