import type { Incident } from '#domain';
import type { Entry, Judged } from './news.js';

/** Hosts that go silent, or are heard again, within this time of the first one are one piece of news. */
const TOGETHER_MS = 150_000;

/**
 * Of the news that hosts are silent or heard again, those to be told now. Hosts that were lost together, as with a
 * switch, are told in one message: while another one may still follow, because it has been heard of no later than those
 * that are silent already, or is still silent where they are back, all wait for it, until the time is over.
 *
 * @param known everything that people know or will be told of, to find the hosts that are still silent
 */
export function lostTogether(
  news: Entry[],
  ready: ReadonlySet<Entry>,
  known: Iterable<Entry>,
  judged: Judged,
  nowMs: number,
): Entry[] {
  const lost = news.filter(({ incident }) => incident.closed === null);
  const back = news.filter(({ incident }) => incident.closed !== null);
  const mayFollow = (untilMs: number) => judged.awaitsHost(Math.max(...lost.map(lostMs)), untilMs, nowMs);
  const mayComeBack = () => {
    const times = back.map(lostMs);
    for (const entry of known) {
      const { told, incident } = entry;
      if (incident.metric !== 'data' || incident.closed !== null || told === 'GREEN') continue;
      if (times.some((time) => Math.abs(time - lostMs(entry)) <= TOGETHER_MS)) return true;
    }
    return false;
  };
  return [...due(lost, ready, mayFollow, nowMs), ...due(back, ready, mayComeBack, nowMs)];
}

function due(
  entries: Entry[],
  ready: ReadonlySet<Entry>,
  mayGrow: (untilMs: number) => boolean,
  nowMs: number,
): Entry[] {
  if (!entries.some((entry) => ready.has(entry))) return [];
  const untilMs = Math.min(...entries.map(({ newsMs }) => newsMs)) + TOGETHER_MS;
  if (nowMs >= untilMs) return entries;
  return entries.every((entry) => ready.has(entry)) && !mayGrow(untilMs) ? entries : [];
}

/** When the host was last heard of before it was silent, ms. */
function lostMs({ incident }: Entry): number {
  return Date.parse(silenceOf(incident)?.time ?? incident.since);
}

function silenceOf({ history }: Incident) {
  return history.findLast(({ reason }) => reason === 'no-data');
}
