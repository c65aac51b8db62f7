import { join } from 'node:path';
import type { Judged, Rules } from '#alarm';
import type { AmberwatchClient } from '#client';
import { type Log, StartError } from '#runtime';
import type { AlarmSettings } from './alarm.config.js';
import { Composer } from './messages/composer.js';
import { AlertmanagerChannel } from './notifiers/alertmanager.js';
import { Dispatcher } from './notifiers/dispatcher.js';
import { MailNotifier } from './notifiers/mail.notifier.js';
import type { Notifier } from './notifiers/notifier.js';
import { Outbox } from './notifiers/outbox.js';
import { SlackBotNotifier, SlackNotifier } from './notifiers/slack.notifier.js';
import { WebhookNotifier } from './notifiers/webhook.notifier.js';

const SLACK_API = 'https://slack.com/api';

export interface ChannelParts {
  log: Log;
  client: AmberwatchClient;
  /** The rules that hold now. */
  rules: () => Rules;
  judged: Judged;
  /** ms since the epoch. */
  now: () => number;
}

/**
 * The channels that are configured, with their outbox open.
 *
 * @throws StartError where settings are missing or the outbox can't be written
 */
export function openChannels(settings: AlarmSettings, { log, client, rules, judged, now }: ChannelParts): Dispatcher {
  const problems = missingSettings(settings);
  if (problems.length > 0) throw new StartError(problems.join('\n'));
  const services = new Map<string, string | null>();
  const serviceOf = (host: string) => services.get(host) ?? null;
  const ruleDetails = (rule: string | undefined) => rules().details(rule);
  const publicUrl = settings.AMBERWATCH_PUBLIC_URL;
  const composer = new Composer({ client, serviceOf, ruleDetails, publicUrl });
  const compose = composer.compose.bind(composer);
  const outbox = new Outbox(join(settings.AMBERWATCH_DATA, 'alarm', 'outbox.jsonl'));
  const notifiers = notifiersOf(settings, outbox, compose);
  const url = settings.AMBERWATCH_ALERTMANAGER_URL;
  const allowPrivate = settings.AMBERWATCH_NOTIFY_PRIVATE === 'allow';
  if (notifiers.length > 0) openOutbox(outbox, settings, log);
  const names = [...notifiers.map(({ name }) => name), ...(url ? ['alertmanager'] : [])];
  if (names.length > 0) log.log(`Notifications go to ${names.join(', ')}`);
  return new Dispatcher({
    notifiers,
    alertmanager: url
      ? new AlertmanagerChannel({ url, allowPrivate, link: publicUrl, serviceOf, ruleDetails }, log)
      : undefined,
    outbox,
    compose,
    services,
    log,
    judged,
    waitMs: settings.AMBERWATCH_NOTIFY_WAIT,
    repeatMs: settings.AMBERWATCH_NOTIFY_REPEAT,
    now,
  });
}

/** Settings that are of use only together. */
const together = [
  ['AMBERWATCH_SMTP_URL', 'AMBERWATCH_MAIL_FROM', 'AMBERWATCH_MAIL_TO'],
  ['AMBERWATCH_SLACK_TOKEN', 'AMBERWATCH_SLACK_CHANNEL'],
] as const;

/** Every setting that another one needs, a sentence each. */
function missingSettings(settings: AlarmSettings): string[] {
  return together.flatMap((names) => {
    const [set, missing] = [true, false].map((wanted) =>
      names.filter((name) => (settings[name] !== undefined) === wanted),
    );
    if (!set?.length || !missing?.length) return [];
    return [`${set.join(' and ')} ${set.length > 1 ? 'need' : 'needs'} ${missing.join(' and ')} too.`];
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

function notifiersOf(settings: AlarmSettings, outbox: Outbox, compose: Composer['compose']): Notifier[] {
  const allowPrivate = settings.AMBERWATCH_NOTIFY_PRIVATE === 'allow';
  const notifiers: Notifier[] = [];
  const { AMBERWATCH_SLACK_URL: slack, AMBERWATCH_SLACK_TOKEN: token, AMBERWATCH_SLACK_CHANNEL: channel } = settings;
  if (token && channel) {
    const threads = outbox.threadsOf('slack');
    notifiers.push(new SlackBotNotifier({ api: SLACK_API, token, channel, allowPrivate, threads, compose }));
  } else if (slack) notifiers.push(new SlackNotifier({ url: slack, allowPrivate }));
  const { AMBERWATCH_SMTP_URL: smtp, AMBERWATCH_MAIL_FROM: [from] = [], AMBERWATCH_MAIL_TO: to } = settings;
  if (smtp && from && to) {
    const threads = outbox.threadsOf('mail');
    notifiers.push(new MailNotifier({ smtp, from, to, tls: settings.AMBERWATCH_SMTP_TLS, threads }));
  }
  const webhook = settings.AMBERWATCH_WEBHOOK_URL;
  const secret = settings.AMBERWATCH_WEBHOOK_SECRET;
  if (webhook) notifiers.push(new WebhookNotifier({ url: webhook, secret, allowPrivate }));
  return notifiers;
}
