import { duration } from '#domain';
import {
  allowedHostsSetting,
  commonSettings,
  type Environment,
  isLoopback,
  tlsGroup,
  tlsProblems,
  tlsSettings,
} from '#runtime';
import { z } from 'zod';

const port = z
  .string()
  .regex(/^\d{1,5}$/, { error: 'must be a port from 0 to 65535' })
  .transform(Number)
  .refine((value) => value <= 65_535, { error: 'must be a port from 0 to 65535' });

const count = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, { error: 'must be a whole number from 1 to 999999999' })
  .transform(Number);

const variables = z.object({
  AMBERWATCH_HOST: z
    .string()
    .prefault('127.0.0.1')
    .describe('Address to listen on; any but a loopback one needs AMBERWATCH_TOKEN'),
  AMBERWATCH_PORT: port.prefault('8000').describe('Port to listen on; 0 takes any free one'),
  AMBERWATCH_DATA: z.string().prefault('./data').describe("Folder of the DuckDB files and the server's own state"),
  AMBERWATCH_TOKEN: z.string().min(16, { error: 'must have at least 16 characters' }).optional().meta({
    secret: true,
    description: 'Token of the admin, as `Authorization: Bearer <token>`; with it others can be made (docs/tokens.md)',
  }),
  AMBERWATCH_READS: z
    .enum(['token', 'open'])
    .prefault('token')
    .describe('Where a token is set: `token` asks for it on reads too, `open` does not'),
  ...allowedHostsSetting,
  AMBERWATCH_WINDOW: duration(1000, 48 * 3_600_000)
    .prefault('5m')
    .describe('Window of the means where a request names none'),
  AMBERWATCH_RETENTION: duration(60_000, 400 * 86_400_000)
    .prefault('48h')
    .describe('How long raw samples are kept'),
  AMBERWATCH_REPAIR: z
    .enum(['off', 'start'])
    .prefault('off')
    .describe(
      'Where a DuckDB file does not open because its write-ahead log is damaged: `start` moves the log aside at the ' +
        'start and says what is lost, `off` does not start (then `amberwatch repair` does it once)',
    ),
  AMBERWATCH_FORGET: duration(60_000, 400 * 86_400_000)
    .prefault('7d')
    .describe('A host that is silent for so long is forgotten: its alerts end, its history stays'),
  AMBERWATCH_MAX_HOSTS: count.prefault('10000').describe('Most hosts; samples of others are refused'),
  AMBERWATCH_MAX_PROGRAMS_PER_HOST: count
    .prefault('20000')
    .describe(
      'Most programs of one host; the others are added up as one, `other`. As many units; the others are left out',
    ),
  AMBERWATCH_MAX_PROGRAMS: count.prefault('400000').describe('Most programs of all hosts together, likewise'),
  AMBERWATCH_SERVICE_RULES: z
    .string()
    .optional()
    .describe('JSON file [{"host": "web-*", "service": "shop"}]: service of hosts whose collector names none'),
  INFLUX_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http or https address' })
    .optional()
    .describe(
      'InfluxDB 2.x to store in, such as http://127.0.0.1:8086 or https://proxy/influx; DuckDB where it is not set',
    ),
  INFLUX_TOKEN: z.string().optional().meta({
    secret: true,
    description:
      'Token for InfluxDB, all-access, for the first start: it makes the bucket and a token for that alone, which is kept in AMBERWATCH_DATA',
  }),
  INFLUX_ORG: z.string().prefault('amberwatch').describe('Organisation in InfluxDB'),
  INFLUX_BUCKET: z.string().prefault('amberwatch').describe('Bucket in InfluxDB, made where it is missing'),
  ...tlsSettings,
  ...commonSettings,
});

/** Every variable that the server reads. */
export const serverSettings = variables.meta({ groups: [tlsGroup] });
export type ServerSettings = z.infer<typeof serverSettings>;

/** Injection token of the settings, which are parsed once at start. */
export const SETTINGS = Symbol('ServerSettings');

/** What single settings can't tell of themselves. */
export function serverProblems(environment: Environment): string[] {
  const { AMBERWATCH_HOST: host, AMBERWATCH_TOKEN: token, AMBERWATCH_TOKEN_FILE: file } = environment;
  const problems = tlsProblems(environment);
  if (!host || isLoopback(host) || token || file) return problems;
  return [
    ...problems,
    `AMBERWATCH_HOST: the server does not listen on ${host} without a token, because anybody there could write to it. ` +
      'Set AMBERWATCH_TOKEN (or AMBERWATCH_TOKEN_FILE) to a secret of 16 characters or more, or AMBERWATCH_HOST to 127.0.0.1',
  ];
}
