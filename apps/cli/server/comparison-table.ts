import { TOO_FEW } from '#domain';
import type { BacktestRow } from '#prediction';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { figure, percent } from './score-table.js';

/** One row for each method; each figure with the cases it rests on and its 95 % interval. */
export function comparisonTable(rows: readonly BacktestRow[], terminal: Terminal): string {
  const right = (title: string, importance?: number) => ({ title, align: 'right' as const, importance });
  const columns = [
    { title: 'method', least: 10 },
    right('F1'),
    right('precision', 4),
    right('recall', 3),
    right('lead (steps)', 2),
    right('false/day', 1),
  ];
  const cells = rows.map((row) => [
    row.name,
    f1Text(row),
    figure(row.precision, row.confidence.precision, percent, '%'),
    figure(row.recall, row.confidence.recall, percent, '%'),
    row.medianLeadSteps === null ? '–' : String(row.medianLeadSteps),
    row.falsePerSeriesDay.toFixed(2),
  ]);
  return table(columns, cells, terminal);
}

/** F1 rests on the breaches, of which it needs as many as the other figures need cases. */
function f1Text({ events, f1, interval: [low, high] }: BacktestRow): string {
  if (events === 0) return '–';
  if (events < TOO_FEW) return `too few to say (n ${events})`;
  return `${f1.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)}, n ${events})`;
}
