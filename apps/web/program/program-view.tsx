import './program.css';
import { useMemo } from 'preact/hooks';
import type { SeriesMetric } from '#domain';
import { routes } from '#domain/routes';
import type { Address } from '../address.js';
import { PastAlerts } from '../alerts/past-alerts.js';
import { useTitle } from '../parts/heading.js';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { RangeBar } from '../parts/range-bar.js';
import { bytes, figure, nameText, percent } from '../text.js';
import { FieldChart, type Fields, type Source } from './field-chart.js';
import { Elsewhere } from './elsewhere.js';
import { Predicted } from './predicted.js';
import { useShownRange } from './shown-range.js';
import { UnitView } from './unit-view.js';
import { useWarnings } from './use-warnings.js';
import { limitOf, outcomesText, pathOf, soonest, warningMarks } from './warnings.js';

const charts: {
  title: string;
  fields: Fields;
  format: (value: number | null | undefined) => string;
  /** Where it is judged against a limit. */
  metric?: SeriesMetric;
  atLeast?: number;
}[] = [
  {
    title: 'CPU, % of one core',
    metric: 'cpu',
    fields: [
      { field: 'cpuMax', label: 'largest process', colour: 1 },
      { field: 'cpu', label: 'all its processes', colour: 2 },
    ],
    format: percent,
  },
  {
    title: 'Memory, % of the host',
    metric: 'mem',
    fields: [
      { field: 'memMax', label: 'largest process', colour: 1 },
      { field: 'mem', label: 'all its processes', colour: 2 },
    ],
    format: percent,
  },
  {
    title: 'Resident memory of all its processes',
    fields: [{ field: 'rssBytes', label: 'resident', colour: 4 }],
    format: bytes,
  },
  { title: 'Processes', fields: [{ field: 'count', label: 'processes', colour: 5 }], format: figure, atLeast: 2 },
];

/** A program of a host, or a unit: its history with its limit, what is predicted, and how its warnings turned out. */
export function ProgramView({ address }: { address: Address }) {
  const { host = '', process, unit } = address;
  if (process !== undefined) return <OfProgram address={address} host={host} process={process} />;
  return <UnitView address={address} host={host} unit={unit ?? ''} />;
}

function OfProgram({ address, host, process }: { address: Address; host: string; process: string }) {
  useTitle(`${nameText(process)} on ${nameText(host)}`);
  const { range, onRange, onPin } = useShownRange(address, host);
  const { alerts, forecasts } = useWarnings(host, process, undefined);
  const source = useMemo((): Source => ({ route: routes.history, of: { host, process } }), [host, process]);
  const judged = (metric: SeriesMetric) => ({
    limit: limitOf(alerts, metric),
    marks: warningMarks(alerts, metric, range),
    path: pathOf(soonest(forecasts, metric), range),
  });
  const shared = { source, range, onRange, onPin, syncKey: 'program' };
  const past = alerts.filter(({ closed }) => closed !== null);
  return (
    <>
      <header class="program-head">
        <h1>
          <Name of={process} /> <span class="quiet">on</span>{' '}
          <Link to={{ view: 'host', host }}>
            <Name of={host} />
          </Link>
        </h1>
        <Predicted alerts={alerts} forecasts={forecasts} />
      </header>
      <RangeBar range={range} last={address.last} />
      <div class="program-charts">
        {charts.map(({ metric, ...chart }) => (
          <section class="panel" key={chart.title} aria-label={chart.title}>
            <FieldChart {...shared} {...(metric && judged(metric))} {...chart} />
          </section>
        ))}
      </div>
      <Elsewhere host={host} process={process} />
      {past.length > 0 && (
        <section class="panel" aria-labelledby="program-past">
          <h2 id="program-past">Its past alerts</h2>
          <p class="quiet">{outcomesText(past) ?? 'None of them was predicted.'}</p>
          <PastAlerts alerts={past} onOlder={undefined} />
        </section>
      )}
    </>
  );
}
