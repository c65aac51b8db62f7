import type { Notification, NotificationItem } from '#domain';
import type { Message } from '../messages/message.js';
import { postJson } from './http-post.js';
import type { HttpRequest } from './http.notifier.js';
import { Notifier } from './notifier.js';
import { isOver, threadNotification, type Threads, threadUpdates } from './threads.js';

type Acknowledged = NonNullable<NotificationItem['acknowledged']>;

/** How a pager is told what: alerts that came together are one of its own, under the id of the first of them. */
export interface Pager {
  open: (id: string, message: Message) => HttpRequest;
  acknowledge: (id: string, by: Acknowledged) => HttpRequest;
  close: (id: string, message: Message) => HttpRequest;
}

export interface PagerOptions {
  name: string;
  pager: Pager;
  threads: Threads;
  allowPrivate: boolean;
  compose: (notification: Notification) => Promise<Message>;
}

/** A service that pages people until somebody acknowledges, and keeps an alert open until it is closed. */
export class PagerNotifier extends Notifier {
  readonly name: string;
  override readonly takesAcknowledgements = true;

  constructor(private readonly options: PagerOptions) {
    super();
    this.name = options.name;
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    const { pager, threads, compose } = this.options;
    const { notification } = message;
    if (notification.kind === 'test') {
      await this.post(pager.open(notification.id, message), signal);
      return this.post(pager.close(notification.id, message), signal);
    }
    for (const { thread, isNew } of threadUpdates(notification, threads, message.subject)) {
      const whole = await compose(threadNotification(thread, notification));
      const by = acknowledgedBy(thread.items);
      if (isOver(thread)) await this.post(pager.close(thread.id, whole), signal);
      else if (notification.kind !== 'acknowledged') await this.post(pager.open(thread.id, whole), signal);
      else if (by && !isNew) await this.post(pager.acknowledge(thread.id, by), signal);
      threads.keep(thread);
    }
  }

  private post({ url, body, ...more }: HttpRequest, signal: AbortSignal): Promise<void> {
    return postJson(url, body, { ...more, allowPrivate: this.options.allowPrivate, signal }).then(() => undefined);
  }
}

/** Whoever is on it, once somebody is on all that is open. */
function acknowledgedBy(items: NotificationItem[]): Acknowledged | undefined {
  const open = items.filter(({ state }) => state === 'firing').map(({ acknowledged }) => acknowledged);
  return open.every((one) => one !== undefined) ? open[0] : undefined;
}
