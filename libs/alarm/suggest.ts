import { escapeGlob, type Incident, isAbout, type SeriesMetric } from '#domain';
import { actedOn, figuresOf, type Replayed, type ReplayFigures } from './replay.js';
import { type Kept, onlyHosts, replayKept } from './kept-batches.js';
import { compileRules, type RuleFile, ruleFile } from './rules.js';

/** A rule as it is written in a file. */
export interface SuggestedRule {
  name: string;
  match: Record<string, string>;
  for?: string;
  limit?: number;
  horizon?: string;
}

export interface Suggestion {
  rule: SuggestedRule;
  /** Incidents of what the rule matches, how many of them were told, and how many somebody had to act on. */
  incidents: number;
  told: number;
  acted: number;
  /** Longest time that one of those was RED on which nobody had to act, ms. */
  longestMs: number;
  /** Largest value of those, %. */
  peak: number;
  /** The hosts that it matches, without the rule and with it. */
  before: ReplayFigures;
  after: ReplayFigures;
}

/** What people call one source of noise: a metric of a program, of a unit or of the hosts themselves. */
interface Group {
  of: 'process' | 'unit' | 'host';
  /** Glob of the programs or units; null: the hosts themselves. */
  name: string | null;
  metric: SeriesMetric;
  hosts: Set<string>;
  incidents: Incident[];
}

/** Alerts of one kind on which nobody had to act that are noise: told, or on the console. */
const NOISY_TOLD = 2;
const NOISY = 5;
/** So many that the console should be spared too. */
const VERY_NOISY = 10;
const MOST_GROUPS = 30;
/** A step to a stricter candidate has to spare one in so many of those that were told. */
const WORTH = 5;
const FOR = ['2m', '5m', '10m'];
/** Where nobody ever had to act. */
const LONG_FOR = ['15m', '30m'];

/**
 * Finds what alerts for nothing, and proposes a rule for each. Every candidate is replayed; one that makes people miss a
 * breach on which somebody had to act is dropped, and nothing is ever turned off. What a rule of `base` judges is left
 * as it is.
 *
 * @param base the rules that hold; no breach counts that they do not tell either
 * @returns for each source of noise, the worst first, what finds its rule: undefined where none helps
 */
export function suggestRules(kept: Kept, base: RuleFile): (() => Suggestion | undefined)[] {
  const replayed = replayKept(kept, compileRules(base));
  const acted = actedOn(replayed);
  const names = namesOf(base);
  const allHosts = new Set(kept.batches.map(({ host }) => host));
  return noisyGroups(replayed, acted).map((group) => () => {
    const suggestion = suggestFor(group, kept, base, allHosts.size, { replayed, acted });
    if (suggestion) suggestion.rule.name = freeName(suggestion.rule.name, names);
    return suggestion;
  });
}

function noisyGroups({ incidents, told }: Replayed, acted: ReadonlySet<Incident>): Group[] {
  const groups = new Map<string, Group>();
  for (const incident of incidents) {
    const { metric, host, rule = 'default' } = incident;
    if (metric === 'data' || rule !== 'default') continue;
    const of = isAbout(incident);
    const own = incident.process ?? incident.unit;
    const name = own === undefined ? null : familyOf(own);
    const key = JSON.stringify([of, name, metric]);
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { of, name, metric, hosts: new Set(), incidents: [] }));
    group.hosts.add(host);
    group.incidents.push(incident);
  }
  const noise = (group: Group) => group.incidents.filter((one) => !acted.has(one));
  const toldOf = (all: Incident[]) => all.filter(({ id }) => told.has(id)).length;
  const isNoisy = (group: Group) => toldOf(noise(group)) >= NOISY_TOLD || noise(group).length >= NOISY;
  const rank = (group: Group) => toldOf(noise(group)) * 1_000 + noise(group).length;
  const noisy = [...groups.values()].filter(isNoisy);
  return noisy.sort((a, b) => rank(b) - rank(a)).slice(0, MOST_GROUPS);
}

