import { createHmac } from 'node:crypto';
import type { Message } from '../messages/message.js';
import { postJson } from './http-post.js';
import { Notifier } from './notifier.js';

export interface WebhookOptions {
  url: string;
  secret?: string;
  allowPrivate: boolean;
  /** ms since the epoch. */
  now?: () => number;
}

/**
 * Any receiver of JSON: the body is a `Notification` of docs/openapi.json. With a secret it is signed:
 * `X-Amberwatch-Signature: t=<Unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`; a receiver that refuses old times
 * can't be sent the same twice by a stranger. `X-Amberwatch-Delivery` is the same for each try of one message.
 */
export class WebhookNotifier extends Notifier {
  readonly name = 'webhook';

  constructor(private readonly options: WebhookOptions) {
    super();
  }

  async send({ notification }: Message, signal: AbortSignal): Promise<void> {
    const { url, secret, allowPrivate, now = Date.now } = this.options;
    const body = JSON.stringify(notification);
    const headers: Record<string, string> = { 'x-amberwatch-delivery': notification.id };
    if (secret !== undefined) headers['x-amberwatch-signature'] = sign(body, secret, Math.floor(now() / 1000));
    await postJson(url, body, { allowPrivate, headers, signal });
  }
}

export function sign(body: string, secret: string, unixSeconds: number): string {
  return `t=${unixSeconds},v1=${createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex')}`;
}
