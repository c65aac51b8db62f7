/** How far a counter has risen; one that has fallen began again at 0. NaN where either value is not known. */
export function risen(before: number, now: number): number {
  if (Number.isNaN(before)) return Number.NaN;
  return now >= before ? now - before : now;
}
