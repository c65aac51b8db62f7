import { z } from 'zod';
import { type ServerTrust, TrustError, trustOf } from '#client/server-trust';
import { loadSettings, readEnvironment, SettingsError } from '#runtime/settings';
import { trustGroup, trustSettings } from '#runtime/trust-settings';
import { UsageError } from './command.js';

const whole = (max: number) =>
  z
    .string()
    .regex(/^\d{1,9}(\.\d+)?$/, { error: `must be a number from 0 to ${max}` })
    .transform(Number)
    .refine((value) => value <= max, { error: `must be a number from 0 to ${max}` });

const headers = z.string().transform((text, context) => {
  try {
    return z
      .record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/), z.string().regex(/^[^\r\n\0]*$/))
      .parse(JSON.parse(text));
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a JSON object of header names and texts' });
    return z.NEVER;
  }
});

const variables = z.object({
  AMBERWATCH_SERVER_URL: z
    .url({ protocol: /^https?$/, error: 'must be a URL such as http://127.0.0.1:8000' })
    .prefault('http://127.0.0.1:8000')
    .describe('URL of the server'),
  AMBERWATCH_TOKEN: z.string().optional().describe('Token that the server asks for').meta({ secret: true }),
  ...trustSettings,
  DATA_JSON_PATH: z
    .string()
    .optional()
    .describe(
      'File in which the command line keeps what it read of the fleet; in the cache folder of the user by default',
    ),
  FREQ: whole(525_600).prefault('1').describe('Minutes for which that file is young enough; 0 turns it off'),
  HEALTH_COUNT: whole(1_000_000).prefault('2').describe('A service with fewer healthy servers is unhealthy'),
  CPU_LIMIT: whole(1_000_000).prefault('80').describe('%, a server above it is unhealthy'),
  MEMORY_LIMIT: whole(1_000_000).prefault('80').describe('%, a server above it is unhealthy'),
  GET_REQ_HEADER: headers
    .optional()
    .describe('JSON object of headers for every GET of the command line')
    .meta({ secret: true }),
  NO_COLOR: z.string().optional().describe('Any value: no colours'),
});

/** Every variable that the command line reads. */
export const cliSettings = variables.meta({ groups: [trustGroup] });
export type CliSettings = z.infer<typeof cliSettings>;

/** @throws UsageError with every problem of the environment */
export function readSettings(environment: Record<string, string | undefined>): CliSettings {
  try {
    return loadSettings(cliSettings, { ...readEnvironment(), ...environment });
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.problems.join('\n'));
    throw error;
  }
}

/**
 * Whom the settings say to trust.
 *
 * @throws UsageError where the files that they name are not right
 */
export function serverTrust(settings: CliSettings): ServerTrust | undefined {
  try {
    return trustOf(settings);
  } catch (error) {
    throw error instanceof TrustError ? new UsageError(error.message, { cause: error }) : error;
  }
}

/**
 * The server that a command line means: `--url`, else `--port` on this machine, else the setting.
 *
 * @throws UsageError where it is no http URL
 */
export function serverUrl(options: Record<string, unknown>, settings: CliSettings): URL {
  const { url, port } = options as { url?: string; port?: number };
  if (url !== undefined && port !== undefined)
    throw new UsageError('--url and --port are two ways to say the same; give one.');
  if (port !== undefined) return new URL(`http://127.0.0.1:${port}`);
  return readUrl('--url', url ?? settings.AMBERWATCH_SERVER_URL);
}

/** @throws UsageError where the text is no http URL */
export function readUrl(what: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw new UsageError(`${what} must be a URL such as http://127.0.0.1:8000, not "${text}".`);
}
