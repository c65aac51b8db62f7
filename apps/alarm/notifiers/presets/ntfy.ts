import type { Message } from '../../messages/message.js';
import { cut, fitting, messageLines, utf8Bytes } from '../../messages/plain-text.js';
import type { HttpRequest } from '../http.notifier.js';

/** A longer message becomes a file, or is refused (https://docs.ntfy.sh/publish/#limitations). */
const MAX_MESSAGE_BYTES = 4_096;
const MAX_TITLE = 250;
const priorities = { RED: 5, AMBER: 3, GREEN: 2 } as const;
const tags = { RED: 'red_circle', AMBER: 'orange_circle', GREEN: 'green_circle' } as const;

/** The topic of `https://ntfy.sh/topic`, or undefined where there is none. */
export function ntfyTopic(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  return /^([\w-]{1,64})\/?$/.exec(new URL(url).pathname.split('/').slice(1).join('/'))?.[1];
}

/** A message as JSON (https://docs.ntfy.sh/publish/#publish-as-json). */
export function ntfyRequests(options: { url: string; token: string | undefined }): (message: Message) => HttpRequest[] {
  const { url, token } = options;
  return (message) => {
    const { color, title, link, alerts } = message;
    const runbook = alerts.length === 1 ? alerts[0]?.runbook : undefined;
    const view = (label: string, address: string) => ({ action: 'view', label, url: address });
    const actions = [...(link ? [view('Open', link)] : []), ...(runbook ? [view('Runbook', runbook)] : [])];
    const body = {
      topic: ntfyTopic(url),
      title: cut(title, MAX_TITLE),
      message: fitting(messageLines(message), MAX_MESSAGE_BYTES, utf8Bytes),
      priority: priorities[color],
      tags: [tags[color]],
      ...(link && { click: link }),
      ...(actions.length > 0 && { actions }),
    };
    return [
      {
        url: new URL('/', url).href,
        body: JSON.stringify(body),
        ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
      },
    ];
  };
}
