import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/**
 * Parses what a server answered. The schemas are strict, because the server checks what it sends with them; here, keys
 * that they do not know are those of a newer server, and are taken out of the answer, which is changed by that.
 */
export function parseAnswer<Reply>(schema: z.ZodType<Reply>, answer: unknown): z.ZodSafeParseResult<Reply> {
  let parsed = schema.safeParse(answer);
  while (!parsed.success && dropUnknown(answer, parsed.error.issues) > 0) parsed = schema.safeParse(answer);
  return parsed;
}

/** Number of keys that were taken out. */
function dropUnknown(answer: unknown, issues: readonly Issue[]): number {
  let dropped = 0;
  for (const issue of issues) {
    const at = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], answer);
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) dropped += Number(Reflect.deleteProperty(at as object, key));
    } else if (issue.code === 'invalid_union') {
      for (const branch of issue.errors) {
        // Only a branch that differs by unknown keys alone is what the server meant.
        if (branch.every(({ code }) => code === 'unrecognized_keys')) dropped += dropUnknown(at, branch);
      }
    }
  }
  return dropped;
}
