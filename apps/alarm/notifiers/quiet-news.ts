import { randomUUID } from 'node:crypto';
import { holdsAt, type Incident, msToIso, type Notification, type NotificationItem, type Silence } from '#domain';
import { countsOf, itemOf, type Planned } from '#alarm';
import type { Addressed } from './recipients.js';

/**
 * What changes an alert without anything to tell people: that somebody is on it, and that it ended while it was
 * silenced or beyond those that a message lists. Channels that keep an alert open have to hear of it all the same.
 */
export class QuietNews {
  private readonly open = new Map<string, Incident>();
  private readonly closed = new Map<string, Incident>();
  private readonly acknowledged = new Set<string>();

  /** @param isTold whether people were told of it */
  note(incident: Incident, isTold: boolean): void {
    if (incident.closed === null) this.open.set(incident.id, incident);
    else {
      this.open.delete(incident.id);
      if (isTold) this.closed.set(incident.id, incident);
    }
  }

  forget(id: string): void {
    this.open.delete(id);
    this.closed.delete(id);
  }

  /** Acknowledgements that were not heard of before; after a start all that hold. */
  ofSilences(silences: Silence[], nowMs: number): Notification[] {
    const holding = silences.filter((one) => holdsAt(one, nowMs));
    const news: Notification[] = [];
    for (const { id, incident, by, why } of holding) {
      const record = incident === undefined ? undefined : this.open.get(incident);
      if (!record || this.acknowledged.has(id)) continue;
      this.acknowledged.add(id);
      news.push(notificationOf('acknowledged', { ...itemOf(record, nowMs), acknowledged: { by, why } }, nowMs));
    }
    const known = new Set(silences.map(({ id }) => id));
    for (const id of this.acknowledged) if (!known.has(id)) this.acknowledged.delete(id);
    return news;
  }

  /** Ends that a plan takes as told without a message that lists them. */
  ofPlan({ told }: Planned, messages: Addressed[], nowMs: number): Notification[] {
    const items = messages.flatMap(({ notification }) => notification.items);
    const listed = new Set(items.map(({ incident }) => incident.id));
    const news: Notification[] = [];
    for (const { id, color } of told) {
      const record = this.closed.get(id);
      if (color !== 'GREEN' || !record) continue;
      this.closed.delete(id);
      if (!listed.has(id)) news.push(notificationOf('host', itemOf(record, nowMs), nowMs));
    }
    return news;
  }
}

function notificationOf(kind: Notification['kind'], item: NotificationItem, nowMs: number): Notification {
  const { host } = item.incident;
  const counts = countsOf([item.incident]);
  const time = msToIso(nowMs);
  return { id: randomUUID(), kind, time, host, repeat: false, counts, items: [item] };
}
