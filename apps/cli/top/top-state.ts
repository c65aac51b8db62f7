import type { UsageOrder } from '#domain';

export const sorts = ['cpu', 'mem', 'rss', 'count', 'name'] as const;
export type Sort = (typeof sorts)[number];
export const trees = ['none', 'host', 'service'] as const;
export type Tree = (typeof trees)[number];

/** The value that the server orders by; by host and program where there is none. */
export const orderOf: Record<Sort, UsageOrder | undefined> = {
  cpu: 'cpuTotal',
  mem: 'memTotal',
  rss: 'rssBytes',
  count: 'count',
  name: undefined,
};

/** What the user has chosen to see. */
export interface TopState {
  sort: Sort;
  tree: Tree;
  /** Only this host. */
  host: string | undefined;
  /** Only programs, or hosts, whose name holds this text. */
  filter: string;
  /** Whether what is typed belongs to the filter. */
  typing: boolean;
  /** Since when it stands still, milliseconds since the epoch; undefined: it does not. */
  pausedMs: number | undefined;
  /** End of the window, milliseconds since the epoch; undefined: now. */
  atMs: number | undefined;
  windowMs: number;
  /** The row that is marked, and the first one that is visible. */
  selected: number;
  first: number;
  /** Whether the last row there is stays marked. */
  atEnd: boolean;
  /** Keys of the hosts and services that are unfolded. */
  unfolded: ReadonlySet<string>;
  help: boolean;
}

const DEFAULT_WINDOW_MS = 60_000;

/** What is shown before any key. */
export function firstState(
  chosen: Partial<Pick<TopState, 'sort' | 'tree' | 'host' | 'filter' | 'atMs' | 'windowMs'>> = {},
): TopState {
  const { sort = 'cpu', tree = 'none', host, filter = '', atMs, windowMs = DEFAULT_WINDOW_MS } = chosen;
  return {
    sort,
    tree,
    host,
    filter,
    typing: false,
    pausedMs: undefined,
    atMs,
    windowMs,
    selected: 0,
    first: 0,
    atEnd: false,
    unfolded: new Set(),
    help: false,
  };
}

/** What a key needs to know of the picture that the user sees. */
export interface Shown {
  nowMs: number;
  /** Rows that are there, and how many of them are visible at once. */
  rows: number;
  visible: number;
  /** Key of the marked row where it can be unfolded. */
  folder: string | undefined;
}

/** Rows that can be scrolled to; beyond that, filtering or another order is what finds a program. */
export const MOST_ROWS = 1000;
/** Windows that a step with Shift goes. */
const FAR = 10;

const sortKeys: Record<string, Sort> = { c: 'cpu', m: 'mem', r: 'rss', p: 'count', n: 'name' };

/** What a key makes of the state; undefined where it ends the program. */
export function press(state: TopState, key: string, shown: Shown): TopState | undefined {
  if (key === 'interrupt') return undefined;
  if (state.typing) return typed(state, key);
  if (state.help) return { ...state, help: false };
  const sort = Object.hasOwn(sortKeys, key) ? sortKeys[key] : undefined;
  if (sort !== undefined) return fromTheTop({ ...state, sort });
  switch (key) {
    case 'q':
      return undefined;
    case 'h':
    case '?':
      return { ...state, help: true };
    case '/':
      return { ...state, typing: true };
    case 'escape':
      return fromTheTop({ ...state, filter: '' });
    case 't':
      return fromTheTop({ ...state, tree: trees[(trees.indexOf(state.tree) + 1) % trees.length] ?? 'none' });
    case 'z':
    case 'space':
      return { ...state, pausedMs: state.pausedMs === undefined ? shown.nowMs : undefined };
    case 'enter':
      return { ...state, unfolded: toggled(state.unfolded, shown.folder) };
    default:
      return moved(state, key, shown) ?? stepped(state, key, shown.nowMs) ?? state;
  }
}

function typed(state: TopState, key: string): TopState {
  const { filter } = state;
  if (key === 'enter') return { ...state, typing: false };
  if (key === 'escape') return fromTheTop({ ...state, filter: '', typing: false });
  if (key === 'backspace') return fromTheTop({ ...state, filter: Array.from(filter).slice(0, -1).join('') });
  if (key === 'clear') return fromTheTop({ ...state, filter: '' });
  const character = key === 'space' ? ' ' : key;
  if (Array.from(character).length !== 1) return state;
  return fromTheTop({
    ...state,
    filter: Array.from(filter + character)
      .slice(0, 255)
      .join(''),
  });
}

const fromTheTop = (state: TopState): TopState => ({ ...state, selected: 0, first: 0, atEnd: false });

function moved(state: TopState, key: string, { rows, visible }: Shown): TopState | undefined {
  const page = Math.max(1, visible - 1);
  const steps: Record<string, number> = {
    up: -1,
    down: 1,
    'page-up': -page,
    'page-down': page,
    home: -MOST_ROWS,
    end: MOST_ROWS,
  };
  const step = Object.hasOwn(steps, key) ? steps[key] : undefined;
  if (step === undefined) return undefined;
  return inView({ ...state, selected: state.selected + step, atEnd: key === 'end' }, rows, visible);
}

/** The marked row is one that there is, and visible. */
export function inView(state: TopState, rows: number, visible: number): TopState {
  const selected = Math.max(0, state.atEnd ? rows - 1 : Math.min(state.selected, rows - 1));
  const lowest = Math.max(0, Math.min(selected - visible + 1, rows - 1));
  const first = Math.max(lowest, Math.min(state.first, selected, Math.max(0, rows - visible)));
  return { ...state, selected, first };
}

/** A window, or ten, back or on; what would lie ahead is now. */
function stepped(state: TopState, key: string, nowMs: number): TopState | undefined {
  if (key === 'g') return { ...state, atMs: undefined, pausedMs: undefined };
  const steps: Record<string, number> = { left: -1, right: 1, 'shift-left': -FAR, 'shift-right': FAR };
  const step = Object.hasOwn(steps, key) ? steps[key] : undefined;
  if (step === undefined) return undefined;
  if (state.atMs === undefined && step > 0) return state;
  const atMs = (state.atMs ?? nowMs) + step * state.windowMs;
  return { ...state, atMs: atMs >= nowMs ? undefined : Math.max(0, atMs) };
}

function toggled(open: ReadonlySet<string>, key: string | undefined): ReadonlySet<string> {
  if (key === undefined) return open;
  const next = new Set(open);
  if (!next.delete(key)) next.add(key);
  return next;
}
