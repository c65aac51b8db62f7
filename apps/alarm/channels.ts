import { join } from 'node:path';
import { type Log, StartError } from '#runtime';
import type { AlarmSettings } from './alarm.config.js';
import { AlertmanagerChannel } from './notifiers/alertmanager.js';
import { Dispatcher } from './notifiers/dispatcher.js';
import { MailNotifier } from './notifiers/mail.notifier.js';
import type { Notifier } from './notifiers/notifier.js';
import { Outbox } from './notifiers/outbox.js';
import { SlackNotifier } from './notifiers/slack.notifier.js';
import { WebhookNotifier } from './notifiers/webhook.notifier.js';

/**
 * The channels that are configured, with their outbox open.
 *
 * @throws StartError where a setting is missing or the outbox can't be written
 */
export function openChannels(settings: AlarmSettings, log: Log, now: () => number): Dispatcher {
  const notifiers = notifiersOf(settings);
  const allowPrivate = settings.AMBERWATCH_NOTIFY_PRIVATE === 'allow';
  const link = settings.AMBERWATCH_PUBLIC_URL;
  const url = settings.AMBERWATCH_ALERTMANAGER_URL;
  const outbox = new Outbox(join(settings.AMBERWATCH_DATA, 'alarm', 'outbox.jsonl'));
  if (notifiers.length > 0) openOutbox(outbox, settings, log);
  const names = [...notifiers.map(({ name }) => name), ...(url ? ['alertmanager'] : [])];
  if (names.length > 0) log.log(`Notifications go to ${names.join(', ')}`);
  return new Dispatcher({
    notifiers,
    alertmanager: url ? new AlertmanagerChannel({ url, allowPrivate, link }, log) : undefined,
    outbox,
    log,
    waitMs: settings.AMBERWATCH_NOTIFY_WAIT,
    repeatMs: settings.AMBERWATCH_NOTIFY_REPEAT,
    now,
  });
}

function openOutbox(outbox: Outbox, settings: AlarmSettings, log: Log): void {
  try {
    outbox.open();
  } catch (error) {
    throw new StartError(
      `AMBERWATCH_DATA: the outbox in "${settings.AMBERWATCH_DATA}" can't be opened: ${(error as Error).message}`,
      { cause: error },
    );
  }
  if (outbox.unreadable > 0) log.warn(`${outbox.unreadable} lines of the outbox were not readable and are dropped`);
}

function notifiersOf(settings: AlarmSettings): Notifier[] {
  const allowPrivate = settings.AMBERWATCH_NOTIFY_PRIVATE === 'allow';
  const link = settings.AMBERWATCH_PUBLIC_URL;
  const notifiers: Notifier[] = [];
  const slack = settings.AMBERWATCH_SLACK_URL;
  if (slack) notifiers.push(new SlackNotifier({ url: slack, allowPrivate, link }));
  const smtp = settings.AMBERWATCH_SMTP_URL;
  if (smtp) {
    const [from] = settings.AMBERWATCH_MAIL_FROM ?? [];
    const to = settings.AMBERWATCH_MAIL_TO;
    if (!from || !to)
      throw new StartError('AMBERWATCH_SMTP_URL needs AMBERWATCH_MAIL_FROM and AMBERWATCH_MAIL_TO too.');
    notifiers.push(new MailNotifier({ smtp, from, to, link, tls: settings.AMBERWATCH_SMTP_TLS }));
  }
  const webhook = settings.AMBERWATCH_WEBHOOK_URL;
  const secret = settings.AMBERWATCH_WEBHOOK_SECRET;
  if (webhook) notifiers.push(new WebhookNotifier({ url: webhook, secret, allowPrivate }));
  return notifiers;
}
