/**
 * How many keys of a body its schema does not know. A newer sender may say more than an older server understands, which
 * costs it nothing else; but it is counted.
 */
export function countUnknownKeys(body: unknown, schema: { shape: object }): number {
  if (typeof body !== 'object' || body === null) return 0;
  return Object.keys(body).filter((key) => !Object.hasOwn(schema.shape, key)).length;
}
