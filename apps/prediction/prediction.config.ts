import { commonSettings } from '#runtime';
import { z } from 'zod';

export const predictionSettings = z.object({
  AMBERWATCH_SERVER_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .prefault('http://127.0.0.1:8000')
    .describe('Address of the server'),
  AMBERWATCH_TOKEN: z.string().optional().meta({ secret: true, description: 'Token of the server' }),
  AMBERWATCH_DATA: z.string().prefault('./data').describe('Folder of the snapshot that a restart goes on from'),
  ...commonSettings,
});
export type PredictionSettings = z.infer<typeof predictionSettings>;
export const SETTINGS = Symbol('PredictionSettings');
