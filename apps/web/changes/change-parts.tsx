import type { UsageChange } from '#domain';
import { beforeAfter, changeWords, type Quantity, type quantities, valueThen } from './change-words.js';

const WIDTH = 64;
const HEIGHT = 14;

export function ChangeWord({ of }: { of: UsageChange['change'] }) {
  const { word, shape } = changeWords[of];
  return (
    <span class={`change change-${of}`}>
      <span aria-hidden="true" class="change-shape">
        {shape}
      </span>{' '}
      {word}
    </span>
  );
}

/** What it used before above what it uses after, each as a bar of what is largest in the list, and both as figures. */
export function BeforeAfter({
  change,
  quantity,
  most,
}: {
  change: UsageChange;
  quantity: (typeof quantities)[number];
  most: number;
}) {
  const width = (then: UsageChange['before']) => (WIDTH * (valueThen(then, quantity.key) ?? 0)) / Math.max(most, 1e-9);
  return (
    <span class="before-after">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
        <rect class="bar-before" x="0" y="1" width={width(change.before)} height="5" />
        <rect class="bar-after" x="0" y="8" width={width(change.after)} height="5" />
      </svg>
      <span>{beforeAfter(change, quantity)}</span>
    </span>
  );
}

/** The largest value of a list, before or after, that the bars are drawn against. */
export function mostOf(changes: readonly UsageChange[], key: Quantity): number {
  return Math.max(0, ...changes.flatMap(({ before, after }) => [before?.[key] ?? 0, after?.[key] ?? 0]));
}
