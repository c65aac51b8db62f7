import type { UnitPage, UnitUsage } from '#domain';
import { routes } from '#domain/routes';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { type Column, RowTable } from '../parts/row-table.js';
import { ask, withQuery } from '../server/ask.js';
import { useLive } from '../server/use-live.js';
import { bytes, figure, percent } from '../text.js';

const UNITS = 100;
const PACE_MS = 10_000;

const columns: Column<UnitUsage>[] = [
  {
    key: 'unit',
    title: 'Unit',
    render: ({ host, unit }) => (
      <Link to={{ view: 'unit', host, unit }}>
        <Name of={unit} />
      </Link>
    ),
  },
  { key: 'kind', title: 'Kind', importance: 1, render: ({ kind }) => kind },
  { key: 'cpu', title: 'CPU %', about: '% of one core', align: 'right', render: ({ cpu }) => figure(cpu) },
  { key: 'mem', title: 'Memory', about: 'Working set', align: 'right', render: ({ memBytes }) => bytes(memBytes) },
  {
    key: 'limit',
    title: 'Of its limit',
    align: 'right',
    importance: 3,
    render: ({ memShare, memLimitBytes }) =>
      memLimitBytes === null ? 'no limit' : `${percent(memShare)} of ${bytes(memLimitBytes)}`,
  },
  {
    key: 'held',
    title: 'Held back',
    about: 'Periods in which its CPU quota held it back, %',
    align: 'right',
    importance: 2,
    render: ({ throttled }) => percent(throttled),
  },
];

/** What the kernel accounts together on this host; nothing where it tells of no units. */
export function UnitList({ host }: { host: string }) {
  const { answer } = useLive<UnitPage>(
    host,
    (signal) =>
      ask<UnitPage>(withQuery(routes.units, { host, window: '1m', order: 'memBytes', limit: UNITS }), { signal }),
    PACE_MS,
  );
  if (!answer || answer.units.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="units">
      <h2 id="units">Units</h2>
      <RowTable caption="Units of the last minute" columns={columns} rows={answer.units} rowKey={({ unit }) => unit} />
    </section>
  );
}
