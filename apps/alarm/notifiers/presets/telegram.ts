import type { Message } from '../../messages/message.js';
import { fitting, messageLines } from '../../messages/plain-text.js';
import type { HttpRequest } from '../http.notifier.js';

/** Characters of a message after its markup was read (https://core.telegram.org/bots/api#sendmessage). */
const MAX_TEXT = 4_096;

export interface TelegramOptions {
  url: string;
  token: string;
  chat: string;
}

/** A message of a bot (https://core.telegram.org/bots/api#sendmessage). What is over rings no bell. */
export function telegramRequests({ url, token, chat }: TelegramOptions): (message: Message) => HttpRequest[] {
  return (message) => {
    const { color, link, alerts } = message;
    const runbook = alerts.length === 1 ? alerts[0]?.runbook : undefined;
    const buttons = [
      ...(link && isPublic(link) ? [{ text: 'Open', url: link }] : []),
      ...(runbook && isPublic(runbook) ? [{ text: 'Runbook', url: runbook }] : []),
    ];
    const text = fitting(messageLines(message), MAX_TEXT, (one) => one.length);
    const body = {
      chat_id: chat,
      text: text.split('\n').map(htmlLine).join('\n'),
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      disable_notification: color === 'GREEN',
      ...(buttons.length > 0 && { reply_markup: { inline_keyboard: [buttons] } }),
    };
    return [{ url: `${url.replace(/\/+$/, '')}/bot${token}/sendMessage`, body: JSON.stringify(body) }];
  };
}

/** Bars and commands stay as they are typed; the first line stands out. */
function htmlLine(line: string, i: number): string {
  const [, label, rest] = /^(Last hour|Acknowledge|Silence): (.*)$/.exec(line) ?? [];
  if (label !== undefined && rest !== undefined) return `${label}: <code>${escapeTelegram(rest)}</code>`;
  return i === 0 ? `<b>${escapeTelegram(line)}</b>` : escapeTelegram(line);
}

/** https://core.telegram.org/bots/api#html-style */
function escapeTelegram(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A button to this machine or to a name without a dot makes Telegram refuse the whole message. */
function isPublic(url: string): boolean {
  return new URL(url).hostname.includes('.');
}
