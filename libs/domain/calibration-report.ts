import { z } from 'zod';
import { hostName } from './text.js';
import { isoTime } from './time.js';

const share = z.number().min(0).max(1);

/** Claims of one band of probability. */
export const reliabilityBand = z
  .strictObject({
    from: share,
    to: share,
    claims: z.int(),
    claimed: share.describe('Mean of the claimed probabilities'),
    cameTrue: share.describe('Share of the claims that came true'),
    low: share.describe('Lower end of the 95 % interval (Wilson)'),
    high: share.describe('Upper end of the 95 % interval (Wilson)'),
  })
  .meta({ id: 'ReliabilityBand' });
export type ReliabilityBand = z.infer<typeof reliabilityBand>;

const counted = {
  claims: z.int().describe('Claims that have ended'),
  bands: z.array(reliabilityBand).max(100),
  brierBefore: z.number().describe('Mean squared error of the claims without recalibration'),
  brierAfter: z.number().describe('Mean squared error of the claims with it'),
};

const count = z.int().min(0);

/** How many false warnings are asked for, how many came, and what that costs of the true ones. */
export const falseAlarms = z
  .strictObject({
    aWeek: z.number().nullable().describe('False claims a week and host that are asked for; null: none, as trained'),
    from: isoTime.describe('Claims that ended since then are counted, at most those of the last four weeks'),
    hosts: count.describe('Hosts that were watched'),
    hostWeeks: z.number().min(0).describe('Weeks for which they were watched, summed'),
    falses: count.describe('Claims that came to nothing'),
    hits: count.describe('Claims that came true'),
    cameAWeek: z.number().nullable().describe('falses ÷ hostWeeks; null while they are watched for less than a day'),
    withheldFalses: count.describe('Claims that the budget did not let be made and that would have come to nothing'),
    withheldHits: count.describe('The same of those that would have come true'),
    costs: z
      .array(
        z.strictObject({
          aWeek: z.number(),
          falses: count.describe('False claims that it would have let be made'),
          kept: count.describe('Breaches on record that would still have been warned of'),
          of: count.describe('Breaches on record that were warned of, or would have been without a budget'),
        }),
      )
      .max(20)
      .describe('What other rates would have cost on the record'),
    worst: z
      .array(
        z.strictObject({
          host: hostName,
          falses: count,
          hits: count,
          weeks: z.number().min(0),
          offset: z.number().describe('Log-odds that a claim needs there beyond what was trained'),
        }),
      )
      .max(20)
      .describe('Hosts with most false claims'),
  })
  .meta({ id: 'FalseAlarms' });
export type FalseAlarms = z.infer<typeof falseAlarms>;

/** How honest the claimed probabilities are: of all AMBERs said at 60 %, about 60 % should come true. */
export const calibrationReport = z
  .strictObject({
    time: isoTime.describe('When the claims of this installation were last counted'),
    ...counted,
    branches: z
      .array(
        z.strictObject({
          branch: z.enum(['coarse', 'fine']).describe('coarse: of five-minute means; fine: of samples as they come'),
          scale: z.string().max(40).describe('Steps and horizon of the claims, in words'),
          ...counted,
        }),
      )
      .max(20)
      .default([])
      .describe('The same for each branch of the predictor and each scale'),
    falseAlarms: falseAlarms.optional(),
  })
  .meta({ id: 'CalibrationReport' });
export type CalibrationReport = z.infer<typeof calibrationReport>;
