import { z } from 'zod';
import { flag } from './flags.js';
import { duration, fromNotAfterTo, isoTime } from './time.js';
import type { UsageField } from './metric.js';
import { historyExtremes } from './usage.js';

/** Telegraf's measurements of a host (https://github.com/influxdata/telegraf/tree/master/plugins/inputs). */
export const hostMeasurement = z.enum(['cpu', 'mem', 'disk', 'diskio', 'net', 'system']);
export type HostMeasurement = z.infer<typeof hostMeasurement>;

const tagValue = z
  .string()
  .min(1)
  .max(1024)
  .refine((text) => text.isWellFormed(), { error: 'holds a lone surrogate, which is not valid Unicode' });

/** Telegraf's tags of those measurements, beside `host`. */
export const hostTags = z.strictObject({
  cpu: tagValue.optional(),
  path: tagValue.optional(),
  device: tagValue.optional(),
  fstype: tagValue.optional(),
  mode: tagValue.optional(),
  name: tagValue.optional(),
  interface: tagValue.optional(),
});
export type HostTags = z.infer<typeof hostTags>;

const fieldName = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, { error: 'must be a field name such as usage_user' });

/** Largest counter or byte count; as a whole number it fits the databases' 64 bits, and means of it stay finite. */
const MAX_FIELD = 1e18;

/** One point of a host metric: fields of one device, or of the whole host, at the batch's tick. */
export const hostMetric = z
  .object({
    measurement: hostMeasurement,
    tags: hostTags.default({}).describe('Which device; empty for the whole host'),
    fields: z
      .record(fieldName, z.number().min(-MAX_FIELD).max(MAX_FIELD))
      .describe("Telegraf's fields: percentages of 100 as they are, all else as counters and bytes since boot"),
  })
  .meta({ id: 'HostMetric' });
export type HostMetric = z.infer<typeof hostMetric>;

/** Most points of host metrics in one batch. */
export const MAX_HOST_METRICS = 2000;

/**
 * The points of a batch. Those of a measurement, or with a tag, that only a newer sender knows are left out: without its
 * tag a point would be taken for another series.
 */
export const hostMetrics = z.preprocess(
  (points) => (Array.isArray(points) ? points.filter(isOfThisVersion) : points),
  z.array(hostMetric).max(MAX_HOST_METRICS),
);

function isOfThisVersion(point: unknown): boolean {
  const { measurement, tags } = (point ?? {}) as { measurement?: unknown; tags?: unknown };
  const knownTags = Object.keys(tags ?? {}).every((tag) => Object.hasOwn(hostTags.shape, tag));
  return knownTags && (typeof measurement !== 'string' || hostMeasurement.safeParse(measurement).success);
}

/** Whether a field has a fraction; all others are whole numbers, in InfluxDB as well. */
export function isFractionField(field: string): boolean {
  return field.startsWith('usage_') || field.startsWith('load') || field.endsWith('_percent');
}

/** Fields of `procstat` that can be asked for a whole host, and what of the samples each adds up. */
export const sumFields = {
  cpu_usage: 'cpu',
  memory_usage: 'mem',
  memory_rss: 'rssBytes',
  process_count: 'count',
} as const satisfies Record<string, UsageField>;
export type SumField = (typeof sumFields)[keyof typeof sumFields];

const hostMeasurementOrSum = z
  .enum([...hostMeasurement.options, 'procstat'])
  .describe(
    'procstat: all programs of the host added up, also of one that tells nothing else; its fields are ' +
      Object.keys(sumFields).join(', '),
  );

export const hostMetricsQuery = z
  .strictObject({
    measurement: hostMeasurementOrSum,
    field: fieldName,
    from: isoTime.optional().describe('An hour before `to` by default'),
    to: isoTime.optional().describe('Open by default'),
    step: duration(1, 48 * 3_600_000)
      .optional()
      .describe('Width of a point, such as 10s or 5m; a 300th of the range by default'),
    rate: flag.describe('Of counters: how much they grew a second; where one began anew, that sample is left out'),
    extremes: flag.describe(
      'Whether the smallest and the largest of each point are told too, so that no spike is lost',
    ),
  })
  .superRefine(fromNotAfterTo);

export const hostMetricSeries = z
  .strictObject({
    tags: hostTags.describe('Which device; empty for the whole host'),
    points: z
      .array(z.tuple([isoTime, z.number()]))
      .describe('Start of each step and its mean; empty steps are left out'),
    extremes: historyExtremes,
  })
  .meta({ id: 'HostMetricSeries' });
export type HostMetricSeries = z.infer<typeof hostMetricSeries>;

export const hostMetricsPage = z
  .strictObject({ stepMs: z.int(), series: z.array(hostMetricSeries) })
  .meta({ id: 'HostMetricsPage' });
export type HostMetricsPage = z.infer<typeof hostMetricsPage>;
