import type { ScoreBoard } from '#domain';
import { many, NONE } from '../text.js';

export type Score = ScoreBoard['total'];
export type Confidence = Score['confidence']['recall'];

/** `78 %` */
export const share = (value: number | null) => (value === null ? NONE : `${(value * 100).toFixed(0)} %`);

/** `95 % sure: 63 % to 88 %`, or that there are too few cases to say. */
export function intervalText({ n, low, high, tooFew }: Confidence, text: (value: number) => string): string {
  if (n === 0) return 'no case yet';
  if (tooFew) return `too few to say: ${many(n, 'case')}`;
  return low === null || high === null ? '' : `95 % sure: ${text(low)} to ${text(high)}`;
}

/** For a cell of a table: `78 % (63–88, n 40)`. */
export function cellText(
  value: number | null,
  { n, low, high, tooFew }: Confidence,
  text: (value: number) => string,
): string {
  if (value === null || n === 0) return NONE;
  if (tooFew) return `too few to say (n ${n})`;
  const end = (bound: number) => text(bound).replace(/ %$/, '');
  return `${text(value)} (${low === null || high === null ? '' : `${end(low)}–${end(high)}, `}n ${n})`;
}
