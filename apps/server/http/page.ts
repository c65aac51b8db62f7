import { CodedError } from '#domain';

/** A cursor for a page: the keys of its last entry. */
export function encodeCursor(keys: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/** @throws CodedError `INVALID` where the cursor is none of ours */
export function decodeCursor(cursor: string, length: number): string[] {
  try {
    const keys = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown;
    if (Array.isArray(keys) && keys.length === length && keys.every((key) => typeof key === 'string')) return keys;
  } catch {
    // Falls through to the error that names the value.
  }
  throw new CodedError('INVALID', `cursor: "${cursor.slice(0, 60)}" is none that a page of this route gave.`);
}

/** One page of entries that are in the order of their key; `next` is there where more follow. */
export function pageOf<Entry>(
  entries: Entry[],
  query: { limit: number; cursor?: string },
  key: (entry: Entry) => string,
): { entries: Entry[]; next?: string } {
  const [after] = query.cursor === undefined ? [undefined] : decodeCursor(query.cursor, 1);
  const rest = after === undefined ? entries : entries.filter((entry) => key(entry) > after);
  const page = rest.slice(0, query.limit);
  const last = page.at(-1);
  return {
    entries: page,
    next: rest.length > page.length && last !== undefined ? encodeCursor([key(last)]) : undefined,
  };
}
