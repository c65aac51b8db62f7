import { z } from 'zod';
import { confidence } from './confidence.js';
import { hostName } from './text.js';
import { fromNotAfterTo, isoTime } from './time.js';

const score = {
  hits: z.int().describe('Warnings whose breach came no later than predicted'),
  early: z.int().describe('Warnings whose breach came later than predicted, or after they had been withdrawn'),
  false: z.int().describe('Warnings whose breach did not come'),
  missed: z.int().describe('Breaches that no warning preceded'),
  precision: z.number().nullable().describe('hits ÷ (hits + early + false); null where there are none'),
  recall: z.number().nullable().describe('Breaches that a warning preceded ÷ all breaches'),
  medianLeadMs: z.number().nullable().describe('Median time from warning to breach, milliseconds'),
  confidence: z
    .strictObject({ precision: confidence, recall: confidence, leadMs: confidence })
    .describe('How many cases each figure rests on, and its 95 % interval'),
};

export const scoresQuery = z
  .strictObject({
    host: hostName.optional(),
    from: isoTime.optional().describe('Incidents opened at or after; 30 days before `to` by default'),
    to: isoTime.optional().describe('Incidents opened before'),
  })
  .superRefine(fromNotAfterTo);
export type ScoresQuery = z.infer<typeof scoresQuery>;

/** How good the predictions were: together, by rule, by what the alerts are about, and by host. */
export const scoreBoard = z
  .strictObject({
    from: isoTime,
    incidents: z.int().describe('Incidents that were counted'),
    total: z.strictObject(score),
    rules: z.array(z.strictObject({ rule: z.string(), ...score })),
    kinds: z
      .array(z.strictObject({ kind: z.enum(['process', 'unit', 'host']), ...score }))
      .describe('Alerts on programs, on units, and on hosts themselves'),
    hosts: z
      .array(z.strictObject({ host: hostName, ...score }))
      .max(1000)
      .describe('Those with most warnings first'),
  })
  .meta({ id: 'ScoreBoard' });
export type ScoreBoard = z.infer<typeof scoreBoard>;
