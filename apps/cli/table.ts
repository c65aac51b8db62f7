import { escapeForConsole } from '#domain';
import { type Paint, paint, type Terminal } from './terminal.js';

export interface Column {
  title: string;
  align?: 'right';
  /** Narrowest width if the table is wider than the terminal; a column without it is never cut. */
  least?: number;
}

/** A cell's text, made safe for a terminal here, and how it is shown. */
export type Cell = string | { text: string; paint: Paint };

const GAP = '  ';

/** Lines of a table that fits the terminal: where it is too wide, the widest column that may be cut is cut first. */
export function table(columns: Column[], rows: Cell[][], terminal: Pick<Terminal, 'columns' | 'color'>): string {
  const texts = rows.map((row) => row.map((cell) => escapeForConsole(typeof cell === 'string' ? cell : cell.text)));
  const widths = columns.map(({ title }) => title.length);
  for (const row of texts) row.forEach((text, i) => (widths[i] = Math.max(widths[i] ?? 0, textWidth(text))));
  if (terminal.columns !== undefined) fit(widths, columns, terminal.columns);
  const line = (row: string[], paints: (Paint | undefined)[]) =>
    row
      .map((text, i) => cellText(text, widths[i] ?? 0, columns[i]?.align, i === row.length - 1, paints[i], terminal))
      .join(GAP);
  const head = line(
    columns.map(({ title }) => title),
    columns.map(() => 'bold'),
  );
  const body = texts.map((row, r) =>
    line(
      row,
      (rows[r] ?? []).map((cell) => (typeof cell === 'string' ? undefined : cell.paint)),
    ),
  );
  return `${[head, ...body].join('\n')}\n`;
}

function cellText(
  text: string,
  width: number,
  align: 'right' | undefined,
  last: boolean,
  color: Paint | undefined,
  terminal: Pick<Terminal, 'color'>,
): string {
  const cut = cutTo(text, width);
  const shown = color && cut !== '' ? paint(cut, color, terminal) : cut;
  const space = ' '.repeat(Math.max(0, width - textWidth(cut)));
  if (align === 'right') return space + shown;
  return last ? shown : shown + space;
}

function fit(widths: number[], columns: Column[], available: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1) - available;
  while (excess > 0) {
    let widest = -1;
    for (const [i, { least }] of columns.entries()) {
      if (least === undefined || (widths[i] ?? 0) <= least) continue;
      if (widest < 0 || (widths[i] ?? 0) > (widths[widest] ?? 0)) widest = i;
    }
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
}

const ascii = /^[\u0020-\u007e]*$/;
const invisible = /\p{Mn}|\p{Me}/u;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Terminal columns of a text without control characters (Unicode Standard Annex #11, East Asian Width). */
export function textWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += charWidth(character);
  return width;
}

function charWidth(character: string): number {
  if (invisible.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

function cutTo(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += charWidth(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
