/** The value that a share of the others lies below; NaN where there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** How long requests took, for the notes of a table. */
export function secondsText(seconds: readonly number[]): string {
  return `median ${quantile(seconds, 0.5).toFixed(3)} s, p99 ${quantile(seconds, 0.99).toFixed(3)} s of ${seconds.length}`;
}
