import type { Incident } from '#domain';

/** An open RED incident on `web-1 nginx cpu` that began two minutes before the moment, with what differs from that. */
export function incidentAt(nowMs: number, more: Partial<Incident> = {}): Incident {
  const opened = new Date(nowMs - 120_000).toISOString();
  const change = { time: opened, color: 'RED' as const, value: 93.1, limit: 80, reason: 'above-limit' as const };
  return {
    id: '6f1c2d3e-0001',
    host: 'web-1',
    process: 'nginx',
    metric: 'cpu',
    color: 'RED',
    value: 93.1,
    limit: 80,
    opened,
    since: opened,
    closed: null,
    reason: 'above-limit',
    history: [change],
    ...more,
  };
}

/** The same incident after one more change. */
export function changed(incident: Incident, change: Incident['history'][number]): Incident {
  const { color, value, limit, reason, time } = change;
  const closed = color === 'GREEN' ? time : null;
  return { ...incident, color, value, limit, reason, since: time, closed, history: [...incident.history, change] };
}
