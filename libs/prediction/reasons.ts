import type { Forest } from './forest.js';

/** Every reason a prediction can have: first those that weigh in the trees, then those of a line, then the quiet ones. */
export const REASONS = [
  'level',
  'rising',
  'unsteady',
  'recent-peaks',
  'breaches-of-late',
  'same-time-other-days',
  'own-record',
  'regular-interval',
  'time-of-day',
] as const;
export type TreeReason = (typeof REASONS)[number];

export type Reason =
  TreeReason | 'leak' | 'leak-again' | 'above-limit' | 'learning' | 'quiet' | 'invalid-sample' | 'late-sample';

/** What each says to people, after the probability in the message of an AMBER. */
export const reasonTexts: Record<Reason, string> = {
  level: 'the level is high',
  rising: 'it is rising',
  unsteady: 'it moves far enough to reach the limit',
  'recent-peaks': 'recent peaks came close to the limit',
  'breaches-of-late': 'it has broken the limit recently',
  'same-time-other-days': 'it broke the limit at this time on other days',
  'own-record': 'breaches followed such values in this series before',
  'regular-interval': 'its breaches come at a regular interval and the next is due',
  'time-of-day': 'breaches are usual at this time of day',
  leak: 'it rises in a steady line',
  'leak-again': 'it rises as it did before its last restart',
  'above-limit': 'the limit is already broken',
  learning: 'there is too little history yet',
  quiet: 'nothing points to a breach',
  'invalid-sample': 'the sample is not a number',
  'late-sample': 'the sample is not newer than the last one',
};

/** The reason whose features moved the sum of the trees the most towards a breach; `reasons` has one for each feature. */
export function weightiest(forest: Forest, reasons: readonly TreeReason[], features: Float32Array): TreeReason {
  const weights = new Float64Array(features.length);
  forest.contributions(features, weights);
  const byReason = new Map<TreeReason, number>();
  reasons.forEach((reason, i) => byReason.set(reason, (byReason.get(reason) ?? 0) + (weights[i] as number)));
  let best: TreeReason = 'level';
  let most = -Infinity;
  for (const [reason, weight] of byReason) {
    if (weight <= most) continue;
    most = weight;
    best = reason;
  }
  return best;
}
