import { type Confidence, confidenceOfShare, USAGE_LIMIT } from '#domain';

/** The rules by which claims are judged: lead of one step, horizon of 30, a breach is fresh after 30 quiet steps. */
export const RULES = { horizon: 30, quiet: 30, limit: USAGE_LIMIT, cap: 10 } as const;

/** One series to judge a rule on; steps are equally far apart. */
export interface JudgedSeries {
  id: string;
  /** Series that move together: one machine, one job. Intervals are drawn over groups. */
  group: string;
  stepMs: number;
  startMs: number;
  /** Steps at the start that are history only. */
  warmup: number;
  metric: 'cpu' | 'mem';
  values: readonly number[];
  /** Steps in which the alarm turned RED, once for each time; left out: each fresh crossing counts, by `RULES`. */
  breaches?: readonly number[];
}

export interface SeriesCounts {
  hits: number;
  falses: number;
  events: number;
  /** Steps from the first AMBER to each breach that was caught. */
  leads: number[];
  steps: number;
}

export interface Score {
  precision: number;
  recall: number;
  f1: number;
  /** 95 % bootstrap over groups, of F1. */
  interval: [number, number];
  medianLeadSteps: number | null;
  falsePerSeriesDay: number;
  events: number;
  series: number;
  /** Cases that precision and recall rest on, each counted as one, and their 95 % intervals. */
  confidence: { precision: Confidence; recall: Confidence };
}

/**
 * Counts the claims of one series: caught breaches, and stretches of 30 steps of AMBER without one. Breaches are the
 * ones that are given, which all count, or fresh crossings after the warm-up.
 */
export function countClaims(
  { values, warmup, breaches }: Pick<JudgedSeries, 'values' | 'warmup' | 'breaches'>,
  amber: ArrayLike<boolean | number>,
): SeriesCounts {
  const { horizon, quiet, limit } = RULES;
  const counts: SeriesCounts = { hits: 0, falses: 0, events: 0, leads: [], steps: 0 };
  const given = breaches && countOfEach(breaches);
  let claim = -1;
  let below = 0;
  let lastRed = -1;
  for (const [t, value] of values.entries()) {
    const fresh = given ? (given.get(t) ?? 0) : Number(t >= warmup + 1 && below >= quiet && value > limit);
    if (value > limit || fresh > 0) {
      counts.events += fresh;
      if (fresh > 0) {
        for (let j = Math.max(warmup, t - horizon, lastRed + 1); j < t; j++) {
          if (!amber[j]) continue;
          counts.hits++;
          counts.leads.push(t - j);
          break;
        }
      }
      claim = -1;
      below = 0;
      lastRed = t;
      continue;
    }
    below++;
    if (t < warmup) continue;
    counts.steps++;
    if (claim >= 0 && t - claim >= horizon) {
      counts.falses++;
      claim = -1;
    }
    if (claim < 0 && amber[t]) claim = t;
  }
  return counts;
}

function countOfEach(steps: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const step of steps) counts.set(step, (counts.get(step) ?? 0) + 1);
  return counts;
}

/** The score over many series: one with more than ten breaches weighs as ten. */
export function score(series: readonly JudgedSeries[], counts: readonly SeriesCounts[]): Score {
  const groups = new Map<string, [number, number, number]>();
  const leads: [number, number][] = [];
  let days = 0;
  let caught = 0;
  let falses = 0;
  let events = 0;
  series.forEach((s, i) => {
    const c = counts[i];
    if (!c) return;
    const weight = Math.min(1, RULES.cap / Math.max(1, c.events));
    const sum = groups.get(s.group) ?? [0, 0, 0];
    sum[0] += weight * c.hits;
    sum[1] += weight * c.falses;
    sum[2] += weight * c.events;
    groups.set(s.group, sum);
    for (const lead of c.leads) leads.push([lead, weight]);
    days += (c.steps * s.stepMs) / 86_400_000;
    caught += c.hits;
    falses += c.falses;
    events += c.events;
  });
  const sums = [...groups.values()];
  const [hits, wrong, all] = total(sums);
  const precision = hits + wrong > 0 ? hits / (hits + wrong) : 0;
  const recall = all > 0 ? hits / all : 0;
  return {
    precision,
    recall,
    f1: f1(hits, wrong, all),
    interval: bootstrap(sums),
    medianLeadSteps: weightedMedian(leads),
    falsePerSeriesDay: days > 0 ? falses / days : 0,
    events,
    series: series.length,
    confidence: {
      precision: confidenceOfShare(caught, caught + falses),
      recall: confidenceOfShare(Math.min(caught, events), events),
    },
  };
}

const f1 = (hits: number, falses: number, events: number): number =>
  hits > 0 ? (2 * hits) / (hits + falses + events) : 0;

function total(sums: readonly [number, number, number][]): [number, number, number] {
  const out: [number, number, number] = [0, 0, 0];
  for (const [a, b, c] of sums) {
    out[0] += a;
    out[1] += b;
    out[2] += c;
  }
  return out;
}

function weightedMedian(pairs: [number, number][]): number | null {
  const half = pairs.reduce((sum, [, weight]) => sum + weight, 0) / 2;
  let sum = 0;
  for (const [lead, weight] of pairs.toSorted((a, b) => a[0] - b[0])) {
    sum += weight;
    if (sum >= half) return lead;
  }
  return null;
}

const DRAWS = 1000;

function bootstrap(sums: readonly [number, number, number][]): [number, number] {
  if (sums.length === 0) return [0, 0];
  const random = mulberry32(1);
  const drawn = Array.from({ length: DRAWS }, () =>
    f1(...total(sums.map(() => sums[Math.floor(random() * sums.length)] as [number, number, number]))),
  ).toSorted((a, b) => a - b);
  return [drawn[Math.floor(DRAWS * 0.025)] as number, drawn[Math.floor(DRAWS * 0.975) - 1] as number];
}

/** A small generator with a seed (T. Ettinger, mulberry32), so that an interval is the same on every run. */
function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
