import { z } from 'zod';

/** `true` or `false` in a query, false where it is left out. */
export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .default('false')
  .transform((text) => text === 'true');

/** A key of a query that may stand there several times. */
export function several<Value extends z.ZodType>(value: Value, most: number) {
  return z.preprocess(
    (given) => (given === undefined ? undefined : [given].flat()),
    z.array(value).max(most).optional(),
  );
}
