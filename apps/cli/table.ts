import { escapeForConsole } from '#domain/text';
import { type Paint, paint, type Terminal } from './terminal.js';
import { cutTo, textWidth, wrap } from './text-width.js';

export interface Column {
  title: string;
  align?: 'right';
  /** Narrowest width that still says something; a column without it is cut only where nothing else helps. */
  least?: number | undefined;
  /** Where the line is too short, the column of the least importance is left out first; one without it stays. */
  importance?: number | undefined;
}

/** A cell's text, made safe for a terminal here, and how it is shown. */
export type Cell = string | { text: string; paint: Paint };

export interface LaidOut {
  /** The head and a line for each row, none wider than the terminal. */
  lines: string[];
  /** Titles of the columns that have no room. */
  leftOut: string[];
}

type Screen = Pick<Terminal, 'columns' | 'color'>;

const GAP = '  ';

/** A table that fits the terminal, and a line that says which columns had no room; where it is piped, all of it. */
export function table(columns: Column[], rows: Cell[][], terminal: Screen): string {
  const { lines, leftOut } = layOut(columns, rows, terminal);
  const width = terminal.columns ?? 0;
  const note = leftOut.length === 0 ? [] : wrap(noteOf(leftOut, width), width);
  return `${[...lines, ...note.map((line) => paint(line, 'dim', terminal))].join('\n')}\n`;
}

function noteOf(leftOut: string[], width: number): string {
  const count = `${leftOut.length} column${leftOut.length === 1 ? '' : 's'} left out at ${width} columns`;
  return `${count}: ${leftOut.join(', ')}; a wider terminal or --json shows all`;
}

/** Leaves out columns of little importance until those that stay fit, then cuts the widest that may be cut. */
export function layOut(columns: Column[], rows: Cell[][], terminal: Screen): LaidOut {
  const texts = rows.map((row) => row.map((cell) => escapeForConsole(typeof cell === 'string' ? cell : cell.text)));
  const widths = columns.map(({ title }) => textWidth(title));
  for (const row of texts) row.forEach((text, i) => (widths[i] = Math.max(widths[i] ?? 0, textWidth(text))));
  const kept = terminal.columns === undefined ? [...columns.keys()] : fit(widths, columns, terminal.columns);
  const line = (row: string[], paintOf: (i: number) => Paint | undefined) =>
    kept
      .map((i) => {
        const place = { width: widths[i] ?? 0, align: columns[i]?.align, last: i === kept.at(-1) };
        return cellText(row[i] ?? '', place, paintOf(i), terminal);
      })
      .join(GAP);
  const head = line(
    columns.map(({ title }) => title),
    () => 'bold',
  );
  const body = texts.map((row, r) =>
    line(row, (i) => {
      const cell = rows[r]?.[i];
      return typeof cell === 'object' ? cell.paint : undefined;
    }),
  );
  const leftOut = columns.flatMap(({ title }, i) => (kept.includes(i) ? [] : [title]));
  return { lines: [head, ...body], leftOut };
}

function cellText(
  text: string,
  { width, align, last }: { width: number; align: 'right' | undefined; last: boolean },
  color: Paint | undefined,
  terminal: Pick<Terminal, 'color'>,
): string {
  const cut = cutTo(text, width);
  const shown = color && cut !== '' ? paint(cut, color, terminal) : cut;
  const space = ' '.repeat(Math.max(0, width - textWidth(cut)));
  if (align === 'right') return space + shown;
  return last ? shown : shown + space;
}

/** Narrows `widths` in place and returns the columns that stay. */
function fit(widths: number[], columns: Column[], available: number): number[] {
  const kept = [...columns.keys()];
  const least = (i: number) => Math.min(widths[i] ?? 0, columns[i]?.least ?? widths[i] ?? 0);
  const total = (width: (i: number) => number) => kept.reduce((sum, i) => sum + width(i) + GAP.length, -GAP.length);
  while (total(least) > available) {
    const next = leastImportant(kept, columns);
    if (next === undefined) break;
    kept.splice(kept.indexOf(next), 1);
  }
  const narrow = (floor: (i: number) => number) => {
    for (let excess = total((i) => widths[i] ?? 0) - available; excess > 0; excess--) {
      const room = kept.filter((i) => (widths[i] ?? 0) > floor(i));
      if (room.length === 0) return;
      const widest = room.reduce((a, b) => ((widths[b] ?? 0) > (widths[a] ?? 0) ? b : a));
      widths[widest] = (widths[widest] ?? 0) - 1;
    }
  };
  narrow(least);
  narrow(() => 1);
  while (kept.length > 1 && total((i) => widths[i] ?? 0) > available) kept.pop();
  return kept;
}

function leastImportant(kept: number[], columns: Column[]): number | undefined {
  const rank = (i: number) => columns[i]?.importance ?? Number.POSITIVE_INFINITY;
  const candidates = kept.filter((i) => rank(i) < Number.POSITIVE_INFINITY);
  if (candidates.length === 0) return undefined;
  return candidates.reduce((a, b) => (rank(b) <= rank(a) ? b : a));
}
