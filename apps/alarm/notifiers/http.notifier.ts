import type { Message } from '../messages/message.js';
import { postJson } from './http-post.js';
import { Notifier } from './notifier.js';

/** What goes to a receiver; JSON unless its headers say otherwise. */
export interface HttpRequest {
  url: string;
  body: string;
  method?: 'POST' | 'PUT';
  headers?: Record<string, string>;
}

/** A channel over HTTP: what is said is made by a pure function. */
export class HttpNotifier extends Notifier {
  constructor(
    readonly name: string,
    private readonly requests: (message: Message) => HttpRequest[],
    private readonly allowPrivate: boolean,
  ) {
    super();
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    for (const { url, body, ...more } of this.requests(message)) {
      await postJson(url, body, { ...more, allowPrivate: this.allowPrivate, signal });
    }
  }
}
