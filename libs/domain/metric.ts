import { z } from 'zod';

/** Largest usage of one program, in %: ten billion cores. What adds up or averages a store full of them stays finite. */
export const MAX_PERCENT = 1e12;

export const percentOfCore = z.number().min(0).max(MAX_PERCENT).describe('% of one core: two busy threads are 200 %');
export const percentOfMemory = z.number().min(0).max(MAX_PERCENT).describe("% of the host's physical memory");

/** Metrics that a process is judged and forecast by. */
export const processMetric = z.enum(['cpu', 'mem']);
export type ProcessMetric = z.infer<typeof processMetric>;

/** The fields of a sample that can be asked for, each with what it adds up or picks. */
export const usageField = z.enum(['cpu', 'cpuMax', 'mem', 'memMax', 'rssBytes', 'count']);
export type UsageField = z.infer<typeof usageField>;

export const color = z.enum(['GREEN', 'AMBER', 'RED']);
export type Color = z.infer<typeof color>;

/** How bad a colour is: the worst of several is the one with the highest rank. */
export const colorRank: Record<Color, number> = { GREEN: 0, AMBER: 1, RED: 2 };

export function isWorse(one: Color, than: Color): boolean {
  return colorRank[one] > colorRank[than];
}
