import { z } from 'zod';
import { duration } from '#domain';
import { commonSettings, metricsPort, metricsSettings } from '#runtime';

export const DEFAULT_PORT = 8002;

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

/** Every variable that the alarm reads. */
export const alarmSettings = z.object({
  AMBERWATCH_SERVER_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as http://127.0.0.1:8000' })
    .prefault('http://127.0.0.1:8000')
    .describe('URL of the server'),
  AMBERWATCH_TOKEN: z.string().optional().describe('Token that the server asks for').meta({ secret: true }),
  AMBERWATCH_DATA: z.string().prefault('./data').describe('Folder of the data; the outbox of notifications is in it'),
  AMBERWATCH_RULES: z.string().optional().describe('YAML file of rules; see docs/alerting.md. SIGHUP reads it again'),
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
  AMBERWATCH_NOTIFY_PRIVATE: z
    .enum(['refuse', 'allow'])
    .prefault('refuse')
    .describe('Whether a channel over HTTP may have an address of the own network or this machine'),
  AMBERWATCH_NOTIFY_WAIT: duration(0, 3_600_000)
    .prefault('30s')
    .describe('How long news wait to go out together; RED waits for the `for` of its rule (1m) where that is longer'),
  AMBERWATCH_NOTIFY_REPEAT: duration(60_000, 30 * 86_400_000)
    .prefault('4h')
    .describe('What is still open is told again after this time'),
  AMBERWATCH_PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as https://amberwatch.example.com' })
    .optional()
    .describe('Address of the dashboard, for links in notifications'),
  AMBERWATCH_ALARM_PORT: metricsPort(DEFAULT_PORT),
  ...metricsSettings,
  ...commonSettings,
});
export type AlarmSettings = z.infer<typeof alarmSettings>;
