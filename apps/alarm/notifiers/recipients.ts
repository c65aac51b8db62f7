import { randomUUID } from 'node:crypto';
import { type Incident, type Notification, type NotificationItem } from '#domain';
import { countsOf, MAX_ITEMS, type Planned, type Route, routeOf } from '#alarm';
import type { ToldTo } from './outbox.js';

/** A message and the channels that get it. */
export interface Addressed {
  notification: Notification;
  channels: string[];
}

export interface RecipientsOptions {
  /** Names of all channels. */
  names: string[];
  routes: () => Route[];
  serviceOf: (host: string) => string | null;
  /** What people were told of, by incident. */
  told: ReadonlyMap<string, ToldTo>;
}

/** Who hears of what: as the routes say now, and of an end whoever heard of the beginning. */
export class Recipients {
  constructor(private readonly options: RecipientsOptions) {}

  of(incident: Omit<Incident, 'history'>, nowMs: number): string[] {
    const { names, routes, serviceOf, told } = this.options;
    if (incident.closed !== null) return told.get(incident.id)?.to ?? names;
    const all = routes();
    if (all.length === 0) return names;
    return routeOf(all, { ...incident, service: serviceOf(incident.host) }, nowMs).to ?? names;
  }

  /** One message for all channels that hear the same of it, with the worst of its alerts and the number of all. */
  divide(notification: Notification, nowMs: number): Addressed[] {
    const groups = new Map<string, { channels: string[]; items: NotificationItem[] }>();
    const byChannel = new Map<string, NotificationItem[]>();
    for (const item of notification.items) {
      for (const name of this.of(item.incident, nowMs)) {
        const items = byChannel.get(name);
        if (items) items.push(item);
        else byChannel.set(name, [item]);
      }
    }
    for (const [name, items] of byChannel) {
      const key = items.map(({ incident }) => incident.id).join(' ');
      const group = groups.get(key);
      if (group) group.channels.push(name);
      else groups.set(key, { channels: [name], items });
    }
    return [...groups.values()].map(({ channels, items }, i) => ({
      channels,
      notification: withItems(notification, items, i === 0 ? notification.id : randomUUID()),
    }));
  }

  /** What is told, with whom. */
  told({ told, notifications }: Planned, nowMs: number): ToldTo[] {
    if (this.options.routes().length === 0) return told;
    const incidents = new Map(
      notifications.flatMap(({ items }) => items.map(({ incident }) => [incident.id, incident])),
    );
    return told.map((one) => {
      const incident = incidents.get(one.id);
      if (!incident || one.color === 'GREEN') return one;
      const known = this.options.told.get(one.id);
      const before = known ? (known.to ?? this.options.names) : [];
      return { ...one, to: [...new Set([...before, ...this.of(incident, nowMs)])] };
    });
  }
}

function withItems(notification: Notification, items: NotificationItem[], id: string): Notification {
  const hosts = new Set(items.map(({ incident }) => incident.host));
  const [host = null] = hosts.size === 1 ? hosts : [];
  const counts = countsOf(items.map(({ incident }) => incident));
  const kind = notification.kind === 'digest' && host !== null ? 'host' : notification.kind;
  return { ...notification, id, kind, host, counts, items: items.slice(0, MAX_ITEMS) };
}
