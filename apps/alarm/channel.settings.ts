import { z } from 'zod';
import type { SettingGroup } from '#runtime';
import { ntfyTopic } from './notifiers/presets/ntfy.js';

const secretUrl = (protocol: RegExp, example: string) =>
  z
    .url({ protocol, error: `must be a URL such as ${example}` })
    .optional()
    .meta({ secret: true });

const addresses = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .refine((all) => all.every((one) => /^[^\s@,<>]+@[^\s@,<>]+$/.test(one)), {
    error: 'must be mail addresses, separated by commas',
  });

const webAddress = z.url({ protocol: /^https?$/, error: 'must be a URL such as https://example.com' });

const secret = z.string().optional().meta({ secret: true });

/** Where notifications go. */
export const channelSettings = {
  AMBERWATCH_SLACK_URL: secretUrl(/^https?$/, 'https://hooks.slack.com/services/…').describe(
    'Incoming webhook of Slack: notifications go there',
  ),
  AMBERWATCH_SLACK_TOKEN: z
    .string()
    .regex(/^xox[a-z]-\S+$/, { error: 'must be a token of Slack such as xoxb-…' })
    .optional()
    .describe(
      'Bot token of Slack with chat:write, in place of the webhook: one message an alert, which is kept up to date',
    )
    .meta({ secret: true }),
  AMBERWATCH_SLACK_CHANNEL: z
    .string()
    .optional()
    .describe('Channel of the bot, such as C1234567890; required with AMBERWATCH_SLACK_TOKEN'),
  AMBERWATCH_SLACK_API: webAddress
    .prefault('https://slack.com/api')
    .describe("Root of Slack's Web API, for the bot; another one for GovSlack"),
  AMBERWATCH_SMTP_URL: secretUrl(/^smtps?$/, 'smtp://user:password@mail.example.com:587').describe(
    'Mail server: notifications go by mail; smtp:// with STARTTLS, smtps:// with TLS from the start',
  ),
  AMBERWATCH_SMTP_TLS: z
    .enum(['required', 'optional'])
    .prefault('required')
    .describe('required: no mail without TLS; optional: as the mail server offers'),
  AMBERWATCH_MAIL_FROM: addresses
    .refine((all) => all.length === 1, { error: 'must be one mail address' })
    .optional()
    .describe('Sender of the mails; required with AMBERWATCH_SMTP_URL'),
  AMBERWATCH_MAIL_TO: addresses.optional().describe('Receivers of the mails; required with AMBERWATCH_SMTP_URL'),
  AMBERWATCH_WEBHOOK_URL: secretUrl(/^https?$/, 'https://example.com/alerts').describe(
    'Any receiver of JSON: notifications go there',
  ),
  AMBERWATCH_WEBHOOK_SECRET: z
    .string()
    .min(16, { error: 'must have at least 16 characters' })
    .optional()
    .describe('Key with which that JSON is signed (HMAC-SHA256)')
    .meta({ secret: true }),
  AMBERWATCH_ALERTMANAGER_URL: secretUrl(/^https?$/, 'http://127.0.0.1:9093').describe(
    "Alertmanager: alerts go to its API v2, as Prometheus' do",
  ),
  AMBERWATCH_NTFY_URL: secretUrl(/^https?$/, 'https://ntfy.sh/a-topic-that-nobody-guesses')
    .refine((url) => url === undefined || ntfyTopic(url) !== undefined, {
      error: 'must end with a topic: letters, digits, - and _, at most 64',
    })
    .describe('Topic of ntfy: notifications go there'),
  AMBERWATCH_NTFY_TOKEN: secret.describe('Access token of ntfy, where the topic is protected'),
  AMBERWATCH_TELEGRAM_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]+$/, { error: 'must be a token of a Telegram bot such as 123456:ABC…' })
    .optional()
    .describe('Token of a Telegram bot: notifications go by it')
    .meta({ secret: true }),
  AMBERWATCH_TELEGRAM_CHAT: z
    .string()
    .regex(/^(-?\d+|@\w+)$/, { error: 'must be the id of a chat such as -1001234567890, or a channel such as @ops' })
    .optional()
    .describe('Chat that the bot writes to; required with AMBERWATCH_TELEGRAM_TOKEN'),
  AMBERWATCH_TELEGRAM_URL: webAddress.prefault('https://api.telegram.org').describe("Server of Telegram's Bot API"),
  AMBERWATCH_PAGERDUTY_KEY: secret.describe('Integration key of PagerDuty (Events API v2): alerts page there'),
  AMBERWATCH_PAGERDUTY_URL: webAddress
    .prefault('https://events.pagerduty.com')
    .describe('Events API of PagerDuty; https://events.eu.pagerduty.com in the EU'),
  AMBERWATCH_OPSGENIE_KEY: secret.describe('API key of Opsgenie or what speaks its alert API: alerts page there'),
  AMBERWATCH_OPSGENIE_URL: webAddress
    .prefault('https://api.opsgenie.com')
    .describe('Alert API of Opsgenie; https://api.eu.opsgenie.com in the EU'),
  AMBERWATCH_CHANNELS: z
    .string()
    .optional()
    .describe('YAML file of more channels over HTTP, each with a template; see docs/alerting.md'),
  AMBERWATCH_NOTIFY_PRIVATE: z
    .enum(['refuse', 'allow'])
    .prefault('refuse')
    .describe('Whether a channel over HTTP may have an address of the own network or this machine'),
};

/** Which of these do something only together. */
export const channelGroups: SettingGroup[] = [
  { what: 'Mail', needed: ['AMBERWATCH_SMTP_URL', 'AMBERWATCH_MAIL_FROM', 'AMBERWATCH_MAIL_TO'] },
  { what: 'The bot of Slack', needed: ['AMBERWATCH_SLACK_TOKEN', 'AMBERWATCH_SLACK_CHANNEL'] },
  { what: 'The bot of Telegram', needed: ['AMBERWATCH_TELEGRAM_TOKEN', 'AMBERWATCH_TELEGRAM_CHAT'] },
  { what: 'The webhook', needed: ['AMBERWATCH_WEBHOOK_URL'], optional: ['AMBERWATCH_WEBHOOK_SECRET'] },
  { what: 'Ntfy', needed: ['AMBERWATCH_NTFY_URL'], optional: ['AMBERWATCH_NTFY_TOKEN'] },
];
