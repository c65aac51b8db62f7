import { localTime, relativeTime, shortTime, utcTime } from '../text.js';

/** A time in local time, in UTC on hover. */
export function Time({ of, whole = false }: { of: string | number; whole?: boolean }) {
  const ms = typeof of === 'number' ? of : Date.parse(of);
  if (Number.isNaN(ms)) return <>–</>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={utcTime(ms)}>
      {whole ? localTime(ms) : shortTime(ms)}
    </time>
  );
}

/** How long ago something was, or how long it is still to come; the time itself on hover. */
export function Ago({ of, nowMs }: { of: string; nowMs: number }) {
  const ms = Date.parse(of);
  return (
    <time dateTime={of} title={`${localTime(ms)}, ${utcTime(ms)}`}>
      {relativeTime(ms, nowMs)}
    </time>
  );
}
