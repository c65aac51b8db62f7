/** The limit of cpu and memory that RED is above of and AMBER is predicted for, where no rule says otherwise, in %. */
export const USAGE_LIMIT = 80;

/** Longest time ahead for which a breach is predicted. */
export const MAX_HORIZON_MS = 150 * 60_000;

/** When a breach is predicted, from now on: `in 12 min (9–17)`, all three numbers in one unit. */
export function untilBreach(breach: { at: string; from: string; to: string }, nowMs: number): string {
  const ms = (time: string) => Math.max(0, Date.parse(time) - nowMs);
  const [unitMs, unit] = unitOf(ms(breach.at));
  const shown = (time: string) => Math.round(ms(time) / unitMs);
  return `in ${shown(breach.at)} ${unit} (${shown(breach.from)}–${shown(breach.to)})`;
}

/** The unit in which a time that is left reads best; minutes up to the longest horizon of what is no disk. */
function unitOf(leftMs: number): [ms: number, name: string] {
  if (leftMs < 90_000) return [1000, 's'];
  return leftMs <= MAX_HORIZON_MS ? [60_000, 'min'] : [3_600_000, 'h'];
}
