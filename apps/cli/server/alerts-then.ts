import type { AmberwatchClient } from '#client/amberwatch-client';
import { allPages } from '#client/all-pages';
import { type Alert, colorRank } from '#domain';

/** The alerts that were open at a moment, as they were then, the worst first. */
export async function alertsThen(client: AmberwatchClient, atMs: number, host?: string): Promise<Alert[]> {
  const query = { at: new Date(atMs).toISOString(), state: 'all', host, limit: 1000 };
  const alerts = await allPages(
    (cursor) => client.alerts({ ...query, cursor }),
    (page) => page.alerts,
  );
  return alerts.map((alert) => asOf(alert, atMs)).sort((a, b) => colorRank[b.color] - colorRank[a.color]);
}

/** What says how an alert is now, not how it was. */
const ofNow = [
  'acknowledged',
  'silenced',
  'breach',
  'flapping',
  'current',
  'currentTime',
  'peak',
  'belowSince',
] as const;

/** An alert with nothing in it that came later. */
export function asOf(alert: Alert, atMs: number): Alert {
  const then = { ...alert, closed: null, history: alert.history.filter(({ time }) => Date.parse(time) <= atMs) };
  for (const key of ofNow) delete then[key];
  const last = then.history.at(-1);
  if (!last) return then;
  const { color, value, limit, reason, time, breach } = last;
  return { ...then, color, value, limit, reason, since: time, ...(breach && { breach }) };
}
