import { z } from 'zod';
import { seriesFields, seriesMetric } from './series.js';
import { hostName, processName } from './text.js';
import { unitName } from './unit.js';
import { isoTime } from './time.js';

/** Longest time ahead for which a breach of disks and inodes is predicted; of all else see `MAX_HORIZON_MS`. */
export const MAX_DISK_HORIZON_MS = 24 * 3_600_000;

/** A breach of a limit that is predicted for one series; those of several limits are several forecasts. */
export const forecast = z
  .strictObject({
    ...seriesFields,
    time: isoTime.describe('Time of the newest sample that the forecast knows'),
    value: z.number().describe('The value at that time, %'),
    limit: z.number().describe('The limit that is going to be broken, %'),
    breachAt: isoTime.describe('Predicted time of the breach'),
    breachFrom: isoTime.describe('Start of the interval in which it is expected'),
    breachTo: isoTime.describe('End of the interval in which it is expected'),
    probability: z.number().min(0).max(1),
    reason: z.string().min(1).max(200).describe('What weighed most, for people'),
  })
  .meta({ id: 'Forecast' });
export type Forecast = z.infer<typeof forecast>;

export const forecastUpdate = z
  .strictObject({
    full: z.boolean().describe('True: these are all there are, older ones are forgotten'),
    forecasts: z.array(forecast).max(50_000),
    cleared: z
      .array(z.strictObject({ ...seriesFields, limit: z.number() }))
      .max(50_000)
      .describe('Series for which a breach is no longer predicted'),
  })
  .meta({ id: 'ForecastUpdate' });
export type ForecastUpdate = z.infer<typeof forecastUpdate>;

/** A limit other than the usual one that a breach is to be predicted of, for the series that the globs match. */
export const forecastLimit = z
  .strictObject({
    metric: seriesMetric,
    limit: z.number().min(0).max(1_000_000).describe('%'),
    horizonMs: z.int().min(0).max(MAX_DISK_HORIZON_MS).optional().describe('How far ahead a breach matters'),
    host: hostName.optional().describe('Glob; all hosts by default'),
    process: processName.optional().describe('Glob of the program'),
    unit: unitName.optional().describe('Glob of the unit'),
  })
  .meta({ id: 'ForecastLimit' });
export type ForecastLimit = z.infer<typeof forecastLimit>;

/** All that the rules of the alarm ask for; a newer list replaces it. */
export const forecastLimits = z
  .strictObject({ limits: z.array(forecastLimit).max(10_000) })
  .meta({ id: 'ForecastLimits' });
export type ForecastLimits = z.infer<typeof forecastLimits>;

export const forecastsQuery = z.strictObject({
  host: hostName.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(1000).describe('Entries a page'),
  cursor: z.string().max(2000).optional().describe('`next` of the page before'),
});

export const forecastPage = z
  .strictObject({
    version: z.int(),
    forecasts: z.array(forecast),
    next: z.string().optional().describe('Cursor of the next page'),
  })
  .meta({ id: 'ForecastPage' });
export type ForecastPage = z.infer<typeof forecastPage>;
