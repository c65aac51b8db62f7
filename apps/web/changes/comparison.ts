import type { Address } from '../address.js';
import { iso } from '../range.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The times that an address compares, all of them fixed, so that a link shows everybody the same. */
export type Comparison = Pick<Address, 'at' | 'baseAt' | 'from' | 'to' | 'baseFrom' | 'baseTo'>;

const none = {
  at: undefined,
  baseAt: undefined,
  from: undefined,
  to: undefined,
  baseFrom: undefined,
  baseTo: undefined,
} satisfies Record<keyof Comparison, undefined>;

/** A moment, and another one before it. */
export const ofMoments = (baseAtMs: number, atMs: number): Comparison => ({
  ...none,
  baseAt: iso(baseAtMs),
  at: iso(atMs),
});

/** A range, and another one; by default the same length just before. */
export function ofRanges(fromMs: number, toMs: number, base?: { fromMs: number; toMs: number }): Comparison {
  const before = base && { baseFrom: iso(base.fromMs), baseTo: iso(base.toMs) };
  return { ...none, from: iso(fromMs), to: iso(toMs), ...before };
}

/** What is asked for most. */
export const quickChoices: readonly { text: string; of: (nowMs: number) => Comparison }[] = [
  { text: 'Last 15 min vs. the 15 min before', of: (now) => ofRanges(now - HOUR_MS / 4, now) },
  { text: 'Last hour vs. the hour before', of: (now) => ofRanges(now - HOUR_MS, now) },
  { text: 'Last hour vs. yesterday', of: (now) => ofRanges(now - HOUR_MS, now, yesterday(now)) },
  { text: 'Now vs. an hour ago', of: (now) => ofMoments(now - HOUR_MS, now) },
  { text: 'Now vs. this time yesterday', of: (now) => ofMoments(now - DAY_MS, now) },
];

const yesterday = (nowMs: number) => ({ fromMs: nowMs - DAY_MS - HOUR_MS, toMs: nowMs - DAY_MS });

/** The part of a question to the server that says which times are compared; undefined where an address names none. */
export function comparisonOf({ at, baseAt, from, to, baseFrom, baseTo }: Address): Comparison | undefined {
  if (at !== undefined && baseAt !== undefined) return { at, baseAt };
  if (from === undefined || to === undefined) return undefined;
  return { from, to, ...(baseFrom !== undefined && baseTo !== undefined && { baseFrom, baseTo }) };
}

/** The same four times as numbers, for the fields; a moment is a range without a length. */
export function timesOf({ at, baseAt, from, to, baseFrom, baseTo }: Comparison) {
  const ms = (time: string | undefined) => Date.parse(time ?? '');
  if (at !== undefined) return { moments: true, base: [ms(baseAt), ms(baseAt)], later: [ms(at), ms(at)] } as const;
  const [fromMs, toMs] = [ms(from), ms(to)];
  const base = baseFrom === undefined ? [fromMs - (toMs - fromMs), fromMs] : [ms(baseFrom), ms(baseTo)];
  return { moments: false, base, later: [fromMs, toMs] } as const;
}
