import { z } from 'zod';
import { controlOrder } from './control.js';
import { hostMetrics } from './host-metrics.js';
import { percentOfCore, percentOfMemory } from './metric.js';
import { hostName, processName, serviceName, wellFormedText } from './text.js';
import { isoTime } from './time.js';
import { MAX_UNITS, unitSample } from './unit.js';

/** Largest number of samples in one batch, and of entries in one `save-all`. */
export const MAX_BATCH_SAMPLES = 50_000;
/** Largest body of a request, in bytes, after decompression. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** Shortest and longest time between two ticks of a host, milliseconds. */
export const MIN_INTERVAL_MS = 100;
export const MAX_INTERVAL_MS = 86_400_000;

/** The year 2255, up to which microseconds are exact as a number. */
const MAX_UNIX_SECONDS = 9_000_000_000;

const column = <Value extends z.ZodType>(value: Value) => z.array(value.nullable()).max(MAX_BATCH_SAMPLES);

/** Where the host's CPU time of one tick went. The parts add up to the whole; the residual is what none of them knows. */
export const cpuLedger = z
  .object({
    windowMs: z.number().min(0).describe('Length of the tick, milliseconds'),
    hostMs: z.number().min(0).describe('CPU time of all cores that was not idle, milliseconds'),
    programsMs: z.number().min(0).describe('Processes that were alive at its end'),
    endedMs: z.number().min(0).describe('Processes that ended within it, as their parents were told'),
    kernelMs: z.number().min(0).describe("The kernel's own threads and interrupts"),
    residualMs: z
      .number()
      .describe('host − programs − ended − kernel; negative where the counters round the other way'),
  })
  .meta({ id: 'CpuLedger' });
export type CpuLedger = z.infer<typeof cpuLedger>;

export const hostUsage = z
  .object({
    cpu: z.number().min(0).max(100).nullable().describe("% of all cores, the host's own CPU usage"),
    mem: z.number().min(0).max(100).nullable().describe('% of physical memory that is not available'),
    swap: z.number().min(0).max(100).nullable().optional().describe('% of the swap that is used; null: there is none'),
    cores: z.int().min(1).optional().describe('logical cores; left out where they are not known'),
    memTotalBytes: z.int().min(0),
    coresLimit: z.number().min(0).optional().describe('CPU limit of the cgroup that the collector sees, in cores'),
    memLimitBytes: z.int().min(0).optional().describe('memory limit of that cgroup'),
    ledger: cpuLedger.optional(),
    disks: z
      .array(
        z.object({
          path: wellFormedText(1024).min(1),
          usedPercent: z.number().min(0).max(100),
          inodesPercent: z
            .number()
            .min(0)
            .max(100)
            .optional()
            .describe('Of the inodes, where there is a number of them'),
        }),
      )
      .max(1000)
      .optional()
      .describe('mounted file systems with the share that is used'),
  })
  .meta({ id: 'HostUsage' });
export type HostUsage = z.infer<typeof hostUsage>;

/**
 * What one host used at one tick, in columns: entry i of every column belongs to `names[i]`. A column that is left
 * out, or a null in it, means that the sample lacks that field. Keys that a newer sender knows and this schema does not
 * are left out.
 */
