import type { Alert } from '#domain';
import { Name } from '../parts/name.js';
import { Time } from '../parts/time.js';
import { nameText } from '../text.js';

/** Who keeps an alert quiet, each with a button that ends it. */
export function Said({
  alert: { acknowledged, silenced, flapping },
  onEnd,
}: {
  alert: Alert;
  onEnd?: (id: string) => void;
}) {
  return (
    <>
      {[
        { word: 'acknowledged', said: acknowledged },
        { word: 'silenced', said: silenced },
      ].map(
        ({ word, said }) =>
          said && (
            <p class="said" key={word}>
              <span class="tag">{word}</span> by <Name of={said.by} /> until <Time of={said.until} />:{' '}
              {nameText(said.why)}{' '}
              {onEnd && (
                <button type="button" onClick={() => onEnd(said.id)}>
                  End what <Name of={said.by} /> said
                </button>
              )}
            </p>
          ),
      )}
      {flapping && (
        <p class="said">
          <span class="tag">flapping</span> quiet until it has been calm
        </p>
      )}
    </>
  );
}
