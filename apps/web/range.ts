import type { Address } from './address.js';

/** What a view looks back over, milliseconds since the epoch; `live`: it ends now and moves on. */
export interface Range {
  fromMs: number;
  toMs: number;
  live: boolean;
}

export const RANGES: readonly { last: string; ms: number; text: string }[] = [
  { last: '15m', ms: 15 * 60_000, text: '15 min' },
  { last: '1h', ms: 3_600_000, text: '1 h' },
  { last: '3h', ms: 3 * 3_600_000, text: '3 h' },
  { last: '6h', ms: 6 * 3_600_000, text: '6 h' },
  { last: '12h', ms: 12 * 3_600_000, text: '12 h' },
  { last: '1d', ms: 24 * 3_600_000, text: '1 d' },
  { last: '2d', ms: 48 * 3_600_000, text: '2 d' },
];

/** The range that an address names; the last hour where it names none. */
export function rangeOf(
  { from, to, last }: Pick<Address, 'from' | 'to' | 'last'>,
  nowMs: number,
  fallback = '1h',
): Range {
  const fromMs = Date.parse(from ?? '');
  const toMs = Date.parse(to ?? '');
  if (fromMs < toMs) return { fromMs, toMs, live: false };
  const known = RANGES.find((one) => one.last === (last ?? fallback)) ?? RANGES[1];
  const ms = known?.ms ?? 3_600_000;
  return { fromMs: nowMs - ms, toMs: nowMs, live: true };
}

export const iso = (ms: number) => new Date(ms).toISOString();
