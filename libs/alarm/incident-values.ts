import { type Incident, type IncidentValues, microsToIso } from '#domain';
import { isOpen, type Standing, type Watch } from './watch.js';

export type IncidentValue = IncidentValues['values'][number];

/** What of an open incident changes without a change of its colour; undefined where it is closed or has no values. */
export function valueOf(watch: Watch): IncidentValue | undefined {
  const { metric, incident, current, lastTimeMs, peak, belowSinceMs } = watch;
  if (metric === 'data' || !isOpen(watch)) return undefined;
  return {
    id: incident.id,
    current,
    ...(current !== null && lastTimeMs > 0 && { currentTime: isoOf(lastTimeMs) }),
    peak,
    ...(belowSinceMs !== null && { belowSince: isoOf(belowSinceMs) }),
  };
}

/** The values of an incident that an earlier run recorded. */
export function valuesBefore(incident: Incident): Pick<Standing, 'current' | 'peak' | 'belowSinceMs'> {
  const { current = null, peak = largestOf(incident), belowSince } = incident;
  return { current, peak, belowSinceMs: belowSince === undefined ? null : Date.parse(belowSince) };
}

function largestOf({ history }: Incident): number | null {
  const values = history.flatMap(({ value }) => (value === null ? [] : [value]));
  return values.length === 0 ? null : Math.max(...values);
}

/** The record with the values of now. */
export function withValue(incident: Incident, value: IncidentValue): Incident {
  return { ...withoutValue(incident), ...value };
}

/** The record without the values that hold for one tick only. */
export function withoutValue(incident: Incident): Incident {
  const { current: _, currentTime: __, belowSince: ___, ...rest } = incident;
  return rest;
}

function isoOf(ms: number): string {
  return microsToIso(Math.round(ms * 1000));
}
