import './alerts.css';
import { useEffect, useState } from 'preact/hooks';
import type { Alert } from '#domain';
import { fillRoute, routes } from '#domain/routes';
import type { Address } from '../address.js';
import { ChangesAround } from '../changes/changes-around.js';
import { useTitle } from '../parts/heading.js';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { Notice, Whole } from '../parts/notice.js';
import { Sight } from '../parts/sight.js';
import { nameText } from '../text.js';
import { ask, Refused } from '../server/ask.js';
import { alertNews } from '../server/live.js';
import { useAnswer } from '../server/use-answer.js';
import { AlertChart } from './alert-chart.js';
import { aboutWords, breachWords, stateWords } from './alert-words.js';
import { Facts } from './facts.js';
import { QuietForm } from './quiet-form.js';
import { Said } from './said.js';
import { Timeline } from './timeline.js';

/** One alert: what it is, why, what changed, its past, and to acknowledge or silence it. */
export function AlertView({ address: { alert: id = '' } }: { address: Address }) {
  const asked = useAnswer<Alert>(fillRoute(routes.alert, { id }));
  useEffect(() => alertNews.follow(asked.reload), [asked.reload]);
  const { answer, error } = asked;
  useTitle(answer ? `${aboutWords(answer)} on ${answer.host}` : 'Alert');
  if (!answer && error instanceof Refused && (error.status === 404 || error.status === 400)) {
    return (
      <Notice kind="error" title={error.message}>
        <p>
          It may be older than what is kept, or the link is not whole. <Link to={{ view: 'alerts' }}>All alerts</Link>
        </p>
      </Notice>
    );
  }
  return <Whole of={asked}>{(alert) => <AlertPanels alert={alert} reload={asked.reload} />}</Whole>;
}

function AlertPanels({ alert, reload }: { alert: Alert; reload: () => void }) {
  const [result, setResult] = useState('');
  /** Does what somebody said, shows the alert as it is then, and tells how it went. */
  const say = async (work: () => Promise<string>) => {
    try {
      setResult(await work());
      alertNews.set(alertNews.value + 1);
    } catch (error) {
      setResult((error as Error).message);
    }
    reload();
  };
  const end = (id: string) =>
    void say(async () => {
      await ask(fillRoute(routes.silence, { id }), { method: 'DELETE' });
      return 'Ended.';
    });
  return (
    <div class="alert-view">
      <header class="alert-head">
        <h1>
          <Sight of={alert.color} large /> {aboutWords(alert)} on <Name of={alert.host} />
        </h1>
        <Headline alert={alert} />
        <Said alert={alert} onEnd={end} />
      </header>
      <div class="alert-main">
        <section class="panel" aria-label="Around it">
          <AlertChart alert={alert} />
        </section>
        <ChangesAround alert={alert} />
        <section class="panel" aria-labelledby="alert-past">
          <h2 id="alert-past">Its past</h2>
          <Timeline alert={alert} />
        </section>
      </div>
      <div class="alert-side">
        <section class="panel" aria-labelledby="alert-facts">
          <h2 id="alert-facts">What is known</h2>
          <Facts alert={alert} />
        </section>
        {alert.closed === null && (
          <section class="panel" aria-labelledby="alert-quiet">
            <h2 id="alert-quiet">Acknowledge or silence</h2>
            <QuietForm alert={alert} onSay={say} />
          </section>
        )}
        <p role="status" class="quiet-result">
          {result}
        </p>
      </div>
    </div>
  );
}

function Headline({ alert }: { alert: Alert }) {
  const { breach, limit, color, closed } = alert;
  const nowMs = Date.now();
  return (
    <p class="alert-headline">
      {stateWords(alert, nowMs)}
      {breach && color === 'AMBER' && closed === null && (
        <>
          {' '}
          <b>{breachWords(breach, limit, nowMs)}</b>: {nameText(breach.reason)}
        </>
      )}
    </p>
  );
}
