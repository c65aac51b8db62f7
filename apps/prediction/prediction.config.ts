import {
  commonSettings,
  metricsPort,
  metricsSettings,
  tlsGroup,
  tlsSettings,
  trustGroup,
  trustSettings,
} from '#runtime';
import { z } from 'zod';

export const DEFAULT_PORT = 8001;

const variables = z.object({
  AMBERWATCH_SERVER_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .prefault('http://127.0.0.1:8000')
    .describe('Address of the server'),
  AMBERWATCH_TOKEN: z.string().optional().meta({ secret: true, description: 'Token of the server' }),
  AMBERWATCH_DATA: z.string().prefault('./data').describe('Folder of the snapshot that a restart goes on from'),
  AMBERWATCH_MAX_SERIES: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .prefault('1000000')
    .describe(
      'Most series that are predicted, about 1.4 kB of memory each; beyond, new ones are not, and those unseen longest make room',
    ),
  AMBERWATCH_FALSE_A_WEEK: z.coerce
    .number()
    .min(0.01)
    .max(1000)
    .optional()
    .describe(
      'False AMBERs a week that people will stand, a host; how strict warnings are follows from it. Left out: as trained',
    ),
  AMBERWATCH_PREDICTION_PORT: metricsPort(DEFAULT_PORT),
  ...metricsSettings,
  ...trustSettings,
  ...tlsSettings,
  ...commonSettings,
});

/** Every variable that the prediction reads. */
export const predictionSettings = variables.meta({ groups: [trustGroup, tlsGroup] });
export type PredictionSettings = z.infer<typeof predictionSettings>;
export const SETTINGS = Symbol('PredictionSettings');
