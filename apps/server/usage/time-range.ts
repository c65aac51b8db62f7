import { CodedError, isoToMicros, MAX_HISTORY_POINTS, type Micros } from '#domain';

const HOUR_MS = 3_600_000;
/** Most points of one answer over all its series. */
const MAX_PAGE_POINTS = 2_000_000;

/** The window that ends at a moment, which itself belongs to it, or that is open. */
export function windowOf(
  { at, window }: { at?: string; window?: number },
  defaultMs: number,
): { from: Micros; to: Micros | undefined } {
  const end = at === undefined ? undefined : isoToMicros(at);
  return {
    from: (end ?? Date.now() * 1000) - (window ?? defaultMs) * 1000,
    to: end === undefined ? undefined : end + 1,
  };
}

/** The range that is asked for, an hour by default; `end` is now where it is open. */
export function spanOf(query: { from?: string; to?: string }, nowMs: number) {
  const to: Micros | undefined = query.to === undefined ? undefined : isoToMicros(query.to);
  const end: Micros = to ?? nowMs * 1000;
  const from: Micros = query.from === undefined ? end - HOUR_MS * 1000 : isoToMicros(query.from);
  return { from, to, end };
}

/**
 * The range of a history and the width of its points.
 *
 * @throws CodedError `INVALID` where that would be too many points
 */
export function rangeOf(
  query: { from?: string; to?: string; step?: number; points: number; limit: number },
  nowMs: number,
): { from: Micros; to: Micros | undefined; stepMs: number; stepMicros: Micros } {
  const { from, to, end } = spanOf(query, nowMs);
  const rangeMs = Math.max(1, (end - from) / 1000);
  const stepMs = query.step ?? Math.max(1, Math.ceil(rangeMs / query.points));
  const points = Math.ceil(rangeMs / stepMs);
  if (points > MAX_HISTORY_POINTS || points * query.limit > MAX_PAGE_POINTS) {
    throw new CodedError(
      'INVALID',
      `step: ${points} points for up to ${query.limit} series are too many; ask for a wider step, a shorter range or a smaller limit.`,
    );
  }
  return { from, to, stepMs, stepMicros: stepMs * 1000 };
}
