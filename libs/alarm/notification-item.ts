import { type Incident, msToIso, type Notification, type NotificationItem, USAGE_LIMIT } from '#domain';
import { alertText } from './console-line.js';

export function itemOf(incident: Incident, nowMs: number): NotificationItem {
  const { history, ...record } = incident;
  const before = history.at(-2);
  return {
    state: incident.closed === null ? 'firing' : 'resolved',
    incident: record,
    text: alertText(incident, nowMs),
    ...(before && { before: { color: before.color, since: before.time } }),
    ...warningOf(history),
  };
}

function warningOf(history: Incident['history']): Pick<NotificationItem, 'warning'> {
  const change = history.findLast(({ breach }) => breach !== undefined);
  if (!change?.breach) return {};
  const { time, breach, outcome, leadMs } = change;
  const { reason: _, ...predicted } = breach;
  return { warning: { time, ...predicted, ...(outcome && { outcome }), ...(leadMs !== undefined && { leadMs }) } };
}

const countOf = { RED: 'red', AMBER: 'amber', GREEN: 'resolved' } as const;

/** How many incidents of each colour a message is about, and on how many hosts. */
export function countsOf(incidents: readonly Pick<Incident, 'host' | 'color'>[]): Notification['counts'] {
  const counts = { red: 0, amber: 0, resolved: 0, hosts: new Set(incidents.map(({ host }) => host)).size };
  for (const { color } of incidents) counts[countOf[color]] += 1;
  return counts;
}

/** A notification that shows what one looks like. */
export function sampleNotification(id: string, nowMs: number): Notification {
  const time = msToIso(nowMs);
  const sample: Incident = {
    id: 'sample-alert',
    host: 'example-host',
    process: 'example',
    metric: 'cpu',
    color: 'RED',
    value: 93.1,
    limit: USAGE_LIMIT,
    opened: time,
    since: time,
    closed: null,
    reason: 'above-limit',
    rule: 'default',
    count: 1,
    largest: 93.1,
    current: 93.1,
    peak: 93.1,
    history: [{ time, color: 'RED', value: 93.1, limit: USAGE_LIMIT, reason: 'above-limit' }],
  };
  const items = [itemOf(sample, nowMs)];
  return { id, kind: 'test', time, host: sample.host, repeat: false, counts: countsOf([sample]), items };
}
