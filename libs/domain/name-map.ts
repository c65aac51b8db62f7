import { z } from 'zod';

/**
 * An object keyed by names that strangers chose. It has no prototype, so that `__proto__`, `constructor` and
 * `toString` are keys like any other.
 */
export type NameMap<Value> = Record<string, Value>;

export function nameMap<Value>(entries: Iterable<readonly [string, Value]> = []): NameMap<Value> {
  const map = Object.create(null) as NameMap<Value>;
  for (const [name, value] of entries) map[name] = value;
  return map;
}

/** Schema of a `NameMap`; `z.record` would silently drop `__proto__`. */
export function nameMapOf<Value extends z.ZodType>(value: Value) {
  return z
    .custom<NameMap<z.infer<Value>>>(
      (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
      'must be an object',
    )
    .transform((input, context): NameMap<z.infer<Value>> => {
      const map = nameMap<z.infer<Value>>();
      for (const [name, entry] of Object.entries(input)) {
        const parsed = value.safeParse(entry);
        if (parsed.success) map[name] = parsed.data;
        else
          for (const { message, path } of parsed.error.issues) {
            context.addIssue({ code: 'custom', message, path: [name, ...path] });
          }
      }
      return map;
    });
}
