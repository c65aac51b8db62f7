/** A series to draw: times in milliseconds since the epoch. */
export interface Drawn {
  points: readonly (readonly [timeMs: number, value: number])[];
  fromMs: number;
  toMs: number;
}

/** Bars of one to eight eighths of a line. */
export const EIGHTHS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** The largest value of each of `width` equal parts of the time; undefined where none is known. */
export function largestOfParts({ points, fromMs, toMs }: Drawn, width: number): (number | undefined)[] {
  const largest = Array.from({ length: width }, (): number | undefined => undefined);
  const partMs = Math.max(1, toMs - fromMs) / width;
  for (const [timeMs, value] of points) {
    const part = Math.min(width - 1, Math.floor((timeMs - fromMs) / partMs));
    if (part >= 0) largest[part] = Math.max(largest[part] ?? value, value);
  }
  return largest;
}
