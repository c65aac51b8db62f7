import { nameMap } from './name-map.js';
import { readableName } from './text.js';

export interface JsonBounds {
  /** Objects and arrays within each other. */
  depth: number;
  /** Values in all, objects and arrays included. */
  values: number;
  /** UTF-16 units of one text or key. */
  length: number;
}

/**
 * A copy of JSON from strangers that is no larger than its bounds and holds valid Unicode only. What lies beyond them is
 * left out; a text that is too long is cut.
 *
 * @returns the copy, and how many values were left out or cut
 */
export function boundedJson(value: unknown, bounds: JsonBounds): { value: unknown; dropped: number } {
  let left = bounds.values;
  let dropped = 0;
  const text = (one: string) => {
    const readable = readableName(one);
    if (readable.length <= bounds.length) return readable;
    dropped++;
    return readable.slice(0, bounds.length).toWellFormed();
  };
  const copy = (one: unknown, depth: number): unknown => {
    if (left <= 0 || depth > bounds.depth) {
      dropped++;
      return undefined;
    }
    left--;
    if (typeof one === 'string') return text(one);
    if (typeof one !== 'object' || one === null) return one;
    if (Array.isArray(one)) return one.map((item) => copy(item, depth + 1)).filter((item) => item !== undefined);
    const entries = Object.entries(one).map(([key, item]) => [text(key), copy(item, depth + 1)] as const);
    return nameMap(entries.filter(([, item]) => item !== undefined));
  };
  return { value: copy(value, 1), dropped };
}
