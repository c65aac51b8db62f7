import { useMemo } from 'preact/hooks';
import type { SeriesMetric, UnitPage, UnitUsage } from '#domain';
import { routes } from '#domain/routes';
import type { Address } from '../address.js';
import { PastAlerts } from '../alerts/past-alerts.js';
import { useTitle } from '../parts/heading.js';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { RangeBar } from '../parts/range-bar.js';
import { withQuery } from '../server/ask.js';
import { useAnswer } from '../server/use-answer.js';
import { bytes, figure, many, nameText, percent } from '../text.js';
import { FieldChart, type Fields, type Source } from './field-chart.js';
import { Predicted } from './predicted.js';
import { useShownRange } from './shown-range.js';
import { useWarnings } from './use-warnings.js';
import { limitOf, outcomesText, pathOf, soonest, warningMarks } from './warnings.js';

/** A unit, such as a service or a container: its history in % of its own limits, its pressures and its programs. */
export function UnitView({ address, host, unit }: { address: Address; host: string; unit: string }) {
  useTitle(`${nameText(unit)} on ${nameText(host)}`);
  const { range, onRange, onPin } = useShownRange(address, host);
  const { alerts, forecasts } = useWarnings(host, undefined, unit);
  const known = useAnswer<UnitPage>(withQuery(routes.units, { host, unit, limit: 1 })).answer?.units[0];
  const source = useMemo((): Source => ({ route: routes.unitHistory, of: { host, unit } }), [host, unit]);
  const judged = (metric: SeriesMetric) => ({
    limit: limitOf(alerts, metric),
    marks: warningMarks(alerts, metric, range),
    path: pathOf(soonest(forecasts, metric), range),
  });
  const shared = { source, range, onRange, onPin, syncKey: 'unit' };
  const past = alerts.filter(({ closed }) => closed !== null);
  return (
    <>
      <header class="program-head">
        <h1>
          <Name of={unit} /> <span class="quiet">on</span>{' '}
          <Link to={{ view: 'host', host }}>
            <Name of={host} />
          </Link>
        </h1>
        <Predicted alerts={alerts} forecasts={forecasts} />
        {known && <Limits of={known} />}
      </header>
      <RangeBar range={range} last={address.last} />
      <div class="program-charts">
        {chartsOf(known).map(({ metric, ...chart }) => (
          <section class="panel" key={chart.title} aria-label={chart.title}>
            <FieldChart {...shared} {...(metric && judged(metric))} {...chart} />
          </section>
        ))}
      </div>
      {known && <Programs of={known} />}
      {past.length > 0 && (
        <section class="panel" aria-labelledby="unit-past">
          <h2 id="unit-past">Its past alerts</h2>
          <p class="quiet">{outcomesText(past) ?? 'None of them was predicted.'}</p>
          <PastAlerts alerts={past} onOlder={undefined} />
        </section>
      )}
    </>
  );
}

interface UnitChart {
  title: string;
  fields: Fields;
  format: (value: number | null | undefined) => string;
  /** Where it is judged against a limit. */
  metric?: SeriesMetric;
  atLeast?: number;
}

const ofQuota: UnitChart = {
  title: 'CPU, % of its quota',
  metric: 'cpu',
  fields: [
    { field: 'cpuShare', label: 'of its quota', colour: 1 },
    { field: 'throttled', label: 'periods held back', colour: 2 },
  ],
  format: percent,
  atLeast: 100,
};
const ofLimit: UnitChart = {
  title: 'Working set, % of its limit',
  metric: 'mem',
  fields: [{ field: 'memShare', label: 'of its limit', colour: 1 }],
  format: percent,
  atLeast: 100,
};
const always: UnitChart[] = [
  {
    title: 'CPU, % of one core',
    fields: [{ field: 'cpu', label: 'all its processes', colour: 3 }],
    format: percent,
  },
  { title: 'Working set', fields: [{ field: 'memBytes', label: 'working set', colour: 4 }], format: bytes },
  {
    title: 'Pressure, % of the time in which some task waited',
    fields: [
      { field: 'cpuPressure', label: 'for CPU', colour: 1 },
      { field: 'memPressure', label: 'for memory', colour: 2 },
      { field: 'ioPressure', label: 'for disks', colour: 3 },
    ],
    format: percent,
    atLeast: 10,
  },
  {
    title: 'Killed by the kernel for want of memory',
    fields: [{ field: 'oomKills', label: 'processes', colour: 6 }],
    format: figure,
    atLeast: 2,
  },
];

/** Shares of limits are drawn where there are any. */
function chartsOf(unit: UnitUsage | undefined): UnitChart[] {
  return [...(unit?.cpuLimit ? [ofQuota] : []), ...(unit?.memLimitBytes ? [ofLimit] : []), ...always];
}

function Limits({ of }: { of: UnitUsage }) {
  const { kind, cpuLimit, memLimitBytes, pids, pidsLimit, processes } = of;
  const parts = [
    kind,
    many(processes, 'process', 'processes'),
    `CPU quota ${cpuLimit === null ? 'none' : percent(cpuLimit)}`,
    `memory limit ${memLimitBytes === null ? 'none' : bytes(memLimitBytes)}`,
    ...(pids === null ? [] : [`${figure(pids)} tasks${pidsLimit === null ? '' : ` of ${pidsLimit}`}`]),
  ];
  return <p class="quiet">{parts.join(' · ')}</p>;
}

function Programs({ of: { host, programs = [] } }: { of: UnitUsage }) {
  return (
    <section class="panel" aria-labelledby="unit-programs">
      <h2 id="unit-programs">Its programs</h2>
      {programs.length === 0 && <p class="quiet">None runs in it alone.</p>}
      <ul class="unit-programs">
        {programs.map((process) => (
          <li key={process}>
            <Link to={{ view: 'program', host, process }}>
              <Name of={process} />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
