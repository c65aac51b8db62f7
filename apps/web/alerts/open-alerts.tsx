import { useState } from 'preact/hooks';
import type { Alert } from '#domain';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { Notice } from '../parts/notice.js';
import { Sight } from '../parts/sight.js';
import { Time } from '../parts/time.js';
import { many, nameText, percent, shortTime } from '../text.js';
import { aboutWords, breachWords, causeWords, level, stateWords, valueNow } from './alert-words.js';

/** Alerts that are shown at first; more are asked for by a button. */
const FIRST = 50;

/** What is open, the worst first, and of one colour what nobody is on. */
export function OpenAlerts({ alerts, more }: { alerts: readonly Alert[]; more: boolean }) {
  const [shown, setShown] = useState(FIRST);
  if (alerts.length === 0) return <Notice kind="empty" title="No such alert is open." />;
  const sorted = alerts.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.since < b.since ? 1 : -1));
  return (
    <>
      <ul class="open-alerts">
        {sorted.slice(0, shown).map((alert) => (
          <OpenAlert key={alert.id} alert={alert} />
        ))}
      </ul>
      {sorted.length > shown && (
        <button type="button" onClick={() => setShown(shown + FIRST)}>
          Show more of {many(sorted.length, 'alert')}
        </button>
      )}
      {more && <p class="quiet">There are more; narrow them down by host or program.</p>}
    </>
  );
}

const isQuiet = ({ acknowledged, silenced, flapping }: Alert) => Boolean(acknowledged ?? silenced ?? flapping);
const placeOf = (alert: Alert) => (alert.color === 'RED' ? 0 : 2) + (isQuiet(alert) ? 1 : 0);

function OpenAlert({ alert }: { alert: Alert }) {
  const nowMs = Date.now();
  const { id, host, color, breach, limit } = alert;
  return (
    <li class={`open-alert open-alert-${color}${isQuiet(alert) ? ' open-alert-quiet' : ''}`}>
      <Sight of={color} />
      <h3 class="open-alert-about">
        <Link to={{ view: 'alert', alert: id }}>
          {aboutWords(alert)} on <Name of={host} />
        </Link>
      </h3>
      <Figures alert={alert} />
      <p class="open-alert-state">
        {breach ? (
          <>
            <b>{breachWords(breach, limit, nowMs)}</b>: {nameText(breach.reason)}
          </>
        ) : (
          stateWords(alert, nowMs)
        )}{' '}
        {causeWords(alert)}
      </p>
      <QuietWords alert={alert} nowMs={nowMs} />
    </li>
  );
}

function Figures({ alert }: { alert: Alert }) {
  const { limit, peak, value, since } = alert;
  const now = valueNow(alert);
  return (
    <p class="open-alert-figures quiet">
      {now !== null && (
        <>
          <b>{percent(now)}</b> peak {percent(peak ?? value)}, limit {level(limit)},{' '}
        </>
      )}
      since <Time of={since} />
    </p>
  );
}

/** Who keeps it quiet, until when and why. */
function QuietWords({ alert: { acknowledged, silenced, flapping }, nowMs }: { alert: Alert; nowMs: number }) {
  const words = [
    acknowledged && { word: 'acknowledged', ...acknowledged },
    silenced && { word: 'silenced', ...silenced },
  ].filter((one) => one !== undefined);
  return (
    <>
      {words.map(({ word, by, until, why }) => (
        <p class="open-alert-said" key={word}>
          <span class="tag">{word}</span> by <Name of={by} /> until {shortTime(Date.parse(until), nowMs)}:{' '}
          {nameText(why)}
        </p>
      ))}
      {flapping && (
        <p class="open-alert-said">
          <span class="tag">flapping</span> quiet until it has been calm
        </p>
      )}
    </>
  );
}
