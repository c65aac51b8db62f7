import { z } from 'zod';
import { incident, incidentMetric, predictionOutcome } from './incident.js';
import { color } from './metric.js';
import { hostName, processName, serviceName } from './text.js';
import { isoTime } from './time.js';
import { unitName } from './unit.js';

/** A prediction of an alert's breach, and how it turned out. */
const warning = z.strictObject({
  time: isoTime.describe('When it was made'),
  at: isoTime.describe('When the limit was to be broken'),
  from: isoTime,
  to: isoTime,
  probability: z.number().min(0).max(1),
  outcome: predictionOutcome.optional(),
  leadMs: z.number().min(0).optional().describe('Milliseconds from the warning to the breach'),
});

/** One alert in a notification: its record without the history. */
export const notificationItem = z.strictObject({
  state: z.enum(['firing', 'resolved']),
  incident: incident.omit({ history: true }),
  text: z.string().describe('One line for people, such as `web-1 nginx cpu 93.1 % > 80 %`'),
  before: z
    .strictObject({ color, since: isoTime })
    .optional()
    .describe('The colour before the newest change, and since when it had that'),
  warning: warning.optional().describe('The newest prediction that the limit would be broken'),
  acknowledged: z.strictObject({ by: z.string(), why: z.string() }).optional().describe('Who is on it'),
});
export type NotificationItem = z.infer<typeof notificationItem>;

/** What one message to a channel says; a digest where many hosts have news at once. */
export const notification = z
  .strictObject({
    id: z.string(),
    kind: z
      .enum(['host', 'digest', 'test', 'acknowledged'])
      .describe('acknowledged: somebody is on it; only for channels that keep an alert open'),
    time: isoTime,
    host: hostName.nullable().describe('null: a digest of several hosts'),
    repeat: z.boolean().describe('True where nothing is new, and it is said again because it still is so'),
    counts: z
      .strictObject({ red: z.int(), amber: z.int(), resolved: z.int(), hosts: z.int() })
      .describe('Of all alerts, also of those that are not listed'),
    items: z.array(notificationItem).describe('The worst ones first'),
  })
  .meta({ id: 'Notification' });
export type Notification = z.infer<typeof notification>;

/** How a sample notification went on one channel. */
export const channelResult = z.strictObject({
  channel: z.string().max(100),
  ok: z.boolean(),
  message: z.string().max(1000),
});
export type ChannelResult = z.infer<typeof channelResult>;

/** An alert that there might be, to ask who would be told of it. */
export const routeQuestion = z
  .strictObject({
    host: hostName,
    process: processName.nullable().default(null).describe('null: an alert on a unit or on the host itself'),
    unit: unitName.optional(),
    metric: incidentMetric.default('cpu'),
    device: z.string().max(1024).optional().describe('Mount point of a disk'),
    color: z.enum(['AMBER', 'RED']).default('RED'),
    service: serviceName.optional().describe('The service of the host by default'),
    rule: z.string().min(1).max(100).optional().describe('The rule that would judge it by default'),
    at: isoTime.optional().describe('Now by default'),
  })
  .meta({ id: 'RouteQuestion' });
export type RouteQuestion = z.infer<typeof routeQuestion>;

/** Who would be told of an alert, and why. */
export const routeAnswer = z
  .strictObject({
    service: serviceName.nullable(),
    rule: z.string().max(100).nullable().describe('null: no rule judges it, so that there is no such alert'),
    to: z.array(z.string().max(100)).max(100).describe('Names of channels'),
    isDefault: z.boolean().describe('True where no route matched, so that all channels are told'),
    steps: z
      .array(
        z.strictObject({
          route: z.int().min(1).describe('Which route of the file, from 1'),
          to: z.array(z.string().max(100)).max(100),
          matched: z.boolean(),
          why: z.string().max(4000),
        }),
      )
      .max(1000)
      .describe('What each route said, up to the one that decided'),
  })
  .meta({ id: 'RouteAnswer' });
export type RouteAnswer = z.infer<typeof routeAnswer>;

export const notifyTest = z
  .strictObject({
    id: z.string(),
    requested: isoTime,
    route: routeQuestion.optional().describe('Set where it was asked who would be told; then nothing is sent'),
    routed: routeAnswer.optional(),
    results: z.array(channelResult).max(100).nullable().describe('null: the alarm has not answered yet'),
  })
  .meta({ id: 'NotifyTest' });
export type NotifyTest = z.infer<typeof notifyTest>;

export const notifyTestResults = z
  .strictObject({ results: z.array(channelResult).max(100), routed: routeAnswer.optional() })
  .meta({ id: 'NotifyTestResults' });
export type NotifyTestResults = z.infer<typeof notifyTestResults>;
export const notifyTestList = z.strictObject({ tests: z.array(notifyTest) }).meta({ id: 'NotifyTestList' });
export type NotifyTestList = z.infer<typeof notifyTestList>;
