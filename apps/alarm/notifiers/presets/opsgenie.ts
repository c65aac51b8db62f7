import { cut, fitting, messageLines } from '../../messages/plain-text.js';
import type { Pager } from '../pager.notifier.js';

/** https://docs.opsgenie.com/docs/alert-api#create-alert */
const MAX_MESSAGE = 130;
const MAX_DESCRIPTION = 15_000;
const MAX_ENTITY = 512;
const priorities = { RED: 'P1', AMBER: 'P3', GREEN: 'P5' } as const;

/** Opsgenie's alert API, which others speak too: each alert has an alias under which it is closed. */
export function opsgenie({ url, key }: { url: string; key: string }): Pager {
  const headers = { authorization: `GenieKey ${key}` };
  const root = `${url.replace(/\/+$/, '')}/v2/alerts`;
  const at = (id: string, action: string) => `${root}/${encodeURIComponent(id)}/${action}?identifierType=alias`;
  const note = (text: string) => JSON.stringify({ source: 'Amberwatch', user: 'Amberwatch', note: text });
  return {
    open: (id, message) => ({
      url: root,
      headers,
      body: JSON.stringify({
        message: cut(message.title, MAX_MESSAGE),
        alias: id,
        description: fitting(messageLines(message), MAX_DESCRIPTION, (text) => text.length),
        entity: cut(message.subject, MAX_ENTITY),
        source: 'Amberwatch',
        priority: priorities[message.color],
        tags: ['amberwatch', message.color],
      }),
    }),
    acknowledge: (id, { by, why }) => ({
      url: at(id, 'acknowledge'),
      headers,
      body: note(cut(`${by}: ${why}`, 1_000)),
    }),
    close: (id, message) => ({ url: at(id, 'close'), headers, body: note(cut(message.title, 1_000)) }),
  };
}
