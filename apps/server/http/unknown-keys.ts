/**
 * What a schema left out of a body: keys, and entries of lists, that it does not know, each as its path such as
 * `hostUsage.gpu`. A newer sender may say more than an older server understands, which costs it nothing else; but it is
 * counted.
 *
 * @param taken what the schema made of it
 */
export function unknownKeys(given: unknown, taken: unknown, path = ''): string[] {
  if (Array.isArray(given) && Array.isArray(taken)) {
    // Which entries are missing is not known, and columns of plain values have no keys.
    if (given.length !== taken.length) return Array<string>(Math.max(0, given.length - taken.length)).fill(path);
    if (typeof given[0] !== 'object') return [];
    return given.flatMap((entry, i) => unknownKeys(entry, taken[i], path));
  }
  if (!isObject(given) || !isObject(taken)) return [];
  return Object.keys(given).flatMap((key) => {
    const inner = path === '' ? key : `${path}.${key}`;
    return Object.hasOwn(taken, key) ? unknownKeys(given[key], taken[key], inner) : [inner];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
