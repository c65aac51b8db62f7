import type { Notification } from '#domain';
import { StartError } from '#runtime';
import type { AlarmSettings } from '../alarm.config.js';
import type { Message } from '../messages/message.js';
import { HttpNotifier } from './http.notifier.js';
import { MailNotifier } from './mail.notifier.js';
import type { Notifier } from './notifier.js';
import type { Outbox } from './outbox.js';
import { type Pager, PagerNotifier } from './pager.notifier.js';
import { ntfyRequests } from './presets/ntfy.js';
import { opsgenie } from './presets/opsgenie.js';
import { pagerDuty } from './presets/pagerduty.js';
import { telegramRequests } from './presets/telegram.js';
import { type TemplateChannel, templateRequests } from './presets/template.js';
import { SlackBotNotifier, SlackNotifier } from './slack.notifier.js';
import { WebhookNotifier } from './webhook.notifier.js';

/** Names of the channels that the environment sets. */
const ownNames = ['slack', 'mail', 'ntfy', 'telegram', 'pagerduty', 'opsgenie', 'webhook', 'alertmanager'] as const;

/**
 * A notifier for each channel that is configured.
 *
 * @throws StartError where a channel of the file has the name of another one
 */
export function notifiersOf(
  settings: AlarmSettings,
  templates: TemplateChannel[],
  outbox: Outbox,
  compose: (notification: Notification) => Promise<Message>,
): Notifier[] {
  const allowPrivate = settings.AMBERWATCH_NOTIFY_PRIVATE === 'allow';
  const http = (name: string, requests: ConstructorParameters<typeof HttpNotifier>[1]) =>
    new HttpNotifier(name, requests, allowPrivate);
  const pager = (name: (typeof ownNames)[number], to: Pager) =>
    new PagerNotifier({ name, pager: to, threads: outbox.threadsOf(name), allowPrivate, compose });
  const made: (Notifier | undefined)[] = [
    slackOf(settings, outbox, compose),
    mailOf(settings, outbox),
    settings.AMBERWATCH_NTFY_URL === undefined
      ? undefined
      : http('ntfy', ntfyRequests({ url: settings.AMBERWATCH_NTFY_URL, token: settings.AMBERWATCH_NTFY_TOKEN })),
    telegramOf(settings),
    settings.AMBERWATCH_PAGERDUTY_KEY === undefined
      ? undefined
      : pager(
          'pagerduty',
          pagerDuty({ url: settings.AMBERWATCH_PAGERDUTY_URL, key: settings.AMBERWATCH_PAGERDUTY_KEY }),
        ),
    settings.AMBERWATCH_OPSGENIE_KEY === undefined
      ? undefined
      : pager('opsgenie', opsgenie({ url: settings.AMBERWATCH_OPSGENIE_URL, key: settings.AMBERWATCH_OPSGENIE_KEY })),
    settings.AMBERWATCH_WEBHOOK_URL === undefined
      ? undefined
      : new WebhookNotifier({
          url: settings.AMBERWATCH_WEBHOOK_URL,
          secret: settings.AMBERWATCH_WEBHOOK_SECRET,
          allowPrivate,
        }),
    ...templates.map((one) => http(one.name, templateRequests(one))),
  ];
  const notifiers = made.filter((one) => one !== undefined);
  checkNames(templates);
  return notifiers;
}

function checkNames(templates: TemplateChannel[]): void {
  const taken = new Set<string>(ownNames);
  for (const { name } of templates) {
    if (taken.has(name)) throw new StartError(`AMBERWATCH_CHANNELS: the name "${name}" is taken.`);
    taken.add(name);
  }
}

function slackOf(
  settings: AlarmSettings,
  outbox: Outbox,
  compose: (notification: Notification) => Promise<Message>,
): Notifier | undefined {
  const allowPrivate = settings.AMBERWATCH_NOTIFY_PRIVATE === 'allow';
  const { AMBERWATCH_SLACK_TOKEN: token, AMBERWATCH_SLACK_CHANNEL: channel, AMBERWATCH_SLACK_URL: url } = settings;
  if (token !== undefined && channel !== undefined) {
    const api = settings.AMBERWATCH_SLACK_API;
    return new SlackBotNotifier({ api, token, channel, allowPrivate, threads: outbox.threadsOf('slack'), compose });
  }
  return url === undefined ? undefined : new SlackNotifier({ url, allowPrivate });
}

function mailOf(settings: AlarmSettings, outbox: Outbox): Notifier | undefined {
  const { AMBERWATCH_SMTP_URL: smtp, AMBERWATCH_MAIL_FROM: [from] = [], AMBERWATCH_MAIL_TO: to } = settings;
  if (smtp === undefined || from === undefined || to === undefined) return undefined;
  return new MailNotifier({ smtp, from, to, tls: settings.AMBERWATCH_SMTP_TLS, threads: outbox.threadsOf('mail') });
}

function telegramOf(settings: AlarmSettings): Notifier | undefined {
  const { AMBERWATCH_TELEGRAM_TOKEN: token, AMBERWATCH_TELEGRAM_CHAT: chat, AMBERWATCH_TELEGRAM_URL: url } = settings;
  if (token === undefined || chat === undefined) return undefined;
  return new HttpNotifier(
    'telegram',
    telegramRequests({ url, token, chat }),
    settings.AMBERWATCH_NOTIFY_PRIVATE === 'allow',
  );
}
