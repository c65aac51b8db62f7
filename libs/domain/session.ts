import { z } from 'zod';
import { isoTime } from './time.js';

/** What a page sends to be let in; the answer sets a cookie that no script can read. */
export const sessionRequest = z.strictObject({ token: z.string().min(1).max(4096) }).meta({ id: 'SessionRequest' });

export const sessionState = z
  .strictObject({
    needed: z.enum(['none', 'writes', 'all']).describe('What needs a token here'),
    signedIn: z.boolean().describe('Whether the request carried a token or a cookie that holds'),
    rights: z.enum(['admin', 'read']).optional().describe('What the cookie allows: everything, or to read'),
    until: isoTime.optional().describe('How long the cookie holds'),
    csrf: z.string().optional().describe('What each change by this cookie has to send as the header `X-CSRF-Token`'),
    version: z.string().describe('Of the server'),
  })
  .meta({ id: 'SessionState' });
export type SessionState = z.infer<typeof sessionState>;

/** What a new installation has and is still waiting for. */
export const setupStep = z
  .strictObject({
    step: z.enum(['host', 'history', 'alarm', 'prediction', 'alerts', 'channel']),
    done: z.boolean(),
    text: z.string().describe('What it is, and what will appear, for people'),
    expectedAt: isoTime.optional().describe('About when'),
  })
  .meta({ id: 'SetupStep' });
export type SetupStep = z.infer<typeof setupStep>;

export const setup = z
  .strictObject({
    steps: z.array(setupStep),
    connect: z
      .strictObject({
        command: z.string().describe('To be run on the next host; holds the token only where the asker gave it'),
        url: z.string().describe('Address at which other hosts reach this server, as far as it knows'),
        reachable: z.boolean().describe('Whether the server listens beyond this machine'),
        hint: z.string().optional().describe('What has to be done before other hosts can connect'),
      })
      .describe('How the next host is connected'),
  })
  .meta({ id: 'Setup' });
export type Setup = z.infer<typeof setup>;
