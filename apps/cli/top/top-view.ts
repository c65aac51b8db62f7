import { columnsOf } from '../server/server-tables.js';
import { escapeForConsole } from '#domain/text';
import { formatDuration } from '#domain/time';
import { layOut } from '../table.js';
import { paint, type Terminal } from '../terminal.js';
import { cutTo, wrap } from '../text-width.js';
import type { Reading } from './top-reader.js';
import { type Row, treeColumns } from './top-rows.js';
import { MOST_ROWS, type TopState } from './top-state.js';

export interface Picture {
  state: TopState;
  reading: Reading;
  rows: Row[];
  /** Why the newest reading failed. */
  trouble: string | undefined;
  nowMs: number;
}

/** Lines that are no row: the title, what is chosen, the table's head, and the keys. */
const OTHER_LINES = 4;

/** Rows of the table that a terminal of so many lines shows. */
export function visibleRows(terminal: Pick<Terminal, 'rows'>): number {
  return Math.max(1, (terminal.rows ?? 24) - OTHER_LINES);
}

/** Every line of the screen, none wider than the terminal. */
export function linesOf(picture: Picture, terminal: Pick<Terminal, 'columns' | 'rows' | 'color'>): string[] {
  const width = terminal.columns ?? 80;
  const height = visibleRows(terminal);
  if (picture.state.help) return helpLines(width).slice(0, height + OTHER_LINES);
  const { state, rows } = picture;
  const shown = rows.slice(state.first, state.first + height);
  const columns = state.tree === 'none' ? columnsOf(picture.reading.programs) : treeColumns;
  const { lines, leftOut } = layOut(
    columns,
    shown.map(({ cells }) => cells),
    terminal,
  );
  const [head = '', ...body] = lines;
  const marked = body.map((line, i) => (i === state.selected - state.first ? `\u001b[7m${line}\u001b[0m` : line));
  const empty = rows.length === 0 ? [cutTo(emptyText(picture), width)] : [];
  const all = [
    paint(cutTo(title(picture), width), 'bold', terminal),
    chosen(picture, leftOut, width, terminal),
    head,
    ...marked,
    ...empty,
  ];
  while (all.length < height + OTHER_LINES - 1) all.push('');
  return [...all, paint(cutTo(keyLine(picture.state), width), 'dim', terminal)];
}

function title({ state, reading, nowMs }: Picture): string {
  const { atMs, windowMs, sort, pausedMs } = state;
  const time = (ms: number) => `${new Date(ms).toISOString().slice(11, 19)}Z`;
  const when =
    atMs === undefined
      ? time(reading.readMs)
      : `${new Date(atMs).toISOString().slice(0, 10)} ${time(atMs)}, ${formatDuration(Math.max(0, nowMs - atMs))} ago`;
  return `amberwatch top  ${when}${pausedMs === undefined ? '' : ' PAUSED'}, by ${sort}, mean of ${formatDuration(windowMs)}`;
}

/** What narrows the view or went wrong; the first of it is what must not be missed. */
function chosen(
  { state, rows, trouble }: Picture,
  leftOut: string[],
  width: number,
  terminal: Pick<Terminal, 'color'>,
): string {
  if (state.typing) return cutTo(`/${escapeForConsole(state.filter)}_  Enter keeps it, Esc clears it`, width);
  if (trouble !== undefined)
    return paint(cutTo(`not up to date: ${escapeForConsole(trouble)}`, width), 'red', terminal);
  const parts = [
    state.filter === '' ? '' : `filter "${escapeForConsole(state.filter)}" (Esc clears)`,
    state.host === undefined ? '' : `host ${escapeForConsole(state.host)}`,
    state.tree === 'none' ? '' : `by ${state.tree} (Enter unfolds)`,
    rows.length >= MOST_ROWS ? `first ${MOST_ROWS}` : '',
    leftOut.length === 0 ? '' : `left out for want of room: ${leftOut.join(', ')}`,
  ];
  return cutTo(parts.filter((part) => part !== '').join(' · '), width);
}

function emptyText({ state }: Picture): string {
  return state.filter === '' ? 'No program has a sample in this time.' : 'No program or host matches.';
}

function keyLine({ typing, atMs }: TopState): string {
  if (typing) return 'type a part of a name';
  return `c cpu m mem p count  / filter  t tree  ←→ time${atMs === undefined ? '' : '  g now'}  h help  q quit`;
}

const keys = [
  ['c m r p n', 'sort by cpu, memory, resident memory, number of processes, name'],
  ['/', 'show only programs and hosts whose name holds a text; Enter keeps it, Esc clears it'],
  ['t', 'programs of all hosts, or a tree by host or by service'],
  ['Enter', 'unfold a host or service, or fold it again'],
  ['↑ ↓ PgUp PgDn Home End', 'scroll'],
  ['← →', 'a window back or on in time; with Shift ten of them; times are UTC'],
  ['g', 'back to now'],
  ['space z', 'pause, and go on'],
  ['h ?', 'this text'],
  ['q', 'quit'],
] as const;

const columnHelp =
  'CPU % is the share of one core of all processes of a program together, MAX % that of its largest, MEM % the share of the memory of the host; a host or service is the sum of its programs.';

function helpLines(width: number): string[] {
  const indent = Math.min(24, Math.floor(width / 3));
  const lines = keys.flatMap(([name, what]) => {
    const [first = '', ...more] = wrap(what, Math.max(1, width - indent));
    return [
      cutTo(`${name.padEnd(indent - 1)} ${first}`, width),
      ...more.map((line) => cutTo(`${' '.repeat(indent)}${line}`, width)),
    ];
  });
  return [cutTo('amberwatch top: any key goes back', width), '', ...lines, '', ...wrap(columnHelp, width)];
}
