/**
 * What a schema left out of a body: keys, and entries of lists, that it does not know, each as its path such as
 * `hostUsage.gpu`. A newer sender may say more than an older server understands, which costs it nothing else; but it is
 * counted.
 *
 * @param taken what the schema made of it
 */
export function unknownKeys(given: unknown, taken: unknown): string[] {
  const found: string[] = [];
  compare(given, taken, '', found);
  return found;
}

/** Goes through every body, so nothing is made on the way but for what is found. */
function compare(given: unknown, taken: unknown, path: string, found: string[]): void {
  if (Array.isArray(given) && Array.isArray(taken)) {
    // Columns of plain values have no keys; of a list that lacks entries, which ones are missing is not known.
    for (let missing = given.length - taken.length; missing > 0; missing--) found.push(path);
    if (given.length !== taken.length || typeof given[0] !== 'object') return;
    for (let i = 0; i < given.length; i++) compare(given[i], taken[i], path, found);
  } else if (isObject(given) && isObject(taken)) {
    // What comes from `JSON.parse` has no keys but its own.
    for (const key in given) {
      const value = given[key];
      if (!Object.hasOwn(taken, key)) found.push(within(path, key));
      else if (typeof value === 'object' && value !== null) compare(value, taken[key], within(path, key), found);
    }
  }
}

const within = (path: string, key: string) => (path === '' ? key : `${path}.${key}`);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
