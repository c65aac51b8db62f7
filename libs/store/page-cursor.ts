import { CodedError } from '#domain';

/** What a cursor holds: the keys of the last entry of a page, by which the list is sorted. */
export type CursorKey = string | number;

export function encodeCursor(keys: readonly CursorKey[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/**
 * The keys of a cursor, which came back from outside; numbers are whole.
 *
 * @throws CodedError `INVALID` where no list with these keys gave it
 */
export function decodeCursor<const Types extends readonly ('string' | 'number')[]>(
  cursor: string,
  types: Types,
): { -readonly [I in keyof Types]: Types[I] extends 'number' ? number : string } {
  try {
    const keys = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
    if (Array.isArray(keys) && keys.length === types.length && types.every((type, i) => isKey(keys[i], type))) {
      return keys as never;
    }
  } catch {
    // Falls through to the error that names the value.
  }
  throw new CodedError('INVALID', `cursor: "${cursor.slice(0, 60)}" is none that a page of this route gave.`);
}

function isKey(key: unknown, type: 'string' | 'number'): boolean {
  return type === 'string' ? typeof key === 'string' : Number.isSafeInteger(key);
}
