import { isoSeconds } from '#domain';
import { UsageError } from '../command.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Widths of a step that people reckon in. */
const NICE_MS = [1, 2, 5, 10, 15, 30]
  .map((seconds) => seconds * 1000)
  .concat([1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS))
  .concat([1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR_MS));

export interface RangeOptions {
  from?: number;
  to?: number;
  since?: number;
}

/** The range that was asked for: the last hour by default. @throws UsageError where it is none */
export function readRange({ from, to, since }: RangeOptions, nowMs: number): { fromMs: number; toMs: number } {
  if (from !== undefined && since !== undefined) {
    throw new UsageError('--from and --since are two ways to say the same; give one.');
  }
  const toMs = to ?? nowMs;
  const fromMs = from ?? toMs - (since ?? HOUR_MS);
  if (fromMs >= toMs)
    throw new UsageError(`The range ends at ${isoSeconds(toMs)}, before it begins at ${isoSeconds(fromMs)}.`);
  return { fromMs, toMs };
}

/** The narrowest step that people reckon in with which a range has at most so many. */
export function niceStep(rangeMs: number, most: number): number {
  const days = Math.ceil(rangeMs / most / (24 * HOUR_MS)) * 24 * HOUR_MS;
  return NICE_MS.find((step) => rangeMs / step <= most) ?? days;
}

/** `2026-11-22 20:41:50`, in UTC. */
export function clockText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
