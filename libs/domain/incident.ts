import { z } from 'zod';
import { color } from './metric.js';
import { hostName, processName } from './text.js';
import { unitName } from './unit.js';
import { fromNotAfterTo, isoTime } from './time.js';

/** What an incident is about: a metric of a process, of a unit or of the host itself, or that a host is silent. */
export const incidentMetric = z.enum(['cpu', 'mem', 'disk', 'inodes', 'swap', 'data']);
export type IncidentMetric = z.infer<typeof incidentMetric>;

/** Why an incident is in its colour; each decision names one. */
export const incidentReason = z.enum([
  'above-limit',
  'sum-above-limit',
  'oom-killed',
  'breach-predicted',
  'below-clear-level',
  'forecast-cleared',
  'ended',
  'no-data',
  'data-again',
  'paused',
  'forgotten',
]);
export type IncidentReason = z.infer<typeof incidentReason>;

const predictedBreach = z.strictObject({
  at: isoTime,
  from: isoTime,
  to: isoTime,
  probability: z.number().min(0).max(1),
  reason: z.string().max(200),
});

/** How a prediction turned out. */
export const predictionOutcome = z
  .enum(['hit', 'early', 'false'])
  .describe(
    'hit: the limit was broken while the warning stood, no later than predicted; early: it was broken, but after the ' +
      'predicted interval or after the warning had been withdrawn; false: it was not broken',
  );
export type PredictionOutcome = z.infer<typeof predictionOutcome>;

const milliseconds = z.number().min(0).describe('Milliseconds');

/** One step in the life of an incident. */
export const incidentChange = z
  .strictObject({
    time: isoTime,
    color,
    value: z.number().nullable(),
    limit: z.number().nullable(),
    reason: incidentReason,
    breach: predictedBreach.optional(),
    outcome: predictionOutcome.optional().describe('AMBER only: how the prediction turned out, once that is known'),
    leadMs: milliseconds.optional().describe('Time from the warning to the breach, on both of their changes'),
  })
  .meta({ id: 'IncidentChange' });
export type IncidentChange = z.infer<typeof incidentChange>;

/** A program that has a share in what its host is alerted for. */
export const culprit = z.strictObject({
  process: processName,
  count: z.int().min(1).describe('Processes of that name'),
  share: z.number().min(0).describe("What all of them use, % of the host's cores or memory"),
});
export type Culprit = z.infer<typeof culprit>;

/** What of an open incident changes without a change of its colour. */
const incidentValueFields = {
  current: z.number().nullable().optional().describe('Open only: value at the newest tick, %'),
  currentTime: isoTime.optional().describe('Tick of `current`'),
  peak: z.number().nullable().optional().describe('Largest value since it was opened, %'),
  belowSince: isoTime.optional().describe('RED only: since when it is back below its clear level, without a break'),
};

/** An alert from its first warning to its end: AMBER may turn RED and clear again, and it stays one incident. */
export const incident = z
  .strictObject({
    id: z.string().regex(/^[\w-]{8,64}$/),
    host: hostName,
    process: processName.nullable().describe('null: a unit, or the host itself'),
    unit: unitName.optional().describe('Of an alert on a unit; its values are % of its own limit'),
    metric: incidentMetric,
    device: z.string().max(1024).optional().describe('Mount point, of disk and inodes'),
    color: color.describe('GREEN: closed'),
    value: z.number().nullable().describe('Value at the newest change, %'),
    limit: z.number().nullable(),
    ...incidentValueFields,
    opened: isoTime,
    since: isoTime.describe('Since when it has its colour'),
    closed: isoTime.nullable(),
    reason: incidentReason,
    breach: predictedBreach.optional().describe('AMBER only: the predicted breach'),
    rule: z.string().max(100).optional().describe('Name of the rule that it is judged by'),
    runbook: z
      .url({ protocol: /^https?$/, error: 'must be a web address, http:// or https://' })
      .max(2000)
      .optional()
      .describe('What to do, as its rule says'),
    flapping: z.literal(true).optional().describe('It changed so often that it is quiet until it has been calm'),
    count: z.int().min(1).optional().describe('Processes of that name when it turned RED'),
    largest: z.number().min(0).optional().describe('Largest single process when it turned RED, %'),
    limitBytes: z.int().min(0).optional().describe('Of an alert on a unit: its own memory limit, bytes'),
    victim: processName
      .optional()
      .describe('Of a unit: the process that the kernel killed for memory; before that, the one it would take'),
    grower: processName.optional().describe('Of a unit: the program that grew the most'),
    growth: z
      .strictObject({ bytesPerMinute: z.int().min(0), since: isoTime })
      .optional()
      .describe('How fast its resident memory grew, since when'),
    culprits: z
      .array(culprit)
      .max(3)
      .optional()
      .describe('Of an alert on the host itself: the programs that used most of it when it turned RED'),
    history: z.array(incidentChange).max(1000).describe('Every change of colour, oldest first'),
  })
  .meta({ id: 'Incident' });
