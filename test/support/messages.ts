import type { Incident, IncidentChange, Notification } from '#domain';
import { itemOf, sampleNotification } from '#alarm';
import { Composer } from '../../apps/alarm/messages/composer.js';
import type { Message } from '../../apps/alarm/messages/message.js';
import type { Thread, Threads } from '../../apps/alarm/notifiers/threads.js';

export const NOW = Date.parse('2026-11-22T20:41:50Z');
export const PUBLIC_URL = 'https://amberwatch.example.com';

/** A name with whatever a stranger may put into one. */
export const hostile = `<!channel> <img src=x onerror=alert(1)>\r\nBcc: all@example.com\u202E"';$(reboot) *_\`~ & @here`;

/** An incident that stands as its last change says. */
export function incidentOf(more: Partial<Incident> = {}, changes: Partial<IncidentChange>[] = [{}]): Incident {
  const base: Incident = {
    id: '6f1c2d3e-0000-4000-8000-000000000001',
    host: 'web-1',
    process: 'java',
    metric: 'cpu',
    color: 'RED',
    value: 93.1,
    limit: 80,
    opened: '2026-11-22T20:37:50Z',
    since: '2026-11-22T20:37:50Z',
    closed: null,
    reason: 'above-limit',
    rule: 'default',
    history: [],
    ...more,
  };
  const { since: time, color, value, limit, reason } = base;
  return { ...base, history: changes.map((change) => ({ time, color, value, limit, reason, ...change })) };
}

export function notificationOf(incidents: Incident[], more: Partial<Notification> = {}): Notification {
  const hosts = new Set(incidents.map(({ host }) => host));
  const [host = null] = hosts.size === 1 ? hosts : [];
  const number = (color: string) => incidents.filter((one) => one.color === color).length;
  return {
    ...sampleNotification('message-1', NOW),
    kind: host === null ? 'digest' : 'host',
    host,
    counts: { red: number('RED'), amber: number('AMBER'), resolved: number('GREEN'), hosts: hosts.size },
    items: incidents.slice(0, 50).map((one) => itemOf(one, NOW)),
    ...more,
  };
}

const composer = new Composer({ serviceOf: () => null, publicUrl: PUBLIC_URL });

/** In words, without a server to ask for a chart. */
export function compose(notification: Notification): Promise<Message> {
  return composer.compose(notification);
}

export function messageOf(incidents: Incident[], more: Partial<Notification> = {}): Promise<Message> {
  return compose(notificationOf(incidents, more));
}

/** Threads that are kept in memory only. */
export function threadsInMemory(): Threads & { all: Map<string, Thread> } {
  const all = new Map<string, Thread>();
  return {
    all,
    of: (id) => [...all.values()].find(({ items }) => items.some(({ incident }) => incident.id === id)),
    keep: (thread) => void all.set(thread.id, thread),
  };
}
