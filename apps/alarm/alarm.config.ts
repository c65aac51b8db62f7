import { z } from 'zod';
import { duration } from '#domain';
import {
  commonSettings,
  metricsPort,
  metricsSettings,
  tlsGroup,
  tlsSettings,
  trustGroup,
  trustSettings,
} from '#runtime';
import { channelGroups, channelSettings } from './channel.settings.js';

export const DEFAULT_PORT = 8002;

const variables = z.object({
  AMBERWATCH_SERVER_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as http://127.0.0.1:8000' })
    .prefault('http://127.0.0.1:8000')
    .describe('URL of the server'),
  AMBERWATCH_TOKEN: z.string().optional().describe('Token that the server asks for').meta({ secret: true }),
  AMBERWATCH_DATA: z
    .string()
    .prefault('./data')
    .describe('Folder of the outbox of notifications, and of up to when samples were judged'),
  AMBERWATCH_RULES: z.string().optional().describe('YAML file of rules; see docs/alerting.md. SIGHUP reads it again'),
  ...channelSettings,
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
  ...trustSettings,
  ...tlsSettings,
  ...commonSettings,
});

/** Every variable that the alarm reads. */
export const alarmSettings = variables.meta({ groups: [...channelGroups, trustGroup, tlsGroup] });
export type AlarmSettings = z.infer<typeof alarmSettings>;