export type Incident = z.infer<typeof incident>;

export const incidentUpdate = z
  .strictObject({
    incidents: z
      .array(incident)
      .min(1)
      .max(10_000)
      .describe('Whole records; a newer one replaces an older one of its id'),
  })
  .meta({ id: 'IncidentUpdate' });
export type IncidentUpdate = z.infer<typeof incidentUpdate>;

/** The newest values of open incidents; the server keeps them in memory only, between two records. */
export const incidentValues = z
  .strictObject({
    values: z
      .array(z.strictObject({ id: incident.shape.id, ...incidentValueFields }))
      .min(1)
      .max(10_000),
  })
  .meta({ id: 'IncidentValues' });
export type IncidentValues = z.infer<typeof incidentValues>;

const quietness = z.strictObject({ id: z.string(), by: z.string(), why: z.string(), until: isoTime });

/** An incident as it is shown: with who keeps it quiet. */
export const alert = incident
  .extend({
    acknowledged: quietness.optional().describe('Somebody is on it'),
    silenced: quietness.optional().describe('The silence or maintenance window that holds now and matches it'),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof alert>;

export const alertsQuery = z
  .strictObject({
    state: z.enum(['open', 'closed', 'all']).default('open'),
    host: hostName.optional(),
    process: processName.optional(),
    color: color.optional(),
    from: isoTime.optional().describe('Opened at or after'),
    to: isoTime.optional().describe('Opened before'),
    at: isoTime.optional().describe('Open at that moment; with `state=all` also those that are closed by now'),
    limit: z.coerce.number().int().min(1).max(10_000).default(1000).describe('Entries a page'),
    cursor: z.string().max(2000).optional().describe('`next` of the page before'),
  })
  .superRefine(fromNotAfterTo);

export const alertPage = z
  .strictObject({ alerts: z.array(alert), next: z.string().optional().describe('Cursor of the next page') })
  .meta({ id: 'AlertPage' });
export type AlertPage = z.infer<typeof alertPage>;

export const alarmState = z
  .strictObject({
    color: color.describe('The worst colour of all open alerts; AMBER at least while the alarm may not see all'),
    alerts: z.array(
      z.strictObject({
        id: z.string(),
        host: hostName,
        process: processName.nullable(),
        unit: unitName.optional(),
        metric: incidentMetric,
        device: z.string().optional(),
        color,
        value: z.number().nullable(),
        limit: z.number().nullable(),
        current: incidentValueFields.current,
        peak: incidentValueFields.peak,
        belowSince: incidentValueFields.belowSince,
        flapping: z.literal(true).optional(),
        acknowledged: quietness.optional(),
        silenced: quietness.optional(),
        since: isoTime,
        reason: incidentReason,
        breachAt: isoTime.optional(),
        breachFrom: isoTime.optional(),
        breachTo: isoTime.optional(),
        probability: z.number().optional(),
      }),
    ),
    blind: z.array(z.string()).describe('Why the alarm may not see all; empty when it does'),
  })
  .meta({ id: 'AlarmState' });
export type AlarmState = z.infer<typeof alarmState>;
