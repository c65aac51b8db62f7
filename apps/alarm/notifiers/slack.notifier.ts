import { z } from 'zod';
import type { Notification } from '#domain';
import type { Message } from '../messages/message.js';
import { cut } from '../messages/plain-text.js';
import { postJson } from './http-post.js';
import { Notifier, RefusedError } from './notifier.js';
import { escapeSlack, slackMessage } from './slack-blocks.js';
import { threadNotification, type Threads, type ThreadUpdate, threadUpdates } from './threads.js';

/** Slack's incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). */
export class SlackNotifier extends Notifier {
  readonly name = 'slack';

  constructor(private readonly options: { url: string; allowPrivate: boolean }) {
    super();
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    const { url, allowPrivate } = this.options;
    await postJson(url, JSON.stringify(slackMessage(message)), { allowPrivate, signal });
  }
}

export interface SlackBotOptions {
  /** Root of Slack's Web API, such as `https://slack.com/api`. */
  api: string;
  token: string;
  channel: string;
  allowPrivate: boolean;
  threads: Threads;
  compose: (notification: Notification) => Promise<Message>;
}

const answer = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  ts: z.string().optional(),
  channel: z.string().optional(),
});

/** Errors of Slack's Web API after which another try with the same message is useless. */
const FINAL = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_too_long', 'msg_blocks_too_long', 'no_text']);
/** The message is gone or may not be changed any more: a new one takes its place. */
const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

/**
 * Slack by a bot (https://docs.slack.dev/reference/methods/chat.postMessage, chat.update; scope `chat:write`): one
 * message about alerts that came together, kept up to date. An update rings no bell, so that what is worse or still so
 * is also an answer in its thread that the channel sees.
 */
export class SlackBotNotifier extends Notifier {
  readonly name = 'slack';
  override readonly takesAcknowledgements = true;

  constructor(private readonly options: SlackBotOptions) {
    super();
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    const { threads } = this.options;
    const { notification } = message;
    if (notification.kind === 'test') return void (await this.call('chat.postMessage', slackMessage(message), signal));
    for (const update of threadUpdates(notification, threads, message.subject)) {
      const handle = await this.say(update, message, signal);
      threads.keep({ ...update.thread, ...(handle !== undefined && { handle }) });
    }
  }

  private async say(update: ThreadUpdate, message: Message, signal: AbortSignal): Promise<string | undefined> {
    const { thread, isNew, isLoud } = update;
    const whole = await this.options.compose(threadNotification(thread, message.notification));
    const content = slackMessage(whole);
    const [channel, ts] = thread.handle?.split(' ') ?? [];
    if (!isNew && channel !== undefined && ts !== undefined) {
      const updated = await this.call('chat.update', { ...content, channel, ts }, signal);
      if (updated) {
        if (isLoud) await this.reply(channel, ts, message.title, signal);
        return thread.handle;
      }
    }
    const posted = await this.call('chat.postMessage', content, signal);
    return posted?.channel && posted.ts ? `${posted.channel} ${posted.ts}` : undefined;
  }

  private async reply(channel: string, ts: string, title: string, signal: AbortSignal): Promise<void> {
    const text = escapeSlack(cut(title, 1_000));
    await this.call(
      'chat.postMessage',
      { channel, thread_ts: ts, reply_broadcast: true, text, link_names: false },
      signal,
    );
  }

  /** Undefined where the message to be changed is gone. */
  private async call(method: string, body: object, signal: AbortSignal) {
    const { api, token, channel, allowPrivate } = this.options;
    const text = await postJson(`${api.replace(/\/+$/, '')}/${method}`, JSON.stringify({ channel, ...body }), {
      allowPrivate,
      signal,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
    });
    const { ok, error = 'no reason', ...posted } = answer.parse(JSON.parse(text));
    if (ok) return posted;
    if (method === 'chat.update' && GONE.has(error)) return undefined;
    const reason = `Slack answered "${error}" to ${method}`;
    throw FINAL.has(error) ? new RefusedError(reason) : new Error(reason);
  }
}
