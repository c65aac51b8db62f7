/** Arrays and objects within each other. Nothing that a route takes is deeper than a handful. */
export const MAX_JSON_DEPTH = 32;
/** Members of one object; those with many entries are lists here. A million of them stopped everybody for seconds. */
export const MAX_JSON_KEYS = 1000;
/** Values in all. A full batch has 600,000, eight columns of 50,000 samples and 5,000 units of 40; as many forecasts have 550,000. */
export const MAX_JSON_VALUES = 1_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** 1 for every byte that means something outside of a string; most mean nothing here. */
const marks = new Uint8Array(256);
for (const mark of [QUOTE, COMMA, COLON, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT]) marks[mark] = 1;

/**
 * Says what makes a JSON text cost more to parse than its length lets expect, or undefined where nothing does. One walk
 * over the bytes that keeps nothing; whether it is JSON at all is left to `JSON.parse`.
 */
export function excessOf(json: Uint8Array): string | undefined {
  const keys = new Uint32Array(MAX_JSON_DEPTH + 1);
  let depth = 0;
  let values = 1;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i] as number;
    if (marks[byte] === 0) continue;
    if (byte === QUOTE) {
      i = endOfString(json, i);
    } else if (byte === COMMA) {
      if (++values > MAX_JSON_VALUES) return `over ${MAX_JSON_VALUES} values`;
    } else if (byte === COLON) {
      const known = (keys[depth] ?? 0) + 1;
      if (known > MAX_JSON_KEYS) return `an object with over ${MAX_JSON_KEYS} keys`;
      keys[depth] = known;
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      if (++depth > MAX_JSON_DEPTH) return `values nested over ${MAX_JSON_DEPTH} deep`;
      if (++values > MAX_JSON_VALUES) return `over ${MAX_JSON_VALUES} values`;
      keys[depth] = 0;
    } else if (depth > 0) {
      depth--;
    }
  }
  return undefined;
}

/** Where the string that begins at `start` ends, or the end of the text. */
function endOfString(json: Uint8Array, start: number): number {
  for (let i = start + 1; i < json.length; i++) {
    if (json[i] === BACKSLASH) i++;
    else if (json[i] === QUOTE) return i;
  }
  return json.length;
}
