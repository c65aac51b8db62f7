import type { ComponentChildren } from 'preact';
import type { ScoreBoard } from '#domain';
import { go } from '../navigation.js';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { type Column, RowTable } from '../parts/row-table.js';
import { span, whole } from '../text.js';
import { cellText, type Score, share } from './score-text.js';

const kindTexts = { process: 'programs', unit: 'units', host: 'hosts themselves' } as const;

/** The same figures by rule, by what the alerts are about, and by host. */
export function ScoreTables({ board: { rules, kinds, hosts } }: { board: ScoreBoard }) {
  return (
    <>
      <ScoreTable
        title="By rule"
        first="Rule"
        rows={rules}
        keyOf={({ rule }) => rule}
        name={({ rule }) => <Name of={rule} />}
      />
      <ScoreTable
        title="By kind"
        first="About"
        rows={kinds}
        keyOf={({ kind }) => kind}
        name={({ kind }) => kindTexts[kind]}
      />
      <ScoreTable
        title="By host"
        first="Host"
        rows={hosts}
        keyOf={({ host }) => host}
        name={({ host }) => (
          <Link to={{ view: 'host', host }}>
            <Name of={host} />
          </Link>
        )}
        onOpen={({ host }) => go({ view: 'host', host })}
      />
    </>
  );
}

function ScoreTable<Row extends Score>({
  title,
  first,
  rows,
  keyOf,
  name,
  onOpen,
}: {
  title: string;
  first: string;
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  name: (row: Row) => ComponentChildren;
  onOpen?: (row: Row) => void;
}) {
  const columns: Column<Row>[] = [{ key: 'name', title: first, render: name }, ...figureColumns];
  return (
    <section class="panel">
      <h2>{title}</h2>
      <RowTable<Row>
        caption={`Warnings ${title.toLowerCase()}`}
        rows={rows}
        rowKey={keyOf}
        columns={columns}
        onOpen={onOpen}
      />
    </section>
  );
}

const count = (
  key: 'hits' | 'early' | 'false' | 'missed',
  title: string,
  about: string,
  importance?: 1 | 2,
): Column<Score> => ({
  key,
  title,
  about,
  importance,
  align: 'right',
  render: (row) => whole(row[key]),
});

const figureColumns: Column<Score>[] = [
  {
    key: 'precision',
    title: 'Precision',
    about: 'Hits among all warnings, with the 95 % interval and the cases',
    render: ({ precision, confidence }) => cellText(precision, confidence.precision, share),
  },
  {
    key: 'recall',
    title: 'Recall',
    about: 'Breaches with a warning before them among all breaches',
    importance: 2,
    render: ({ recall, confidence }) => cellText(recall, confidence.recall, share),
  },
  {
    key: 'lead',
    title: 'Median lead',
    about: 'From warning to breach',
    importance: 2,
    render: ({ medianLeadMs, confidence }) => cellText(medianLeadMs, confidence.leadMs, span),
  },
  count('hits', 'Hits', 'Warnings whose breach came no later than predicted', 1),
  count('early', 'Early', 'Warnings whose breach came later than predicted', 1),
  count('false', 'False', 'Warnings whose breach did not come'),
  count('missed', 'Missed', 'Breaches that no warning preceded', 1),
];