export const sampleBatch = z
  .object({
    id: z
      .string()
      .regex(/^[\w-]{8,64}$/)
      .describe('Chosen by the sender, once a batch; a repeated one is acknowledged and counted once'),
    host: hostName,
    service: serviceName.optional(),
    time: isoTime.describe('The tick that all samples of the batch belong to'),
    intervalMs: z
      .int()
      .min(MIN_INTERVAL_MS)
      .max(MAX_INTERVAL_MS)
      .optional()
      .describe('Milliseconds between two ticks of this host'),
    names: z.array(processName).max(MAX_BATCH_SAMPLES),
    count: z.array(z.int().min(1).max(10_000_000)).max(MAX_BATCH_SAMPLES).describe('Processes of that name'),
    cpu: column(percentOfCore).optional().describe('Sum over the processes, % of one core'),
    cpuMax: column(percentOfCore).optional().describe('Largest single process, % of one core'),
    mem: column(percentOfMemory).optional().describe("Sum over the processes, % of the host's memory"),
    memMax: column(percentOfMemory).optional().describe("Largest single process, % of the host's memory"),
    rssBytes: column(z.int().min(0)).optional().describe('Resident memory, sum over the processes, bytes'),
    started: column(z.int().min(0).max(MAX_UNIX_SECONDS))
      .optional()
      .describe('Start of its oldest process, Unix seconds'),
    units: z.array(unitSample).max(MAX_UNITS).optional().describe('Units of the host, each once'),
    unit: z
      .array(z.int().min(0).nullable())
      .max(MAX_BATCH_SAMPLES)
      .optional()
      .describe('Index in `units` of the unit that the program runs in; null: in none, or in several'),
    hostUsage: hostUsage.optional(),
    hostMetrics: hostMetrics.optional().describe("The host's own metrics under Telegraf's names"),
    backlog: z
      .int()
      .min(0)
      .max(10_000_000)
      .optional()
      .describe(
        'Batches of this host, older than this one, that its sender still holds, as after an outage; who needs the ' +
          'samples in order of time waits for them',
      ),
  })
  .superRefine((batch, context) => {
    const columns = ['count', 'cpu', 'cpuMax', 'mem', 'memMax', 'rssBytes', 'started', 'unit'] as const;
    for (const key of columns) {
      const values = batch[key];
      if (values && values.length !== batch.names.length) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `has ${values.length} entries for ${batch.names.length} names`,
        });
      }
    }
    const units = batch.units ?? [];
    const unitTwice = repeated(units.map(({ unit }) => unit));
    if (unitTwice !== undefined) {
      const message = `holds ${JSON.stringify(unitTwice.slice(0, 60))} twice`;
      context.addIssue({ code: 'custom', path: ['units'], message });
    }
    const strange = batch.unit?.find((index) => index !== null && index >= units.length);
    if (strange != null) {
      context.addIssue({ code: 'custom', path: ['unit'], message: `names unit ${strange} of ${units.length}` });
    }
    const twice = batch.names.length === new Set(batch.names).size ? undefined : repeated(batch.names);
    if (twice !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['names'],
        message: `holds ${JSON.stringify(twice.slice(0, 60))} twice`,
      });
    }
  })
  .meta({ id: 'SampleBatch' });
export type SampleBatch = z.infer<typeof sampleBatch>;

function repeated(names: string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}

/** The value columns of a batch, in the order in which stores keep them. */
export const valueColumns = ['cpu', 'cpuMax', 'mem', 'memMax', 'rssBytes'] as const;

/** One page of the feed of accepted batches. */
export const sampleFeed = z
  .strictObject({
    cursor: z.string().describe('Ask with this one next'),
    batches: z.array(sampleBatch).describe('Accepted since the cursor, in order of acceptance'),
    forecastVersion: z.int().describe('Changes whenever the forecasts do'),
  })
  .meta({ id: 'SampleFeed' });
export type SampleFeed = z.infer<typeof sampleFeed>;

export const accepted = z
  .object({
    accepted: z.int().describe('Samples that are stored now'),
    expired: z
      .int()
      .default(0)
      .describe(
        'Samples that were not stored, as they are older than the retention or refused by the database for good',
      ),
    repeated: z.boolean().describe('True where this batch id was acknowledged before'),
    serverTime: isoTime.optional().describe("The server's clock when it answered, for senders whose own clock is off"),
    control: controlOrder.optional().describe('An order that the collector has not carried out yet'),
  })
  .meta({ id: 'Accepted' });
export type Accepted = z.infer<typeof accepted>;