function suggestFor(
  group: Group,
  kept: Kept,
  base: RuleFile,
  hosts: number,
  { replayed, acted }: { replayed: Replayed; acted: ReadonlySet<Incident> },
): Suggestion | undefined {
  const part = onlyHosts(kept, group.hosts);
  const before = figuresOf(replayKept(part, compileRules(base)));
  const noise = group.incidents.filter((one) => !acted.has(one));
  const told = group.incidents.filter(({ id }) => replayed.told.has(id)).length;
  const isBetter = (one: ReplayFigures, than: ReplayFigures) =>
    than.told - one.told >= Math.max(1, told / WORTH) ||
    (told === 0 && one.told === than.told && one.incidents < than.incidents);
  let best: { rule: SuggestedRule; after: ReplayFigures } | undefined;
  for (const change of candidates(group, noise, told)) {
    const rule = { name: nameOf(group), match: matchOf(group, hosts), ...change };
    const file = ruleFile.parse({ rules: [{ ...rule, name: freeName(rule.name, namesOf(base)) }] });
    const after = figuresOf(replayKept(part, compileRules({ ...base, rules: [...base.rules, ...file.rules] })));
    if (after.missed <= before.missed && isBetter(after, best?.after ?? before)) best = { rule, after };
  }
  if (!best) return undefined;
  return {
    ...best,
    before,
    incidents: group.incidents.length,
    told,
    acted: group.incidents.length - noise.length,
    longestMs: Math.max(0, ...noise.map(longestRedMs)),
    peak: Math.max(0, ...noise.map(peakOf)),
  };
}

/** The mildest first: a longer wait hides nothing from the record, a higher limit does. */
function candidates(group: Group, noise: Incident[], told: number): Partial<SuggestedRule>[] {
  const outcomes = noise.flatMap(({ history }) => history.map(({ outcome }) => outcome));
  const predictsFalsely = outcomes.filter((one) => one === 'false').length >= 3 && !outcomes.includes('hit');
  const isAllNoise = noise.length === group.incidents.length;
  const waits = (isAllNoise ? [...FOR, ...LONG_FOR] : FOR).map((time) => ({ for: time }));
  const limits: Partial<SuggestedRule>[] = [];
  const isShare = group.metric !== 'cpu' || group.of !== 'process';
  const isDisk = group.metric === 'disk' || group.metric === 'inodes';
  if (isShare) limits.push(...[90, 95].filter((limit) => !isDisk || limit > 90).map((limit) => ({ limit })));
  // A limit above all that was seen hides the next one too: only for what fills the console and was never told.
  else if (isAllNoise && told === 0 && noise.length >= VERY_NOISY)
    limits.push({ limit: Math.ceil((Math.max(...noise.map(peakOf)) + 5) / 10) * 10 });
  const ways = [...waits, ...limits];
  return predictsFalsely ? [{ horizon: '0s' }, ...ways, ...ways.map((way) => ({ ...way, horizon: '0s' }))] : ways;
}

function peakOf({ peak, history }: Incident): number {
  return Math.max(peak ?? 0, ...history.map(({ value }) => value ?? 0));
}

function longestRedMs({ history }: Incident): number {
  let longest = 0;
  for (const [i, { color, time }] of history.entries()) {
    const next = history[i + 1];
    if (color === 'RED' && next) longest = Math.max(longest, Date.parse(next.time) - Date.parse(time));
  }
  return longest;
}

function matchOf({ of, name, metric, hosts }: Group, all: number): SuggestedRule['match'] {
  const [only] = hosts;
  return {
    ...(hosts.size === 1 && all > 1 && only !== undefined && { host: escapeGlob(only) }),
    of,
    ...(name !== null && { [of]: name }),
    metric,
  };
}

/** A program that puts its arguments into its name, as `npm exec tsc` does, is one with its brothers. */
function familyOf(process: string): string {
  const [, first] = /^(\S+) /.exec(process) ?? [];
  return first === undefined ? escapeGlob(process) : `${escapeGlob(first)} *`;
}

function nameOf({ name, metric }: Group): string {
  return `${name ?? 'host'} ${metric}`.slice(-90);
}

function namesOf({ rules }: RuleFile): Set<string> {
  return new Set(['default', ...rules.map(({ name }) => name)]);
}

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name} ${number}`;
  taken.add(free);
  return free;
}
