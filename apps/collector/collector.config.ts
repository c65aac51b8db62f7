import { z } from 'zod';
import { hostName, serviceName } from '#domain/text';
import { duration } from '#domain/time';
import { commonSettings, tlsGroup, tlsSettings, trustGroup, trustSettings } from '#runtime';

export const DEFAULT_CONTROL_PORT = 5000;
const DEFAULT_INTERVAL = '10s';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, { error: 'must be a whole number' })
    .transform(Number)
    .pipe(z.number().min(min).max(max));

const unitBytes = { kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const;

/** Schema of a size between two bounds, which turns `256MB` into bytes. */
function byteSize(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,9}(kB|MB|GB)$/, { error: 'must be a size such as 500kB, 256MB or 2GB' })
    .transform((text) => Number.parseInt(text, 10) * unitBytes[text.slice(-2) as keyof typeof unitBytes])
    .pipe(z.number().min(min).max(max));
}

const variables = z.object({
  AMBERWATCH_SERVER_URL: z
    .url({ protocol: /^https?$/, error: 'must be an address such as http://127.0.0.1:8000' })
    .prefault('http://127.0.0.1:8000')
    .describe('Address of the server that takes the samples'),
  AMBERWATCH_TOKEN: z.string().min(1).optional().meta({ secret: true }).describe("The server's token for writes"),
  AMBERWATCH_ENROL_TOKEN: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe(
      'Enrolment token of the server, which the first start changes for a token of this host alone, kept in ' +
        'AMBERWATCH_DATA; of no use where AMBERWATCH_TOKEN is set',
    ),
  AMBERWATCH_INTERVAL: duration(100, 24 * 3_600_000)
    .optional()
    .describe(
      `Time between two ticks; where it is not set, ${DEFAULT_INTERVAL}, and longer by itself when that costs too much`,
    ),
  AMBERWATCH_HOSTNAME: hostName.optional().describe("Name of this host; the system's own where it is not set"),
  AMBERWATCH_SERVICE: serviceName.optional().describe('Service that this host belongs to'),
  AMBERWATCH_MANAGER_URL: z
    .url({ protocol: /^https?$/, error: 'must be an address such as http://127.0.0.1:8000' })
    .optional()
    .describe("Manager that gets the original reporter's JSON each interval, by POST to /app/post/data"),
  AMBERWATCH_METADATA: z
    .enum(['auto', 'off'])
    .prefault('auto')
    .describe('auto asks the metadata service of AWS, Google Cloud and Azure what this machine is'),
  AMBERWATCH_HOST_METRICS: z
    .enum(['on', 'off'])
    .prefault('on')
    .describe("on sends the host's own metrics (cpu, mem, disk, diskio, net, system) beside those of its programs"),
  AMBERWATCH_UNITS: z
    .enum(['on', 'off'])
    .prefault('on')
    .describe('on sends what each service, container and pod uses of its own limits, as its control group counts it'),
  AMBERWATCH_DATA: z.string().prefault('./data').describe('Folder for what waits to be sent'),
  AMBERWATCH_CONTROL_PORT: wholeNumber(0, 65_535)
    .optional()
    .describe(
      `Port for metrics and health on 127.0.0.1; ${DEFAULT_CONTROL_PORT} where it is not set, 0 takes any free one`,
    ),
  AMBERWATCH_SEND_TIMEOUT: duration(100, 600_000)
    .prefault('20s')
    .describe('A batch that is not acknowledged within this time is sent again'),
  AMBERWATCH_MAX_NAMES: wholeNumber(1, 50_000)
    .prefault('2000')
    .describe('Most program names of this host; all beyond are counted together as `other`'),
  AMBERWATCH_NAMING: z.string().optional().describe('File with naming rules, see docs/collector.md'),
  AMBERWATCH_MAX_CPU: z
    .string()
    .regex(/^\d{1,4}(\.\d{1,3})?$/, { error: 'must be a number such as 1 or 0.5' })
    .transform(Number)
    .prefault('1')
    .describe('What the collector itself may use, in % of one core, before it samples less often'),
  AMBERWATCH_MAX_MEMORY: byteSize(1024 ** 2, 1024 ** 4)
    .prefault('120MB')
    .describe('Resident memory that the collector itself may use before it samples less often'),
  AMBERWATCH_SPOOL_SIZE: byteSize(1024 ** 2, 1024 ** 4)
    .prefault('256MB')
    .describe('Most disk space for what waits to be sent; the oldest is dropped above it'),
  AMBERWATCH_SPOOL_AGE: duration(1000, 365 * 24 * 3_600_000)
    .prefault('48h')
    .describe('What waits longer than this is dropped'),
  AMBERWATCH_TRACE_TICKS: z.enum(['0', '1']).prefault('0').describe('1 prints `TICK n=<processes seen>` at every tick'),
  HOST_PROC: z.string().prefault('/proc').describe("The host's /proc, such as /host/proc in a container"),
  HOST_ROOT: z
    .string()
    .prefault('/')
    .describe("The host's file systems, such as /host in a container, for how full they are"),
  ...trustSettings,
  ...tlsSettings,
  ...commonSettings,
});

/** What the collector can be told by its environment. */
export const collectorSettings = variables.meta({ groups: [trustGroup, tlsGroup] });
export type CollectorSettings = z.infer<typeof collectorSettings>;
