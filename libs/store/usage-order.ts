import type { ProgramUsage } from '#domain';
import { compareUtf8 } from './compare-utf8.js';

/**
 * Decimals of a value that count for the order. Databases add up in any order, so that the same sum may differ in its last
 * digits from one page to the next.
 */
export const ORDER_DIGITS = 6;

type Ordered = Pick<ProgramUsage, 'host' | 'process'> & { value?: number | null };

/** Order of two programs: the larger value first and those without one last, then by the bytes of host and process. */
export function compareOrdered(a: Ordered, b: Ordered): number {
  return rounded(b.value) - rounded(a.value) || compareUtf8(a.host, b.host) || compareUtf8(a.process, b.process);
}

function rounded(value: number | null | undefined): number {
  // No value is below zero.
  if (value === null || value === undefined) return -1;
  const scale = 10 ** ORDER_DIGITS;
  return value * scale < Number.MAX_SAFE_INTEGER ? Math.round(value * scale) / scale : value;
}
