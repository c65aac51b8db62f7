import { z } from 'zod';
import { boundedJson, type JsonBounds } from './bounded-json.js';
import { MAX_METADATA } from './control.js';
import { hostUsage, type HostUsage } from './sample-batch.js';
import { hostName } from './text.js';
import { isoTime } from './time.js';

const text = z.string().max(1024);
/** The original writes numbers as strings; some clones of it write numbers. */
const figure = z.union([text, z.number()]).optional();
const measured = z.looseObject({ Unit: text.optional(), Value: figure }).optional();
const section = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.looseObject({ ...shape, Time: text.optional() }).optional();

const sections = {
  CPUUtilization: section({ CPUUtilization: measured }),
  DiskActivity: section({}),
  Diskutilization: section({ Hostname: text.optional(), MountPoint: text.optional(), Percentageused: figure }),
  MemmoryUtilization: section({ MemoryUtilized: measured, Total_Mem: figure }),
  NetworkActivity: section({}),
};
const sectionNames = Object.keys(sections) as (keyof typeof sections)[];

/** Far more than any reporter sends; what lies beyond is left out. */
const REPORT_BOUNDS: JsonBounds = { depth: 6, values: 1000, length: 1024 };

/**
 * The JSON of the original reporter, as it is: its spellings are the wire format, its numbers are strings, and it may
 * hold further keys, which are kept within bounds.
 */
export const reporterData = z
  .looseObject({ ...sections, Metadata: z.looseObject({}).optional(), Time: text.optional() })
  .refine((data) => sectionNames.some((name) => data[name] !== undefined), {
    error: `must hold at least one of ${sectionNames.join(', ')}`,
  })
  .transform((data) => boundedJson(data, REPORT_BOUNDS).value as typeof data)
  .meta({ id: 'ReporterData' });
export type ReporterData = z.infer<typeof reporterData>;

/** A machine that reports: by its collector, or by a reporter that knows nothing but the manager's route. */
export const instance = z
  .strictObject({
    id: hostName.describe('Instance id of its cloud, else its host name'),
    host: hostName.describe('Host under which its alerts stand'),
    address: text.nullable().describe('Address from which it reported last'),
    firstSeen: isoTime,
    lastSeen: isoTime,
    metadata: z
      .record(z.string(), z.string())
      .describe('What its cloud says of it; five keys are always there, `not available` where it does not say'),
    values: z.unknown().describe('The JSON that it sent last; null for a collector, whose values are samples'),
  })
  .meta({ id: 'Instance' });
export type Instance = z.infer<typeof instance>;

export const instancePage = z
  .strictObject({ instances: z.array(instance), next: z.string().optional().describe('Cursor of the next page') })
  .meta({ id: 'InstancePage' });
export type InstancePage = z.infer<typeof instancePage>;

export const instancesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(10_000).default(1000).describe('Entries a page'),
  cursor: z.string().max(2000).optional().describe('`next` of the page before'),
});

/** A percentage of the reporter, `"39"` or `"39%"`; null for anything else. */
function percentOf(value: unknown): number | null {
  const number = typeof value === 'string' ? Number(value.replace(/%$/, '').trim() || Number.NaN) : value;
  return typeof number === 'number' && number >= 0 && number <= 100 ? number : null;
}

const powers: Record<string, number> = { B: 0, K: 1, M: 2, G: 3, T: 4, P: 5 };

/** Bytes of `983M` or `8.0G` (powers of 1024, as df and free write them); 0 for anything else. */
export function bytesOf(value: unknown): number {
  const match = /^(\d+(?:\.\d+)?)\s*([BKMGTP])?i?B?$/i.exec(String(value).trim());
  if (!match) return 0;
  const bytes = Math.round(Number(match[1]) * 1024 ** (powers[(match[2] ?? 'B').toUpperCase()] ?? 0));
  return Number.isSafeInteger(bytes) ? bytes : 0;
}

/** What the checks of CPU, memory and disk need of a reporter's JSON; what it does not say is null or left out. */
export function usageOfReport(data: ReporterData): HostUsage {
  const disk = percentOf(data.Diskutilization?.Percentageused);
  const path = data.Diskutilization?.MountPoint ?? '/';
  return hostUsage.parse({
    cpu: percentOf(data.CPUUtilization?.CPUUtilization?.Value),
    mem: percentOf(data.MemmoryUtilization?.MemoryUtilized?.Value),
    memTotalBytes: bytesOf(data.MemmoryUtilization?.Total_Mem),
    ...(disk === null || path === '' ? {} : { disks: [{ path, usedPercent: disk }] }),
  });
}

/** The keys of metadata that the original's clients read without asking whether they are there. */
const identityKeys = ['ami-id', 'hostname', 'instance-id', 'instance-type', 'public-ipv4'] as const;
const NOT_AVAILABLE = 'not available';
const MAX_IDENTITY_BYTES = 255;

/**
 * Whether a text can name a machine: a metadata service that answers with a page of HTML names none, nor does the
 * `not available` of a machine outside of any cloud.
 */
export function isIdentity(value: unknown): value is string {
  return (
    hostName.safeParse(value).success &&
    value !== NOT_AVAILABLE &&
    !/[<\r\n]/.test(value as string) &&
    new TextEncoder().encode(value as string).length <= MAX_IDENTITY_BYTES
  );
}

/** The texts among a reporter's metadata, without those that should name the machine and can't. */
export function metadataOf(data: ReporterData): Record<string, string> {
  return usableMetadata(Object.entries(data.Metadata ?? {}));
}

function usableMetadata(entries: [string, unknown][]): Record<string, string> {
  const usable = entries.filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' &&
      entry[1] !== '' &&
      (isIdentity(entry[1]) || !identityKeys.some((key) => key === entry[0])),
  );
  return Object.fromEntries(usable.slice(0, MAX_METADATA));
}

/** Metadata with its five keys: the id is the host's name outside of a cloud, the others are `not available`. */
export function wholeMetadata(host: string, metadata: Record<string, string>): Record<string, string> {
  const whole: Record<string, string> = { ...usableMetadata(Object.entries(metadata)) };
  for (const key of identityKeys) whole[key] ??= key === 'instance-id' ? host : NOT_AVAILABLE;
  return whole;
}

/** The host that a report is about: the first that can name one. */
export function hostOfReport(data: ReporterData, address: string): string {
  const metadata = metadataOf(data);
  const names = [data.Diskutilization?.Hostname, metadata['hostname'], metadata['instance-id'], address];
  return names.find(isIdentity) ?? 'unknown';
}
