import { z } from 'zod';
import { incidentMetric, type IncidentMetric } from './incident.js';
import { matchesGlob } from './glob.js';

const glob = (of: string) => z.string().min(1).max(1024).optional().describe(`Glob (* and ?) of ${of}`);

/** What a rule or a silence is about; what is left out matches all. */
export const matcher = z
  .strictObject({
    host: glob('the host'),
    service: glob('the service of the host'),
    process: glob('the process name; alerts on the host itself never match one'),
    metric: incidentMetric.optional(),
    unit: glob('the unit; only alerts on units match one'),
    device: glob('the mount point of a disk'),
    of: z
      .enum(['host', 'process', 'unit'])
      .optional()
      .describe('Only alerts on hosts themselves, only those on processes, or only those on units'),
  })
  .meta({ id: 'Matcher' });
export type Matcher = z.infer<typeof matcher>;

export interface Matched {
  host: string;
  service?: string | null;
  process: string | null;
  unit?: string;
  metric: IncidentMetric;
  device?: string;
}

const fits = (pattern: string | undefined, text: string | null | undefined) =>
  pattern === undefined || (text !== null && text !== undefined && matchesGlob(pattern, text));

/** Whether a matcher may match anything on this host. */
export function matchesHost(match: Matcher, host: string, service: string | null | undefined): boolean {
  return fits(match.host, host) && fits(match.service, service);
}

/** Whether a series is one of a host itself, of a program or of a unit. */
export function isAbout({ process, unit }: Pick<Matched, 'process' | 'unit'>): 'host' | 'process' | 'unit' {
  if (process !== null) return 'process';
  return unit === undefined ? 'host' : 'unit';
}

export function matches(match: Matcher, series: Matched): boolean {
  if (match.metric !== undefined && match.metric !== series.metric) return false;
  if (match.of !== undefined && match.of !== isAbout(series)) return false;
  return (
    matchesHost(match, series.host, series.service) &&
    fits(match.process, series.process) &&
    fits(match.unit, series.unit) &&
    fits(match.device, series.device)
  );
}
