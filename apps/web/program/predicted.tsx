import type { Alert, Forecast } from '#domain';
import { aboutWords, breachWords, stateWords } from '../alerts/alert-words.js';
import { Link } from '../parts/link.js';
import { Sight } from '../parts/sight.js';
import { nameText } from '../text.js';

/** How it stands: its open alerts, and the breaches that are predicted, in words. */
export function Predicted({ alerts, forecasts }: { alerts: readonly Alert[]; forecasts: readonly Forecast[] }) {
  const nowMs = Date.now();
  const open = alerts.filter(({ closed }) => closed === null);
  if (open.length === 0 && forecasts.length === 0)
    return <p class="quiet">No alert is open, and no breach is predicted.</p>;
  const isForecast = ({ metric }: Alert) => forecasts.some((one) => one.metric === metric);
  return (
    <ul class="predicted">
      {open.map((alert) => (
        <li key={alert.id}>
          <Sight of={alert.color} /> <Link to={{ view: 'alert', alert: alert.id }}>{aboutWords(alert)}</Link>:{' '}
          {stateWords(alert, nowMs)}
          {alert.color === 'AMBER' && alert.breach && !isForecast(alert) && (
            <>
              {' '}
              <b>{breachWords(alert.breach, alert.limit, nowMs)}</b>: {nameText(alert.breach.reason)}
            </>
          )}
        </li>
      ))}
      {forecasts.map((forecast) => (
        <li key={`${forecast.metric} ${forecast.limit}`}>
          <b>
            {aboutWords({ ...forecast, process: null, unit: undefined }).replace(' of the host', '')}{' '}
            {breachWords(breachOf(forecast), forecast.limit, nowMs)}
          </b>
          : {nameText(forecast.reason)}
        </li>
      ))}
    </ul>
  );
}

const breachOf = ({ breachAt, breachFrom, breachTo, probability }: Forecast) => ({
  at: breachAt,
  from: breachFrom,
  to: breachTo,
  probability,
});
