import { formatDuration, type Score } from '#domain';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

/** One row for each name, such as a rule or a host. */
export function scoreTable(title: string, rows: (Score & { name: string })[], terminal: Terminal): string {
  const right = (name: string, importance?: number) => ({ title: name, align: 'right' as const, importance });
  return table(
    [
      { title, least: 8 },
      right('hits', 4),
      right('early', 1),
      right('false', 3),
      right('missed', 2),
      right('precision'),
      right('recall'),
      right('median lead', 5),
    ],
    rows.map((row) => [
      row.name,
      ...[row.hits, row.early, row.false, row.missed].map(String),
      share(row.precision),
      share(row.recall),
      row.medianLeadMs === null ? '–' : formatDuration(row.medianLeadMs),
    ]),
    terminal,
  );
}

function share(value: number | null): string {
  return value === null ? '–' : `${(value * 100).toFixed(0)} %`;
}
