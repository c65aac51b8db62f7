/** Longest wait that anybody may ask us for. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Milliseconds of a `Retry-After` header, which is a number of seconds or a date (RFC 9110, 10.2.3); 0 where there is none
 * that can be read. More than an hour is an hour.
 */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number {
  if (header === undefined || header === null) return 0;
  const asked = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(asked) ? 0 : Math.min(Math.max(0, asked), MAX_RETRY_AFTER_MS);
}
