import type { AlertMessage, Message } from '../messages/message.js';
import { sparkline } from '../messages/chart.js';
import { cut } from '../messages/plain-text.js';

const symbol = { RED: '🔴', AMBER: '🟠', GREEN: '🟢' } as const;
/** Of a text in a section (https://docs.slack.dev/reference/block-kit/blocks/section-block). */
const MAX_TEXT = 3_000;
const MAX_FIELD = 2_000;
const MAX_FIELDS = 10;
/** A message with blocks of more than about 13,000 characters is refused (`msg_blocks_too_long`). */
const MAX_MESSAGE = 10_000;
const MAX_URL = 3_000;
const DETAILED = 3;
const MAX_LISTED = 20;

type Text = { type: 'plain_text'; text: string; emoji: false } | { type: 'mrkdwn'; text: string; verbatim: true };
export type Block =
  | { type: 'section'; text?: Text; fields?: Text[] }
  | { type: 'actions'; elements: { type: 'button'; text: Text; url: string; action_id: string; style?: 'primary' }[] }
  | { type: 'context'; elements: Text[] };

export interface SlackMessage {
  text: string;
  blocks: Block[];
  link_names: false;
  unfurl_links: false;
  unfurl_media: false;
}

/**
 * What goes to Slack: `&`, `<` and `>` escaped, so that a name such as `<!channel>` pings nobody, in blocks of plain
 * text, where `*` and `_` are only characters; `mrkdwn` only where no name is in it.
 */
export function slackMessage(message: Message): SlackMessage {
  const { alerts, title, unlisted, link } = message;
  const several = alerts.length > 1 || unlisted > 0;
  const blocks: Block[] = several ? [section(title)] : [];
  for (const alert of alerts.slice(0, DETAILED)) blocks.push(...alertBlocks(alert));
  const lines = alerts
    .slice(DETAILED, MAX_LISTED)
    .map(({ color, headline }) => `${symbol[color]} ${color} ${cut(headline, 400)}`);
  const more = unlisted + Math.max(0, alerts.length - MAX_LISTED);
  if (more > 0) lines.push(`… and ${more} more`);
  if (lines.length > 0) blocks.push(section(lines.join('\n')));
  if (link && several) blocks.push({ type: 'actions', elements: [button('Open Amberwatch', link, 'open')] });
  return {
    text: escapeSlack(cut(title, MAX_TEXT)),
    blocks: within(blocks),
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  };
}

function alertBlocks(alert: AlertMessage): Block[] {
  const { color, headline, facts, chart, commands, link, runbook, shortId } = alert;
  const fields = facts.slice(0, MAX_FIELDS).map(({ label, text }) => plain(`${label}\n${text}`, MAX_FIELD / 4));
  const buttons = [
    ...(link && link.length <= MAX_URL ? [button('Open', link, `open-${shortId}`, 'primary')] : []),
    ...(runbook && runbook.length <= MAX_URL ? [button('Runbook', runbook, `runbook-${shortId}`)] : []),
  ];
  return [
    section(`${symbol[color]} ${color} ${headline}`),
    ...(chart ? [section(`${sparkline(chart)}  last hour`)] : []),
    ...(fields.length > 0 ? [{ type: 'section' as const, fields }] : []),
    ...(commands
      ? [{ type: 'context' as const, elements: [plain(commands.acknowledge), plain(commands.silence)] }]
      : []),
    ...(buttons.length > 0 ? [{ type: 'actions' as const, elements: buttons }] : []),
  ];
}

/** The first blocks that fit into one message together. */
function within(blocks: Block[]): Block[] {
  let left = MAX_MESSAGE;
  return blocks.filter((block) => (left -= JSON.stringify(block).length) >= 0);
}

const section = (text: string): Block => ({ type: 'section', text: plain(text, MAX_TEXT) });

function button(text: string, url: string, id: string, style?: 'primary') {
  return { type: 'button' as const, text: plain(text), url, action_id: id, ...(style && { style }) };
}

/** Cut by its escaped length, which is what Slack counts, and never within an escape. */
function plain(text: string, limit = MAX_FIELD): Text {
  const fitting = cut(text, limit, (one) => escapeSlack(one).length);
  return { type: 'plain_text', text: escapeSlack(fitting), emoji: false };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
