import type { RankingOrder, TickOrder } from '#domain';

/** Programs of a moment that are shown; what comes after them is added up. */
export const MOMENT_ROWS = 50;

const ofMoment: readonly string[] = ['cpu', 'mem', 'rssBytes', 'count'] satisfies TickOrder[];
const ofRange: readonly string[] = [
  'cpuSeconds',
  'cpu',
  'cpuPeak',
  'mem',
  'memPeak',
  'rssBytes',
  'count',
] satisfies RankingOrder[];

/** The order that an address names, as far as programs of a moment have it. */
export const momentOrderOf = (order: string) => (ofMoment.includes(order) ? order : 'cpu');

/** The same over a range. */
export const rangeOrderOf = (order: string | undefined) =>
  order !== undefined && ofRange.includes(order) ? order : 'cpuSeconds';
