import { decodeCursor, encodeCursor } from '#store';

/** One page of entries that are in the order of their key; `next` is there where more follow. */
export function pageOf<Entry>(
  entries: Entry[],
  query: { limit: number; cursor?: string },
  key: (entry: Entry) => string,
): { entries: Entry[]; next?: string } {
  const [after] = query.cursor === undefined ? [undefined] : decodeCursor(query.cursor, ['string']);
  const rest = after === undefined ? entries : entries.filter((entry) => key(entry) > after);
  const page = rest.slice(0, query.limit);
  const last = page.at(-1);
  return {
    entries: page,
    next: rest.length > page.length && last !== undefined ? encodeCursor([key(last)]) : undefined,
  };
}
