/** What the page shows, as its address says it: every view is a link that can be sent to a colleague. */
export type View =
  'fleet' | 'host' | 'program' | 'unit' | 'alerts' | 'alert' | 'changes' | 'honesty' | 'wall' | 'start';

export interface Address {
  view: View;
  host?: string;
  process?: string;
  unit?: string;
  /** Id of an alert. */
  alert?: string;
  /** Length of a range that ends now, such as `1h`. */
  last?: string;
  /** Ends of a range that stands still, ISO 8601 in UTC. */
  from?: string;
  to?: string;
  /** A moment that is pinned, and what it is compared with. */
  at?: string;
  baseAt?: string;
  baseFrom?: string;
  baseTo?: string;
  /** Text that is looked for. */
  q?: string;
  /** Empty: of no service. */
  service?: string;
  state?: string;
  order?: string;
  /** How a list is arranged, where a view has several ways. */
  group?: string;
  /** Names of programs that stay in the list. */
  pin?: string[];
}

type Key = Exclude<keyof Address, 'view' | 'pin'>;
const keys = Object.keys({
  host: 0,
  process: 0,
  unit: 0,
  alert: 0,
  last: 0,
  from: 0,
  to: 0,
  at: 0,
  baseAt: 0,
  baseFrom: 0,
  baseTo: 0,
  q: 0,
  service: 0,
  state: 0,
  order: 0,
  group: 0,
} satisfies Record<Key, 0>) as Key[];
const named: readonly string[] = ['fleet', 'alerts', 'changes', 'honesty', 'wall', 'start'] satisfies View[];

/** Reads `location.search`; what it can't read is left out. */
export function parseAddress(search: string): Address {
  const query = new URLSearchParams(search);
  const address: Address = { view: 'fleet' };
  for (const key of keys) {
    const value = query.get(key);
    if (value !== null && (value !== '' || key === 'service')) address[key] = value;
  }
  const pins = query.getAll('pin').filter((name) => name !== '');
  if (pins.length > 0) address.pin = pins;
  address.view = viewOf(query, address);
  return address;
}

function viewOf(query: URLSearchParams, { alert, host, process, unit }: Address): View {
  const word = query.get('view');
  if (word !== null && named.includes(word)) return word as View;
  if (query.has('wall')) return 'wall';
  if (alert !== undefined) return 'alert';
  if (host === undefined) return 'fleet';
  if (process !== undefined) return 'program';
  return unit === undefined ? 'host' : 'unit';
}

/** The part of a link after the path: `?host=web-1&last=6h`; the same view reads back. */
export function formatAddress(address: Address): string {
  const query = new URLSearchParams();
  const { view } = address;
  if (view === 'wall') query.set('wall', '');
  else if (view !== 'fleet' && named.includes(view)) query.set('view', view);
  for (const key of keys) {
    const value = address[key];
    if (value !== undefined && (value !== '' || key === 'service')) query.set(key, value);
  }
  for (const name of address.pin ?? []) query.append('pin', name);
  const text = query.toString().replace(/(^|&)wall=(?=&|$)/, '$1wall');
  return text === '' ? '/' : `/?${text}`;
}
