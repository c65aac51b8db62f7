import { z } from 'zod';
import { matchesGlob } from './glob.js';
import { hostName, nameSchema, wellFormedText } from './text.js';
import { isoTime } from './time.js';

/** Id under which the token of the server's own environment is listed; it can't be revoked. */
export const ENVIRONMENT_TOKEN = 'environment';
/** So long the secret before a renewal goes on, for a fleet to change over. */
export const RENEWAL_GRACE_MS = 10 * 60_000;
const MAX_HOST_GLOBS = 50;

export const tokenKind = z
  .enum(['admin', 'read', 'write', 'enrolment'])
  .describe(
    'admin may do everything; read reads everything but tokens; write brings the samples and reports of its hosts; ' +
      'enrolment is changed by each of its hosts for a write token of its own',
  );
export type TokenKind = z.infer<typeof tokenKind>;

const hosts = z
  .array(nameSchema().describe('Name of a host, or a glob such as `web-*`'))
  .min(1)
  .max(MAX_HOST_GLOBS)
  .describe('Hosts of a write or enrolment token');
const label = wellFormedText(200).min(1).describe('What it is for, for people');

const tokenFields = {
  id: z.string(),
  kind: tokenKind,
  hosts: hosts.optional(),
  name: label.optional(),
  createdAt: isoTime.nullable().describe("null for the one of the server's environment"),
  expiresAt: isoTime.nullable(),
  lastUsedAt: isoTime.nullable().describe('Kept to the minute over a restart'),
  lastUsedFrom: z.string().nullable().describe('Address of who used it last'),
  enrolledBy: z.string().optional().describe('Id of the enrolment token that it was given for'),
  oldSecretUntil: isoTime.optional().describe('Until when the secret before its renewal goes on'),
};

/** What is known of a token, which is never its text. */
export const token = z.strictObject(tokenFields).meta({ id: 'Token' });
export type Token = z.infer<typeof token>;

/** The only answer that holds the text. */
export const madeToken = z
  .strictObject({ ...tokenFields, token: z.string().describe('Shown this once; only its hash is kept') })
  .meta({ id: 'MadeToken' });
export type MadeToken = z.infer<typeof madeToken>;

export const newToken = z
  .strictObject({
    kind: tokenKind,
    hosts: hosts.optional(),
    name: label.optional(),
    expiresAt: isoTime.optional().describe('Never by default; an enrolment token needs it'),
  })
  .superRefine(({ kind, hosts: given, expiresAt }, context) => {
    const isBound = kind === 'write' || kind === 'enrolment';
    const say = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (isBound && !given) say('hosts', `must be there: a ${kind} token is for hosts, such as ["web-*"]`);
    if (!isBound && given) say('hosts', `belongs to no ${kind} token, which is for all hosts`);
    if (kind === 'enrolment' && expiresAt === undefined) say('expiresAt', 'must be there for an enrolment token');
  })
  .meta({ id: 'NewToken' });
export type NewToken = z.infer<typeof newToken>;

export const tokensQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(10_000).default(1000).describe('Entries a page'),
  cursor: z.string().max(2000).optional().describe('`next` of the page before'),
});

export const tokenPage = z
  .strictObject({ tokens: z.array(token), next: z.string().optional().describe('Cursor of the next page') })
  .meta({ id: 'TokenPage' });
export type TokenPage = z.infer<typeof tokenPage>;

export const enrolment = z.strictObject({ host: hostName }).meta({ id: 'Enrolment' });
export type Enrolment = z.infer<typeof enrolment>;

/** Whether one of the globs takes the host. */
export function fitsHosts(globs: readonly string[], host: string): boolean {
  return globs.some((glob) => matchesGlob(glob, host));
}
