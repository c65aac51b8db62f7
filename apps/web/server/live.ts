import { routes } from '#domain/routes';
import { Store } from '../store.js';
import { noteAnswer } from './connection.js';

/** How often what is shown is asked for anew while no stream tells that there is news. */
const POLL_MS = 5_000;
/** The server says something at least this often; a stream that is quieter is broken, whatever TCP believes. */
const QUIET_MS = 40_000;
/** Asked anew after so long without news all the same: who falls silent sends none, and must not stay green. */
const STILL_MS = 15_000;
/** News that come closer together are one. */
const PACE = '2s';
const RETRY_MS = [1_000, 2_000, 5_000, 10_000];

/** Counts up whenever what is shown may be out of date. */
export const news = new Store(0);
/** The same for alerts alone, at once. */
export const alertNews = new Store(0);
/** How news come. */
export const liveness = new Store<'stream' | 'polling'>('polling');

let source: EventSource | undefined;
let quiet: ReturnType<typeof setTimeout> | undefined;
let failures = 0;

let toldAt = 0;

function tell(store: Store<number>): void {
  if (store === news) toldAt = Date.now();
  store.set(store.value + 1);
}

/** Follows the server's stream for as long as the page is open; asks at intervals where there is none. */
export function startLive(): void {
  setInterval(() => {
    const still = Date.now() - toldAt >= STILL_MS;
    if ((liveness.value === 'polling' || still) && !document.hidden) tell(news);
  }, POLL_MS);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) tell(news);
  });
  addEventListener('online', () => restart());
  connect();
}

/** Opens the stream anew, as after signing in. */
export function restart(): void {
  failures = 0;
  connect();
  tell(news);
}

function connect(): void {
  source?.close();
  clearTimeout(quiet);
  const stream = new EventSource(`${routes.stream}?pace=${PACE}`);
  source = stream;
  const heard = () => {
    clearTimeout(quiet);
    quiet = setTimeout(() => broken(stream), QUIET_MS);
    noteAnswer();
  };
  stream.addEventListener('open', () => {
    failures = 0;
    liveness.set('stream');
    heard();
    tell(news);
  });
  stream.addEventListener('samples', () => {
    heard();
    if (!document.hidden) tell(news);
  });
  for (const type of ['alert', 'values']) {
    stream.addEventListener(type, () => {
      heard();
      if (type === 'alert') tell(alertNews);
    });
  }
  stream.addEventListener('ping', heard);
  stream.addEventListener('error', () => broken(stream));
}

function broken(stream: EventSource): void {
  if (stream !== source) return;
  stream.close();
  source = undefined;
  clearTimeout(quiet);
  liveness.set('polling');
  // The polling tells whether the server is there; the stream alone may be in somebody's way.
  tell(news);
  const delay = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
  setTimeout(() => {
    if (source === undefined) connect();
  }, delay);
}
