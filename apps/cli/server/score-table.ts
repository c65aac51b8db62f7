import { type Confidence, formatDuration, type Score } from '#domain';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

/** One row for each name, such as a rule or a host; each figure with the cases it rests on and its 95 % interval. */
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
      right('recall', 6),
      right('median lead', 5),
    ],
    rows.map((row) => [
      row.name,
      ...[row.hits, row.early, row.false, row.missed].map(String),
      figure(row.precision, row.confidence.precision, percent, '%'),
      figure(row.recall, row.confidence.recall, percent, '%'),
      figure(row.medianLeadMs, row.confidence.leadMs, formatDuration),
    ]),
    terminal,
  );
}

export const percent = (share: number) => (share * 100).toFixed(0);

/** `85 % (71–93, n 40)`; where it rests on too few cases, only on how many. */
export function figure(
  value: number | null,
  { n, low, high, tooFew }: Confidence,
  text: (value: number) => string,
  unit?: string,
): string {
  if (value === null || n === 0) return '–';
  if (tooFew) return `too few to say (n ${n})`;
  const interval = low === null || high === null ? '' : `${text(low)}–${text(high)}, `;
  return `${text(value)}${unit ? ` ${unit}` : ''} (${interval}n ${n})`;
}
