import { z } from 'zod';
import type { Message } from '../../messages/message.js';
import { messageLines } from '../../messages/plain-text.js';
import { escapeHtml } from '../../messages/escape-html.js';
import type { HttpRequest } from '../http.notifier.js';

/** What a template may say, by its name. */
const variables = {
  title: ({ title }: Message) => title,
  subject: ({ subject }: Message) => subject,
  text: (message: Message) => messageLines(message).join('\n'),
  color: ({ color }: Message) => color,
  state: ({ color }: Message) => (color === 'GREEN' ? 'resolved' : 'firing'),
  host: ({ notification }: Message) => notification.host ?? '',
  process: ({ notification }: Message) => notification.items[0]?.incident.process ?? '',
  unit: ({ notification }: Message) => notification.items[0]?.incident.unit ?? '',
  service: ({ alerts }: Message) => alerts[0]?.service ?? '',
  rule: ({ notification }: Message) => notification.items[0]?.incident.rule ?? '',
  runbook: ({ alerts }: Message) => alerts[0]?.runbook ?? '',
  link: ({ link }: Message) => link ?? '',
  id: ({ alerts }: Message) => alerts[0]?.id ?? '',
  time: ({ notification }: Message) => notification.time,
} as const satisfies Record<string, (message: Message) => string>;

const isVariable = (name: string): name is keyof typeof variables => Object.hasOwn(variables, name);
const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g;

const template = z.string().superRefine((text, context) => {
  for (const [, name = ''] of text.matchAll(PLACE)) {
    if (isVariable(name)) continue;
    const known = Object.keys(variables).join(', ');
    context.addIssue({ code: 'custom', message: `"{{${name.slice(0, 40)}}}" is none of ${known}` });
  }
});

const channel = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,39}$/, { error: 'must be small letters, digits and -, at most 40' })
      .describe('Shown by `amberwatch notify test`, and what routes name'),
    url: z.url({ protocol: /^https?$/, error: 'must be a URL such as https://example.com/sms' }),
    method: z.enum(['POST', 'PUT']).prefault('POST'),
    headers: z
      .record(z.string().regex(/^[\w-]+$/), z.string().regex(/^[\x20-\x7e]*$/, { error: 'must be of printable ASCII' }))
      .prefault({}),
    body: template,
  })
  .superRefine((one, context) => {
    if (escapeOf(one.headers) !== escapes.json) return;
    try {
      JSON.parse(one.body.replace(PLACE, 'x'));
    } catch (error) {
      context.addIssue({ code: 'custom', path: ['body'], message: `is no JSON: ${(error as Error).message}` });
    }
  });
export type TemplateChannel = z.infer<typeof channel>;

/** A file of channels. */
export const channelFile = z.strictObject({ channels: z.array(channel).max(50) });

/** How a name that a stranger chose becomes mere text of a body of that type. */
const escapes = {
  json: (text: string) => JSON.stringify(text).slice(1, -1),
  form: encodeURIComponent,
  markup: escapeHtml,
  plain: (text: string) => text,
};

function escapeOf(headers: Record<string, string>) {
  const [, type = 'application/json'] = Object.entries(headers).find(([name]) => /^content-type$/i.test(name)) ?? [];
  if (/json/i.test(type)) return escapes.json;
  if (/x-www-form-urlencoded/i.test(type)) return escapes.form;
  return /html|xml/i.test(type) ? escapes.markup : escapes.plain;
}

/** One request a message, its body made from the template. */
export function templateRequests({ url, method, headers, body }: TemplateChannel): (message: Message) => HttpRequest[] {
  const escape = escapeOf(headers);
  const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const fill = (message: Message) =>
    body.replace(PLACE, (place, name: string) => (isVariable(name) ? escape(variables[name](message)) : place));
  return (message) => [{ url, method, headers: lowered, body: fill(message) }];
}
