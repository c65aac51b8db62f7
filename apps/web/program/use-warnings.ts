import { useMemo } from 'preact/hooks';
import type { Alert, AlertPage, Forecast, ForecastPage } from '#domain';
import { routes } from '#domain/routes';
import { withQuery } from '../server/ask.js';
import { alertNews } from '../server/live.js';
import { useAnswer } from '../server/use-answer.js';

/** Alerts that are looked back at. */
const MAX_ALERTS = 200;
const MAX_FORECASTS = 10_000;

/** Alerts of a program or unit, open and past, and what is predicted of it. */
export function useWarnings(host: string, process: string | undefined, unit: string | undefined) {
  const ofHost = { host, process, limit: MAX_ALERTS };
  const alerts = useAnswer<AlertPage>(withQuery(routes.alerts, { ...ofHost, state: 'all' }), alertNews);
  const forecasts = useAnswer<ForecastPage>(withQuery(routes.forecasts, { host, limit: MAX_FORECASTS }));
  return useMemo(() => {
    const isIt = (one: Pick<Alert | Forecast, 'process' | 'unit'>) =>
      process === undefined ? one.unit === unit : one.process === process;
    return {
      alerts: (alerts.answer?.alerts ?? []).filter(isIt),
      forecasts: (forecasts.answer?.forecasts ?? []).filter(isIt),
    };
  }, [alerts.answer, forecasts.answer, process, unit]);
}
