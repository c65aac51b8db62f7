import { useMemo } from 'preact/hooks';
import type { HistoryPage, UnitHistoryPage } from '#domain';
import { Chart, type ChartProps, type Line } from '../charts/chart.js';
import { lineOf } from '../charts/history-lines.js';
import { Notice } from '../parts/notice.js';
import { iso, type Range } from '../range.js';
import { withQuery } from '../server/ask.js';
import { useAnswer } from '../server/use-answer.js';

/** Points of a line at most, of which each has its extremes: about a pixel or two each. */
const POINTS = 400;
/** Two lines that nowhere differ by more are one. */
const SAME = 0.05;

interface Field {
  field: string;
  label: string;
  colour: number;
}

/** Up to three; a second one that is the same as the first is left out. */
export type Fields = readonly [Field, Field?, Field?];

/** Route and query that name a series, without its field and its range. */
export interface Source {
  route: string;
  of: Record<string, string>;
}

type Props = Omit<ChartProps, 'lines'> & {
  source: Source;
  fields: Fields;
};

/** A chart of fields of a program or of a unit. */
export function FieldChart({ source, fields, ...chart }: Props) {
  const [first, second, third] = fields;
  const one = useAnswer<Page>(pathOf(source, first, chart.range), null);
  const other = useAnswer<Page>(second && pathOf(source, second, chart.range), null);
  const last = useAnswer<Page>(third && pathOf(source, third, chart.range), null);
  const lines = useMemo(
    () => distinct([one.answer, other.answer, last.answer].flatMap((page, i) => linesOf(page, fields[i]))),
    [one.answer, other.answer, last.answer],
  );
  if (one.error && lines.length === 0) return <Notice kind="error" title={`${chart.title}: ${one.error.message}`} />;
  if (lines.length === 0) {
    const title = one.loading ? `${chart.title} …` : `${chart.title}: no samples in this range.`;
    return <Notice kind={one.loading ? 'loading' : 'empty'} title={title} />;
  }
  return <Chart {...chart} lines={lines} />;
}

type Page = HistoryPage | UnitHistoryPage;

/** A range that follows now stays open, so that a clock slightly ahead is not invisible. */
function pathOf({ route, of }: Source, { field }: Field, { fromMs, toMs, live }: Range): string {
  const range = { from: iso(fromMs), to: live ? undefined : iso(toMs) };
  // Of an open range the server would take another step a millisecond later, and the lines of a chart would not meet.
  const step = `${Math.max(1, Math.ceil((toMs - fromMs) / POINTS / 1000))}s`;
  return withQuery(route, { ...of, metric: field, ...range, step, extremes: true });
}

function linesOf(page: Page | undefined, field: Field | undefined): Line[] {
  const series = page?.series[0];
  if (!page || !series || !field || series.points.length === 0) return [];
  return [lineOf(field.label, field.colour, series, page.stepMs)];
}

function distinct(lines: Line[]): Line[] {
  const [first, second] = lines;
  if (!first || !second || first.values.length !== second.values.length) return lines;
  const isSame = first.values.every((value, i) => Math.abs((value ?? 0) - (second.values[i] ?? 0)) <= SAME);
  return isSame ? lines.toSpliced(1, 1) : lines;
}
