import type { ChangeOrder, UsageChange, UsageChanges } from '#domain';
import { go } from '../navigation.js';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { type Column, RowTable } from '../parts/row-table.js';
import { nameText, NONE } from '../text.js';
import { BeforeAfter, ChangeWord, mostOf } from './change-parts.js';
import { type Quantity, quantities } from './change-words.js';

/** Of the values, the one that the list is ordered by stays on the narrowest screen. */
const importance: Record<Quantity, 1 | 2 | 3> = { cpu: 3, mem: 2, rssBytes: 1, count: 1 };

/** Programs that changed, with what they used before and after. */
export function ChangeTable({
  answer: { host, before, after, changes },
  order,
  onOrder,
}: {
  answer: UsageChanges;
  order: ChangeOrder;
  onOrder: (order: string) => void;
}) {
  const columns: Column<UsageChange>[] = [
    { key: 'change', title: 'Change', render: ({ change }) => <ChangeWord of={change} /> },
    {
      key: 'process',
      title: 'Program',
      render: ({ process }) => (
        <Link to={{ view: 'program', host, process, from: before.from, to: after.to }}>
          <Name of={process} />
        </Link>
      ),
    },
    ...quantities.map((quantity): Column<UsageChange> => {
      const { key, title, about } = quantity;
      const most = mostOf(changes, key);
      const isFirst = order === key || (order === 'usage' && key === 'cpu');
      return {
        key,
        title,
        about: `${about}: before → after`,
        align: 'right',
        sortable: true,
        ...(!isFirst && { importance: importance[key] }),
        render: (change) => <BeforeAfter change={change} quantity={quantity} most={most} />,
      };
    }),
    {
      key: 'unit',
      title: 'Unit',
      importance: 1,
      render: ({ unit }) =>
        unit === undefined ? (
          NONE
        ) : (
          <Link to={{ view: 'unit', host, unit }}>
            <Name of={unit} />
          </Link>
        ),
    },
  ];
  return (
    <RowTable<UsageChange>
      caption={`What changed on ${nameText(host)}`}
      columns={columns}
      rows={changes}
      rowKey={({ process }) => process}
      order={order}
      onOrder={onOrder}
      rowClass={({ change }) => `row-${change}`}
      onOpen={({ process }) => go({ view: 'program', host, process, from: before.from, to: after.to })}
    />
  );
}
