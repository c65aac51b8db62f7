import { type Notification, type NotificationItem } from '#domain';
import { postJson } from './http-post.js';
import { Notifier, titleOf, unlisted } from './notifier.js';

const symbol = { RED: '🔴', AMBER: '🟠', GREEN: '🟢' } as const;
/** Slack takes 40,000 characters a message and shows fewer well. */
const MAX_LISTED = 20;

/** Slack's incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). */
export class SlackNotifier extends Notifier {
  readonly name = 'slack';

  constructor(private readonly options: { url: string; allowPrivate: boolean; link?: string }) {
    super();
  }

  async send(notification: Notification, signal: AbortSignal): Promise<void> {
    const { url, allowPrivate, link } = this.options;
    await postJson(url, JSON.stringify(slackMessage(notification, link)), { allowPrivate, signal });
  }
}

/**
 * What goes to Slack: `&`, `<` and `>` escaped, so that a name such as `<!channel>` pings nobody, in blocks of plain
 * text, where `*` and `_` are only characters.
 */
export function slackMessage(notification: Notification, link?: string) {
  const { items } = notification;
  const listed = items.slice(0, MAX_LISTED);
  const more = unlisted(notification) + items.length - listed.length;
  const lines = [...listed.map(lineOf), ...(more > 0 ? [`… and ${more} more`] : [])];
  return {
    text: escapeSlack(titleOf(notification)),
    link_names: false,
    unfurl_links: false,
    blocks: [
      { type: 'section', text: plain(titleOf(notification).slice(0, 2900)) },
      ...(lines.length > 1 || items[0]?.incident.culprits
        ? [{ type: 'section', text: plain(lines.join('\n').slice(0, 2900)) }]
        : []),
      ...(link ? [{ type: 'section', text: { type: 'mrkdwn', text: `<${escapeSlack(link)}|Open Amberwatch>` } }] : []),
    ],
  };
}

function lineOf({ incident, text }: NotificationItem): string {
  const { count, largest } = incident;
  const program =
    incident.process !== null && count !== undefined && count > 1
      ? ` (${count} processes, largest ${largest?.toFixed(1)} %)`
      : '';
  return `${symbol[incident.color]} ${incident.color} ${text}${program}`;
}

const plain = (text: string) => ({ type: 'plain_text', text: escapeSlack(text), emoji: false });

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
