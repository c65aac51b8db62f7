import { z } from 'zod';
import { colorRank, isWorse, type Notification, type NotificationItem, notificationItem } from '#domain';

/** A conversation of one channel about alerts that it was told of together. */
export const thread = z.object({
  /** Id of the first of its alerts; the same for as long as that alert lives, also after a restart. */
  id: z.string(),
  /** What the receiver calls it, such as the `ts` of a Slack message. */
  handle: z.string().optional(),
  subject: z.string(),
  /** The newest that was told of each alert; empty once all are over. */
  items: z.array(notificationItem),
});
export type Thread = z.infer<typeof thread>;

/** The threads of one channel, durable. */
export interface Threads {
  of: (incident: string) => Thread | undefined;
  /** One whose alerts are all over is forgotten. */
  keep: (thread: Thread) => void;
}

/** What a notification changes in one thread. */
export interface ThreadUpdate {
  /** As it is after the update. */
  thread: Thread;
  isNew: boolean;
  /** Whether an alert is worse than what the thread said of it, or is said again because it still is so. */
  isLoud: boolean;
}

/** Divides what a notification says among the threads of its alerts; those of none begin a new one together. */
export function threadUpdates(notification: Notification, threads: Threads, subject: string): ThreadUpdate[] {
  const known = new Map<string, { thread: Thread; items: NotificationItem[] }>();
  const fresh: NotificationItem[] = [];
  for (const item of notification.items) {
    const found = threads.of(item.incident.id);
    const group = found && known.get(found.id);
    if (group) group.items.push(item);
    else if (found) known.set(found.id, { thread: found, items: [item] });
    else fresh.push(item);
  }
  const updates: ThreadUpdate[] = [...known.values()].map((group) => ({
    thread: merged(group.thread, group.items),
    isNew: false,
    isLoud: notification.repeat || group.items.some((item) => hasWorsened(item, group.thread)),
  }));
  const [first] = fresh;
  // What a channel was never told of, it needs no word on who is on it.
  if (first && notification.kind !== 'acknowledged') {
    updates.push({ thread: { id: first.incident.id, subject, items: fresh }, isNew: true, isLoud: true });
  }
  return updates;
}

function hasWorsened({ incident }: NotificationItem, { items }: Thread): boolean {
  const before = items.find((one) => one.incident.id === incident.id);
  return before === undefined || isWorse(incident.color, before.incident.color);
}

export function merged(old: Thread, items: NotificationItem[]): Thread {
  const newest = new Map(old.items.map((item) => [item.incident.id, item]));
  for (const item of items) {
    const before = newest.get(item.incident.id);
    // An acknowledgement stands until it gets worse.
    const kept = before?.acknowledged && !hasWorsened(item, old) && item.state === 'firing' ? before : undefined;
    newest.set(item.incident.id, kept ? { acknowledged: kept.acknowledged, ...item } : item);
  }
  return { ...old, items: [...newest.values()] };
}

export function isOver({ items }: Thread): boolean {
  return items.every(({ state }) => state === 'resolved');
}

/** All that a thread says now, as a notification of its own. */
export function threadNotification({ id, items }: Thread, notification: Notification): Notification {
  const hosts = new Set(items.map(({ incident }) => incident.host));
  const counts = { red: 0, amber: 0, resolved: 0, hosts: hosts.size };
  for (const { incident } of items) counts[count[incident.color]] += 1;
  const [host] = hosts;
  return {
    ...notification,
    id,
    kind: hosts.size === 1 ? 'host' : 'digest',
    host: hosts.size === 1 && host !== undefined ? host : null,
    repeat: false,
    counts,
    items: items.toSorted((a, b) => colorRank[b.incident.color] - colorRank[a.incident.color]),
  };
}

const count = { RED: 'red', AMBER: 'amber', GREEN: 'resolved' } as const;
