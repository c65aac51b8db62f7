import { type Drawn, EIGHTHS, largestOfParts } from '#domain/bars';

/** One line of bars from 0 to the largest value, `▁▂▃▅▇█`: the largest of each part of the time, a space where none is known. */
export function sparkline(drawn: Drawn, width: number): string {
  const largest = largestOfParts(drawn, width);
  const ceiling = ceilingOf(largest, 0);
  const bar = (value: number) => EIGHTHS[Math.max(0, Math.min(7, Math.ceil((value / ceiling) * 8) - 1))];
  return largest.map((value) => (value === undefined ? ' ' : bar(value))).join('');
}

/**
 * Lines of a bar chart with the scale on its left and the limit as a dotted line.
 *
 * @param text how a value of the scale is shown
 */
export function barChart(
  drawn: Drawn,
  size: { width: number; height: number; limit: number | null },
  text: (value: number) => string,
): string[] {
  const { width, height, limit } = size;
  const scaleWidth = (ceiling: number) => Math.max(text(ceiling).length, text(0).length);
  const ceiling = ceilingOf(largestOfParts(drawn, width), limit ?? 0);
  const label = scaleWidth(ceiling);
  const columns = largestOfParts(drawn, Math.max(1, width - label - 2));
  const limitRow = limit === null ? -1 : Math.min(height - 1, Math.floor((limit / ceiling) * height));
  const lines: string[] = [];
  for (let row = height - 1; row >= 0; row--) {
    const cells = columns.map((value) => {
      const eighths = value === undefined ? 0 : Math.round((value / ceiling) * height * 8) - row * 8;
      // A value that is known shows, be it ever so small.
      if (eighths <= 0) return row === 0 && value !== undefined ? EIGHTHS[0] : row === limitRow ? '┈' : ' ';
      return EIGHTHS[Math.min(8, eighths) - 1];
    });
    const shown = row === height - 1 ? text(ceiling) : row === limitRow ? text(limit ?? 0) : row === 0 ? text(0) : '';
    lines.push(`${shown.padStart(label)} ┤${cells.join('')}`.trimEnd());
  }
  return lines;
}

function ceilingOf(values: (number | undefined)[], least: number): number {
  const largest = values.reduce<number>((top, value) => Math.max(top, value ?? 0), least);
  return largest > 0 ? largest : 1;
}
