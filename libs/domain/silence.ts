import { z } from 'zod';
import { incident, type Incident } from './incident.js';
import { matcher, matches } from './matcher.js';
import { color, colorRank } from './metric.js';
import { hostName } from './text.js';
import { isoTime } from './time.js';

/** Longest that a silence or maintenance window may last. */
export const MAX_SILENCE_MS = 90 * 86_400_000;

const person = z.string().trim().min(1).max(200).describe('Who says so');
const why = z.string().trim().min(1).max(1000).describe('Why, for the others');

/** Keeps alerts from being notified; they are judged, recorded and shown as ever. */
export const silence = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['silence', 'maintenance', 'acknowledgement']),
    match: matcher.describe('What is silenced; an acknowledgement is of its incident alone'),
    incident: z.string().optional().describe('Acknowledgement: of which incident'),
    color: color
      .optional()
      .describe('Acknowledgement: the worst colour that was acknowledged; a worse one is notified'),
    by: person,
    why,
    from: isoTime,
    until: isoTime,
    created: isoTime,
  })
  .meta({ id: 'Silence' });
export type Silence = z.infer<typeof silence>;

export const newSilence = z
  .strictObject({
    kind: z.enum(['silence', 'maintenance']).prefault('silence'),
    match: matcher.refine((one) => Object.keys(one).length > 0, { error: 'must name something' }),
    by: person,
    why,
    from: isoTime.optional().describe('Now by default'),
    until: isoTime,
  })
  .meta({ id: 'NewSilence' });
export type NewSilence = z.infer<typeof newSilence>;

export const acknowledgement = z
  .strictObject({
    by: person,
    why,
    until: isoTime.optional().describe('Until the incident closes by default, a week at most'),
  })
  .meta({ id: 'Acknowledgement' });
export type Acknowledgement = z.infer<typeof acknowledgement>;

export const silencesQuery = z.strictObject({
  state: z.enum(['current', 'all']).default('current').describe('current: those that hold now or later'),
});

export const silenceList = z.strictObject({ silences: z.array(silence) }).meta({ id: 'SilenceList' });
export type SilenceList = z.infer<typeof silenceList>;

export const silencePreviewQuery = z
  .strictObject({ match: newSilence.shape.match })
  .meta({ id: 'SilencePreviewQuery' });

/** What a silence would keep quiet now. */
export const silencePreview = z
  .strictObject({
    alertCount: z.int().describe('Open alerts that it matches'),
    alerts: z
      .array(
        incident.pick({ id: true, host: true, process: true, unit: true, metric: true, device: true, color: true }),
      )
      .max(100),
    hostCount: z.int().describe('Hosts on which it may match something'),
    hosts: z.array(hostName).max(100),
  })
  .meta({ id: 'SilencePreview' });
export type SilencePreview = z.infer<typeof silencePreview>;

export function holdsAt({ from, until }: Silence, nowMs: number): boolean {
  return Date.parse(from) <= nowMs && nowMs < Date.parse(until);
}

/**
 * What keeps an incident quiet: the acknowledgement, unless it has become worse since, and the first silence that matches.
 *
 * @param silences those that hold now
 */
export function quietOf(
  one: Incident,
  service: string | null,
  silences: Silence[],
): { acknowledged?: Silence; silenced?: Silence } {
  const isOf = (ack: Silence) => ack.incident === one.id && colorRank[one.color] <= colorRank[ack.color ?? 'RED'];
  return {
    acknowledged: silences.find((other) => other.incident !== undefined && isOf(other)),
    silenced: silences.find((other) => other.incident === undefined && matches(other.match, { ...one, service })),
  };
}
