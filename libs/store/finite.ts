/**
 * A value that JSON can hold: a sum that overflows becomes the largest number there is. The schema of a batch bounds what
 * comes in; this is for rows that were stored before it did, or by another program.
 */
export function finite<Value extends number | null>(value: Value): Value {
  return value === null ? value : (Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)) as Value);
}
