/** A claim that was made, and what became of it. */
export interface Outcome {
  probability: number;
  hit: boolean;
}

/** Claims of one band of probability: what they said on average, and how many came true (95 % Wilson interval). */
export interface ReliabilityRow {
  from: number;
  to: number;
  claims: number;
  claimed: number;
  cameTrue: number;
  low: number;
  high: number;
}

export interface Recalibration {
  /** Claimed and true probability, ascending. */
  knots: [number, number][];
  reliability: ReliabilityRow[];
  /** Mean squared error of the claims (Brier score) before and after. */
  before: number;
  after: number;
}

type Knots = readonly (readonly [number, number])[];

/** The true probability for a claimed one: between two knots in proportion, beyond them as at the last. */
export function calibrated(knots: Knots, probability: number): number {
  let below = knots[0];
  for (const knot of knots) {
    if (knot[0] >= probability) {
      if (below === undefined || below === knot || knot[0] === below[0]) return knot[1];
      return below[1] + ((knot[1] - below[1]) * (probability - below[0])) / (knot[0] - below[0]);
    }
    below = knot;
  }
  return below === undefined ? probability : below[1];
}

const BANDS = 10;
/** Claims that the prior is worth: what was said, until enough outcomes speak against it. */
const PRIOR = 20;

/**
 * Learns from recorded claims what a claimed probability is worth here: isotonic regression (pool adjacent violators,
 * Ayer et al. 1955) on bands of equal count, each drawn towards what was claimed as if `PRIOR` claims had confirmed it.
 * Pairs that are not finite numbers are left out.
 */
export function recalibrate(outcomes: readonly Outcome[]): Recalibration {
  const known = outcomes
    .filter(({ probability }) => Number.isFinite(probability) && probability >= 0 && probability <= 1)
    .toSorted((a, b) => a.probability - b.probability);
  const size = Math.max(1, Math.ceil(known.length / BANDS));
  const pools: { n: number; claimed: number; hits: number }[] = [];
  for (let i = 0; i < known.length; i += size) {
    const band = known.slice(i, i + size);
    pools.push({ n: band.length, claimed: sum(band, (o) => o.probability), hits: sum(band, (o) => (o.hit ? 1 : 0)) });
    while (pools.length > 1 && worth(pools.at(-2)) >= worth(pools.at(-1))) {
      const last = pools.pop();
      const before = pools.at(-1);
      if (!last || !before) break;
      before.n += last.n;
      before.claimed += last.claimed;
      before.hits += last.hits;
    }
  }
  const knots = pools.map((pool): [number, number] => [pool.claimed / pool.n, worth(pool)]);
  const brier = (of: (p: number) => number) =>
    known.length === 0 ? 0 : sum(known, (o) => (of(o.probability) - (o.hit ? 1 : 0)) ** 2) / known.length;
  return {
    knots,
    reliability: reliability(known),
    before: brier((p) => p),
    after: brier((p) => calibrated(knots, p)),
  };
}

/** Of all claims said at 60 to 70 %, how many came true? */
export function reliability(outcomes: readonly Outcome[]): ReliabilityRow[] {
  return Array.from({ length: BANDS }, (_, i) => {
    const band = outcomes.filter(({ probability }) => Math.min(BANDS - 1, Math.floor(probability * BANDS)) === i);
    const n = band.length;
    const rate = n === 0 ? 0 : sum(band, (o) => (o.hit ? 1 : 0)) / n;
    const z2 = 1.96 * 1.96;
    const centre = n === 0 ? 0.5 : (rate + z2 / (2 * n)) / (1 + z2 / n);
    const half = n === 0 ? 0.5 : (1.96 * Math.sqrt((rate * (1 - rate)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
    return {
      from: i / BANDS,
      to: (i + 1) / BANDS,
      claims: n,
      claimed: n === 0 ? (i + 0.5) / BANDS : sum(band, (o) => o.probability) / n,
      cameTrue: rate,
      low: centre - half,
      high: centre + half,
    };
  }).filter(({ claims }) => claims > 0);
}

function worth(pool: { n: number; claimed: number; hits: number } | undefined): number {
  if (!pool) return 0;
  return (pool.hits + (PRIOR * pool.claimed) / pool.n) / (pool.n + PRIOR);
}

function sum<T>(list: readonly T[], of: (item: T) => number): number {
  return list.reduce((total, item) => total + of(item), 0);
}
