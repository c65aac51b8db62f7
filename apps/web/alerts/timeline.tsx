import type { Alert, IncidentChange } from '#domain';
import { Sight } from '../parts/sight.js';
import { Time } from '../parts/time.js';
import { localClock, nameText, percent, span } from '../text.js';
import { level, outcomeWords, reasonWords } from './alert-words.js';
import { Course } from './course.js';

/** What happened to an alert, oldest first: each colour, what was predicted, and how that turned out. */
export function Timeline({ alert: { history, closed } }: { alert: Alert }) {
  const endMs = closed === null ? Date.now() : Date.parse(closed);
  return (
    <>
      <Course history={history} endMs={endMs} />
      <ol class="timeline">
        {history.map((change, i) => (
          <li key={`${change.time} ${i}`} class={`timeline-${change.color}`}>
            <Time of={change.time} />
            <Sight of={change.color} />
            <span>
              <ChangeWords change={change} before={history[i - 1]} />
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

function ChangeWords({ change, before }: { change: IncidentChange; before: IncidentChange | undefined }) {
  const { color, value, limit, reason, breach, outcome, leadMs } = change;
  const handedOver = color === 'RED' && before?.color === 'AMBER';
  return (
    <>
      {value !== null && `${percent(value)} of ${level(limit)}: `}
      {handedOver && leadMs === undefined && 'AMBER → RED, '}
      {handedOver && leadMs !== undefined && `AMBER → RED ${span(leadMs)} after the warning, `}
      {reasonWords[reason]}
      {breach && <PredictedWords breach={breach} limit={limit} />}
      {outcome && (
        <>
          {' '}
          <span class={`outcome outcome-${outcome}`}>{outcomeWords(outcome, leadMs)}</span>
        </>
      )}
    </>
  );
}

function PredictedWords({ breach, limit }: { breach: NonNullable<IncidentChange['breach']>; limit: number | null }) {
  const at = (time: string) => localClock(Date.parse(time));
  return (
    <>
      {`: ${level(limit)} for ${at(breach.at)} (${at(breach.from)}–${at(breach.to)}), ` +
        `${Math.round(breach.probability * 100)} % likely: ${nameText(breach.reason)}`}
    </>
  );
}
