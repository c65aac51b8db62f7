import { baselines, type Rule } from './baselines.js';
import { STEP_MS } from './series-state.js';
import type { Model } from './model.js';
import { PredictorBank } from './predictor-bank.js';
import { countClaims, score, type JudgedSeries, type Score, type SeriesCounts } from './yardstick.js';

export interface BacktestRow extends Score {
  name: string;
  /** Precision and recall at other cuts, for the curve; empty where a rule has but one. */
  curve: { cut: number; precision: number; recall: number }[];
}

export const AMBERWATCH = 'Amberwatch';

/** AMBER or not at each step of a series, by our predictor, fed in lock step. */
export function predict(bank: PredictorBank, series: JudgedSeries): Uint8Array {
  const predictor = bank.create({
    metric: series.metric,
    intervalMs: series.stepMs,
    branches: series.stepMs < STEP_MS / 2 ? 'fine' : 'both',
    horizonMs: series.stepMs * 30,
  });
  const amber = new Uint8Array(series.values.length);
  series.values.forEach((value, i) => {
    if (predictor.update(series.startMs + i * series.stepMs, value).amber) amber[i] = 1;
  });
  predictor.release();
  return amber;
}

export function answers(rule: Rule, series: JudgedSeries): Float64Array {
  const next = rule.start();
  return Float64Array.from(series.values, next);
}

/** Cuts of a rule's curve, as shares of its own cut. The table shows each rule at the cut that is best on these data. */
const SWEEP = [0.6, 0.7, 0.8, 0.9, 0.95, 1, 1.05, 1.1, 1.2];

/**
 * Compares our predictor with the rules that others use, by the yardstick's rules, series by series: yields after each
 * one, so that the caller can show how far it is; returns the table.
 */
export function* backtest(series: readonly JudgedSeries[], model: Model): Generator<number, BacktestRow[]> {
  const bank = new PredictorBank(model);
  const ours: SeriesCounts[] = [];
  const theirs = baselines.map(() => SWEEP.map((): SeriesCounts[] => []));
  for (const [i, s] of series.entries()) {
    ours.push(countClaims(s, predict(bank, s)));
    baselines.forEach((rule, r) => {
      const said = answers(rule, s);
      SWEEP.forEach((share, k) =>
        theirs[r]?.[k]?.push(
          countClaims(
            s,
            Array.from(said, (p) => p > rule.cut * share),
          ),
        ),
      );
    });
    yield i + 1;
  }
  const own = score(series, ours);
  return [
    { name: AMBERWATCH, ...own, curve: [] },
    ...baselines.map((rule, r) => {
      const scores = SWEEP.map((_, k) => score(series, theirs[r]?.[k] ?? []));
      const curve = scores.map(({ precision, recall }, k) => ({
        cut: rule.cut * (SWEEP[k] as number),
        precision,
        recall,
      }));
      const best = scores.reduce((top, { f1 }, k) => (f1 > (scores[top]?.f1 ?? 0) ? k : top), SWEEP.indexOf(1));
      return { name: `${rule.name}, cut ${curve[best]?.cut.toFixed(0)}`, ...(scores[best] as Score), curve };
    }),
  ];
}

export function backtestTable(rows: readonly BacktestRow[]): string {
  const head = ['method', 'F1', '95 %', 'precision', 'recall', 'lead', 'false/day'];
  const body = rows.map((row) => [
    row.name,
    row.f1.toFixed(3),
    `${row.interval[0].toFixed(3)}–${row.interval[1].toFixed(3)}`,
    row.precision.toFixed(3),
    row.recall.toFixed(3),
    row.medianLeadSteps === null ? '-' : String(row.medianLeadSteps),
    row.falsePerSeriesDay.toFixed(2),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...body.map((cells) => (cells[i] ?? '').length)));
  const line = (cells: string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  return [head, ...body].map(line).join('\n');
}

const COLOURS = ['#d97706', '#2563eb', '#059669', '#7c3aed', '#db2777'];
const LEFT = 60;
const SIDE = 380;

/** Precision against recall of every row as an SVG picture. */
export function backtestPlot(rows: readonly BacktestRow[]): string {
  const x = (recall: number) => (LEFT + recall * SIDE).toFixed(1);
  const y = (precision: number) => (20 + (1 - precision) * SIDE).toFixed(1);
  const grid = [0, 0.2, 0.4, 0.6, 0.8, 1].map(
    (v) =>
      `<path d="M${x(0)} ${y(v)}H${x(1)}M${x(v)} ${y(0)}V${y(1)}" stroke="#e5e7eb"/>` +
      `<text x="${LEFT - 8}" y="${y(v)}" text-anchor="end" dominant-baseline="middle">${v}</text>` +
      `<text x="${x(v)}" y="${SIDE + 36}" text-anchor="middle">${v}</text>`,
  );
  const marks = rows.map((row, i) => {
    const colour = COLOURS[i % COLOURS.length] as string;
    const path = row.curve
      .map(({ precision, recall }, k) => `${k === 0 ? 'M' : 'L'}${x(recall)} ${y(precision)}`)
      .join('');
    return (
      (path ? `<path d="${path}" fill="none" stroke="${colour}"/>` : '') +
      `<circle cx="${x(row.recall)}" cy="${y(row.precision)}" r="5" fill="${colour}"/>` +
      `<text x="${LEFT + SIDE + 20}" y="${40 + i * 20}" fill="${colour}">${escape(row.name)} (F1 ${row.f1.toFixed(2)})</text>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 460" font-family="sans-serif" font-size="12">` +
    `<rect width="700" height="460" fill="#fff"/>${grid.join('')}` +
    `<text x="${x(0.5)}" y="${SIDE + 60}" text-anchor="middle">recall</text>` +
    `<text transform="translate(18 ${y(0.5)}) rotate(-90)" text-anchor="middle">precision</text>${marks.join('')}</svg>\n`
  );
}

const escape = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
