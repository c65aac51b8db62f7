import type { ComponentChildren } from 'preact';
import { many, NONE, span } from '../text.js';
import { type Confidence, intervalText, type Score, share } from './score-text.js';

/** The three figures that say how good the warnings were, each with what it rests on. */
export function ScoreFigures({ score }: { score: Score }) {
  const { hits, early, precision, recall, medianLeadMs, confidence, missed } = score;
  const warned = hits + early + score.false;
  const breaches = confidence.recall.n;
  return (
    <>
      <dl class="figures">
        <Figure name="Precision" value={share(precision)} rests={confidence.precision} text={share}>
          {hits} of {many(warned, 'warning')} came true in time
        </Figure>
        <Figure name="Recall" value={share(recall)} rests={confidence.recall} text={share}>
          {breaches - missed} of {many(breaches, 'breach', 'breaches')} had a warning before
        </Figure>
        <Figure
          name="Median lead"
          value={medianLeadMs === null ? NONE : span(medianLeadMs)}
          rests={confidence.leadMs}
          text={span}
        >
          from warning to breach, over {many(confidence.leadMs.n, 'breach', 'breaches')}
        </Figure>
      </dl>
      <p class="quiet">
        {many(hits, 'hit')}; {early} too early (the breach came later than predicted); {score.false} false (none came);{' '}
        {many(missed, 'breach', 'breaches')} without a warning.
      </p>
    </>
  );
}

function Figure({
  name,
  value,
  rests,
  text,
  children,
}: {
  name: string;
  value: string;
  rests: Confidence;
  text: (value: number) => string;
  children: ComponentChildren;
}) {
  return (
    <div class={rests.tooFew ? 'few' : undefined}>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span>{children}</span>
        <span class="quiet">{intervalText(rests, text)}</span>
      </dd>
    </div>
  );
}
