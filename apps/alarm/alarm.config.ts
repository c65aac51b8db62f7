import { z } from 'zod';
import { commonSettings } from '#runtime';

export const alarmSettings = z.object({
  AMBERWATCH_SERVER_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as http://127.0.0.1:8000' })
    .prefault('http://127.0.0.1:8000')
    .describe('Address of the server'),
  AMBERWATCH_TOKEN: z.string().optional().describe('Token for the server, where it has one').meta({ secret: true }),
  ...commonSettings,
});
export type AlarmSettings = z.infer<typeof alarmSettings>;
