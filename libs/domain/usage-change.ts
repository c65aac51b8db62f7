import { z } from 'zod';
import { hostName, processName, wellFormedText } from './text.js';
import { isoTime, isoToMicros } from './time.js';
import { unitName } from './unit.js';

/** Changes of less than this, in % of a core, in % of memory or in processes, are noise. */
export const LEAST_CHANGE = 1;

export const changeOrder = z.enum(['usage', 'cpu', 'mem', 'rssBytes', 'count']);
export type ChangeOrder = z.infer<typeof changeOrder>;

export const changesQuery = z
  .strictObject({
    host: hostName,
    at: isoTime.optional().describe('A moment: the newest tick at or before it'),
    baseAt: isoTime.optional().describe('The moment that it is compared with'),
    from: isoTime.optional().describe('A range instead of a moment'),
    to: isoTime.optional().describe('End of the range, itself excluded'),
    baseFrom: isoTime.optional().describe('The range that it is compared with; the same length just before by default'),
    baseTo: isoTime.optional(),
    match: wellFormedText(255).min(1).optional().describe('Only programs whose name holds this text'),
    order: changeOrder.default('usage').describe('usage: the larger of the changes of cpu and mem'),
    limit: z.coerce.number().int().min(1).max(10_000).default(100),
  })
  .superRefine((query, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    const { at, baseAt, from, to, baseFrom, baseTo } = query;
    const moments = at !== undefined || baseAt !== undefined;
    const ranges = [from, to, baseFrom, baseTo].some((time) => time !== undefined);
    if (moments && ranges) return refuse('at', 'asks for moments, and from or to for ranges; give one of them');
    if (!moments && !ranges) return refuse('from', 'is missing: give from and to, or at and baseAt');
    if (moments && (at === undefined || baseAt === undefined)) {
      return refuse(at === undefined ? 'at' : 'baseAt', 'is missing: two moments are compared');
    }
    if (!ranges) return;
    if (from === undefined || to === undefined) return refuse(from === undefined ? 'from' : 'to', 'is missing');
    if ((baseFrom === undefined) !== (baseTo === undefined)) {
      return refuse(baseFrom === undefined ? 'baseFrom' : 'baseTo', 'is missing: give both or none');
    }
    if (isoToMicros(from) >= isoToMicros(to)) refuse('from', `is not before to, which is "${to}"`);
    if (baseFrom && baseTo && isoToMicros(baseFrom) >= isoToMicros(baseTo)) {
      refuse('baseFrom', `is not before baseTo, which is "${baseTo}"`);
    }
  });

/** Means over the ticks of a time, those at which it did not run as 0; null where its value is not known. */
export const usageThen = z.strictObject({
  count: z.number().describe('Processes'),
  cpu: z.number().nullable().describe('Sum over its processes, % of one core'),
  mem: z.number().nullable().describe("Sum over its processes, % of the host's memory"),
  rssBytes: z.number().nullable().describe('Sum over its processes, bytes'),
  started: isoTime.optional().describe('Start of its oldest process at its newest sample of that time'),
});
export type UsageThen = z.infer<typeof usageThen>;

export const usageChange = z
  .strictObject({
    process: processName,
    unit: unitName.optional().describe('Unit that it ran in at its newest sample'),
    change: z
      .enum(['new', 'gone', 'restarted', 'grew', 'shrank', 'same'])
      .describe(
        'new, gone: it ran in one of the two times only; restarted: it ran in both, and its oldest process of the later one ' +
          `started after the earlier one; same: by less than ${LEAST_CHANGE} %`,
      ),
    size: z.number().describe('How much it changed, in the unit of the order; of usage in %'),
    before: usageThen.nullable().describe('null: it did not run'),
    after: usageThen.nullable().describe('null: it did not run'),
  })
  .meta({ id: 'UsageChange' });
export type UsageChange = z.infer<typeof usageChange>;

const compared = z.strictObject({
  from: isoTime,
  to: isoTime,
  ticks: z.int().describe('Ticks of the host in it; 0: nothing is known of it'),
});

export const usageChanges = z
  .strictObject({
    host: hostName,
    before: compared,
    after: compared,
    changes: z.array(usageChange).describe('The largest first; what is the same comes last'),
    programs: z.int().describe('Programs that ran in either time'),
    changed: z.int().describe('Of these, those that are not the same'),
  })
  .meta({ id: 'UsageChanges' });
export type UsageChanges = z.infer<typeof usageChanges>;
