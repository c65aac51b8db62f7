import { useMemo } from 'preact/hooks';
import type { AlertPage, HostMetricsPage, HostState, Ranking } from '#domain';
import { fillRoute, routes } from '#domain/routes';
import type { Address } from '../address.js';
import { adjust } from '../navigation.js';
import { useTitle } from '../parts/heading.js';
import { Notice, Whole } from '../parts/notice.js';
import { RangeBar } from '../parts/range-bar.js';
import { iso, rangeOf } from '../range.js';
import { ask, withQuery } from '../server/ask.js';
import { useAnswer } from '../server/use-answer.js';
import { useLive } from '../server/use-live.js';
import { Store } from '../store.js';
import { nameText } from '../text.js';
import './host.css';
import { type Drawn, HostCharts } from './host-charts.js';
import { HostHead } from './host-head.js';
import { momentKey, MomentReader, type MomentStep } from './moment.js';
import { Programs } from './programs.js';
import { MOMENT_ROWS, momentOrderOf, rangeOrderOf } from './orders.js';
import { type HostAnswers, hostMetricsPath, type HostQuestion, hostQuestions, insteadOf, stepOf } from './questions.js';
import { UnitList } from './unit-list.js';

const DEFAULT_INTERVAL_MS = 10_000;
const FASTEST_MS = 2_000;
const SLOWEST_MS = 30_000;
/** Points of the small histories, and programs that have one. */
const SPARK_POINTS = 60;
const RANKED = 300;

/** One host: what it used over a range, and the programs of any moment of it. */
export function HostView({ address }: { address: Address }) {
  const { host = '' } = address;
  useTitle(nameText(host));
  const state = useAnswer<HostState>(fillRoute(routes.host, { host }));
  return <Whole of={state}>{(answer) => <HostPage address={address} host={answer} />}</Whole>;
}

/** Pixels of the widest of the charts, as the page lays them out. */
function chartPixels(): number {
  const room = Math.min(innerWidth, 1600) - 100;
  return Math.max(200, innerWidth > 1000 ? room / 2 : room);
}

/** All that the charts need: what the host tells of itself, and where it tells nothing the sum of its programs. */
async function answersOf(pathOf: (question: HostQuestion) => string, signal: AbortSignal): Promise<HostAnswers> {
  const names = Object.keys(hostQuestions) as HostQuestion[];
  const own = names.filter((one) => insteadOf[one] === undefined);
  const read = (one: HostQuestion) => ask<HostMetricsPage>(pathOf(one), { signal });
  const answers: Partial<HostAnswers> = {};
  const all = (questions: HostQuestion[]) =>
    Promise.all(questions.map(async (one) => (answers[one] = await read(one))));
  await all(own);
  await all(names.filter((one) => answers[insteadOf[one] ?? one]?.series.length === 0 && !own.includes(one)));
  return answers as HostAnswers;
}

function HostPage({ address, host }: { address: Address; host: HostState }) {
  const { from, to, last, order = 'cpu', pin, at } = address;
  const name = host.host;
  const intervalMs = host.intervalMs ?? DEFAULT_INTERVAL_MS;
  const wanted = rangeOf({ from, to, last }, Date.now());
  const stepMs = stepOf(wanted, chartPixels(), intervalMs);
  const rangeKey = JSON.stringify([name, from, to, last, stepMs]);
  // What a step of the chart adds comes no faster than the steps do.
  const paceMs = wanted.live ? Math.min(SLOWEST_MS, Math.max(FASTEST_MS, stepMs / 2)) : undefined;

  const drawn = useLive<Drawn>(
    rangeKey,
    async (signal) => {
      const range = rangeOf({ from, to, last }, Date.now());
      return { range, stepMs, answers: await answersOf((one) => hostMetricsPath(name, one, range, stepMs), signal) };
    },
    paceMs,
  );
  const isRange = address.group === 'range';
  const field = /^(?:mem|rss)/.test(order) ? 'mem' : 'cpu';
  const ranking = useLive<Ranking>(
    JSON.stringify([rangeKey, pin, isRange && order, field]),
    (signal) => {
      const range = rangeOf({ from, to, last }, Date.now());
      const rankedBy = isRange ? rangeOrderOf(order) : field === 'mem' ? 'memPeak' : 'cpuSeconds';
      const query = {
        host: name,
        from: iso(range.fromMs),
        to: range.live ? undefined : iso(range.toMs),
        order: rankedBy,
      };
      return ask<Ranking>(
        withQuery(routes.ranking, { ...query, limit: RANKED, points: SPARK_POINTS, field, process: pin }),
        { signal },
      );
    },
    paceMs && Math.max(10_000, paceMs),
  );
  const alerts = useLive<AlertPage>(
    name,
    (signal) => ask<AlertPage>(withQuery(routes.alerts, { state: 'all', host: name, limit: 200 }), { signal }),
    10_000,
  );

  const cursor = useMemo(() => new Store<MomentStep | undefined>(undefined), [name]);
  const reader = useMemo(() => new MomentReader(name), [name]);
  // Its own, so that a cursor that moves on does not give up what was clicked.
  const pinner = useMemo(() => new MomentReader(name), [name]);
  const parsed = Date.parse(at ?? '');
  const pinnedMs = Number.isNaN(parsed) ? undefined : parsed;
  const list = { order: momentOrderOf(order), limit: MOMENT_ROWS, pin };

  const pinAt = (ms: number, replace = false) => {
    const { fromMs, toMs } = drawn.answer?.range ?? wanted;
    // The range stands still from now on, so that a link shows the moment tomorrow as well.
    adjust({ at: iso(ms), from: iso(fromMs), to: iso(toMs), group: undefined }, { replace });
  };
  const onPin = (step: MomentStep) => {
    const known = reader.cached(momentKey(step, list));
    (known ? Promise.resolve(known) : pinner.read(step, list, intervalMs)).then(
      ({ time }) => pinAt(time === null ? step.fromMs : Date.parse(time)),
      (error: Error) => {
        if (error.name !== 'AbortError') pinAt(step.fromMs + step.stepMs - 1);
      },
    );
  };
  const unpin = () => adjust(last === undefined ? { at: undefined } : { at: undefined, from: undefined, to: undefined }, { replace: false }); // prettier-ignore

  const all = alerts.answer?.alerts ?? [];
  return (
    <>
      <HostHead host={host} alerts={all} />
      <RangeBar range={wanted} last={last} />
      <Whole of={drawn} waiting="Reading the history …">
        {(answer) => (
          <HostCharts
            drawn={answer}
            alerts={all}
            intervalMs={intervalMs}
            pinnedMs={pinnedMs}
            cursor={cursor}
            onPin={onPin}
          />
        )}
      </Whole>
      <Programs
        address={address}
        host={name}
        list={list}
        intervalMs={intervalMs}
        reader={reader}
        cursor={cursor}
        pinnedMs={pinnedMs}
        ranking={ranking}
        onPinAt={(ms) => pinAt(ms, true)}
        onUnpin={unpin}
      />
      <UnitList host={name} />
      {host.status === 'no data' && <Notice kind="empty" title="Nothing has come from this host of late." />}
    </>
  );
}
