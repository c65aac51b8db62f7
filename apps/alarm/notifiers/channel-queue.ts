import type { Notification } from '#domain';
import { Backoff, type Log, Once } from '#runtime';
import type { Message } from '../messages/message.js';
import { type Notifier, RefusedError, RetryLaterError } from './notifier.js';

/** A message is given up after this long: an hour, and the time to notice that the receiver is back. */
export const GIVE_UP_AFTER_MS = 75 * 60_000;
const MAX_WAIT_MS = 45_000;
const TRIES_OF_REFUSED = 3;

export interface QueueOptions {
  notifier: Notifier;
  compose: (notification: Notification) => Promise<Message>;
  log: Pick<Log, 'log' | 'warn' | 'error'>;
  /** Called once a message is done: delivered, refused or too old. */
  done: (id: string) => void;
  random?: () => number;
}

/** The messages of one channel, in order, one at a time, each until it is taken. */
export class ChannelQueue {
  delivered = 0;
  /** Messages that were refused for good or too old. */
  lost = 0;
  private readonly waiting: Notification[] = [];
  private readonly backoff: Backoff;
  private readonly trouble: Once;
  private notBeforeMs = 0;
  private tries = 0;
  private sending = false;

  constructor(private readonly options: QueueOptions) {
    this.trouble = new Once((text) => options.log.warn(text));
    this.backoff = new Backoff({ firstMs: 1_000, maxMs: MAX_WAIT_MS, random: options.random });
  }

  get name(): string {
    return this.options.notifier.name;
  }

  get takesAcknowledgements(): boolean {
    return this.options.notifier.takesAcknowledgements;
  }

  get length(): number {
    return this.waiting.length;
  }

  add(notification: Notification): void {
    this.waiting.push(notification);
  }

  /** Sends what waits until it is empty or a try fails; never rejects. */
  async run(now: () => number, signal: AbortSignal): Promise<void> {
    if (this.sending || now() < this.notBeforeMs) return;
    this.sending = true;
    try {
      while (this.waiting[0] && !signal.aborted && (await this.deliver(this.waiting[0], now, signal)));
    } finally {
      this.sending = false;
    }
  }

  /** True where the queue may go on with the next one. */
  private async deliver(notification: Notification, now: () => number, signal: AbortSignal): Promise<boolean> {
    const { notifier, compose, log } = this.options;
    try {
      await notifier.send(await compose(notification), signal);
      this.delivered += 1;
      if (this.trouble.clear()) log.log(`${this.name} takes notifications again`);
      this.finish(notification);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      this.tries += 1;
      const refused = error instanceof RefusedError && this.tries >= TRIES_OF_REFUSED;
      if (refused || now() - Date.parse(notification.time) > GIVE_UP_AFTER_MS) {
        this.lost += 1;
        log.error(`${this.name} never took a notification of ${notification.time}: ${(error as Error).message}`);
        this.finish(notification);
        return true;
      }
      const wishedMs = error instanceof RetryLaterError ? error.afterMs : 0;
      this.notBeforeMs = now() + Math.max(wishedMs, this.backoff.nextMs());
      this.trouble.warn(`${this.name} takes no notifications yet: ${(error as Error).message}`);
      return false;
    }
  }

  private finish(notification: Notification): void {
    this.tries = 0;
    this.backoff.reset();
    this.waiting.shift();
    this.options.done(notification.id);
  }
}
