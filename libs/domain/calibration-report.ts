import { z } from 'zod';
import { isoTime } from './time.js';

const share = z.number().min(0).max(1);

/** How honest the claimed probabilities are: of all AMBERs said at 60 %, about 60 % should come true. */
export const calibrationReport = z
  .strictObject({
    time: isoTime.describe('When the claims of this installation were last counted'),
    claims: z.int().describe('Claims of the coarse branch that have ended'),
    bands: z
      .array(
        z.strictObject({
          from: share,
          to: share,
          claims: z.int(),
          claimed: share.describe('Mean of the claimed probabilities'),
          cameTrue: share.describe('Share of the claims that came true'),
          low: share.describe('Lower end of the 95 % interval (Wilson)'),
          high: share.describe('Upper end of the 95 % interval (Wilson)'),
        }),
      )
      .max(100),
    brierBefore: z.number().describe('Mean squared error of the claims without recalibration'),
    brierAfter: z.number().describe('Mean squared error of the claims with it'),
  })
  .meta({ id: 'CalibrationReport' });
export type CalibrationReport = z.infer<typeof calibrationReport>;
