import type { UsageChange, UsageThen } from '#domain';
import { bytes, figure, NONE, percent } from '../text.js';

export type Change = UsageChange['change'];
export type Quantity = 'cpu' | 'mem' | 'rssBytes' | 'count';

/** A word and a shape each: colour alone says nothing. */
export const changeWords: Record<Change, { word: string; shape: string }> = {
  new: { word: 'new', shape: '✚' },
  gone: { word: 'gone', shape: '✖' },
  restarted: { word: 'restarted', shape: '↻' },
  grew: { word: 'grew', shape: '▲' },
  shrank: { word: 'shrank', shape: '▼' },
  same: { word: 'same', shape: '=' },
};

export const quantities: { key: Quantity; title: string; about: string; text: (value: number | null) => string }[] = [
  { key: 'cpu', title: 'CPU', about: 'Sum over its processes, % of one core', text: percent },
  { key: 'mem', title: 'Memory', about: "Sum over its processes, % of the host's memory", text: percent },
  { key: 'rssBytes', title: 'Resident', about: 'Resident memory, sum over its processes', text: bytes },
  { key: 'count', title: 'Processes', about: 'Mean number of processes', text: (value) => countText(value) },
];

/** Means of whole numbers are whole where nothing changed. */
const countText = (value: number | null) => (value !== null && Number.isInteger(value) ? String(value) : figure(value));

/** A value of a time in which a program may not have run: nothing then. */
export function valueThen(then: UsageThen | null, key: Quantity): number | null {
  return then === null ? 0 : then[key];
}

/** `12.5 % → 97.2 %`; what did not run has no figure. */
export function beforeAfter({ before, after }: UsageChange, { key, text }: (typeof quantities)[number]): string {
  const written = (then: UsageThen | null) => (then === null ? NONE : text(then[key]));
  return `${written(before)} → ${written(after)}`;
}
