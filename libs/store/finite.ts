/**
 * A value as JSON can hold it: usage so large that its sum overflows stands as the largest number there is. The schema of
 * a batch bounds what comes in; this is for rows that were stored before it did, or by somebody else.
 */
export function finite<Value extends number | null>(value: Value): Value {
  return value === null ? value : (Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)) as Value);
}
