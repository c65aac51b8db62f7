import { z } from 'zod';
import { isoTime, sampleBatch, type SampleBatch } from '#domain';

/** The first line of a recording: what it is, and the time that it covers. */
export const recordingHead = z.strictObject({
  recording: z.literal(1).describe('Version of the form'),
  from: isoTime,
  to: isoTime,
  about: z.string().max(5000).optional().describe('Where it comes from, in words'),
});
export type RecordingHead = z.infer<typeof recordingHead>;

/** A batch without what no alert depends on: its id, bytes, metrics of the host. */
const KEPT = [
  'host',
  'service',
  'time',
  'intervalMs',
  'names',
  'count',
  'cpu',
  'cpuMax',
  'mem',
  'memMax',
  'units',
  'unit',
] as const;

/** A line that says something else than a batch of a recording. */
export class RecordingError extends Error {
  override name = 'RecordingError';
}

/** One batch as a line, values rounded to a tenth of a per cent. */
export function recordedLine(batch: Omit<SampleBatch, 'id'>): string {
  const { hostUsage } = batch;
  const kept = Object.fromEntries(KEPT.filter((key) => batch[key] !== undefined).map((key) => [key, batch[key]]));
  const usage = hostUsage && {
    cpu: hostUsage.cpu,
    mem: hostUsage.mem,
    swap: hostUsage.swap,
    cores: hostUsage.cores,
    memTotalBytes: hostUsage.memTotalBytes,
    disks: hostUsage.disks,
  };
  return JSON.stringify({ ...kept, ...(usage && { hostUsage: usage }) }, (key, value: unknown) =>
    typeof value === 'number' && key !== 'intervalMs' ? Math.round(value * 10) / 10 : value,
  );
}

/** @throws RecordingError where the line is none */
export function readHead(line: string): RecordingHead {
  return parsed(recordingHead, line, 1);
}

/**
 * @param number of the line, from 1, which its id is made of
 * @throws RecordingError where the line is none
 */
export function readRecorded(line: string, number: number): SampleBatch {
  return parsed(sampleBatch, line, number, { id: `recorded-${number}` });
}

function parsed<Schema extends z.ZodType>(
  schema: Schema,
  line: string,
  number: number,
  more?: object,
): z.infer<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new RecordingError(`line ${number} is no JSON: ${line.slice(0, 60)}`, { cause: error });
  }
  const result = schema.safeParse(more && typeof json === 'object' ? { ...json, ...more } : json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.map(String).join('.') ?? '';
  throw new RecordingError(`line ${number}: ${path}${path && ' '}${issue?.message ?? 'is wrong'}`);
}
