/** The entries of all pages of a list; it stops asking once it has `most` of them. */
export async function allPages<Page extends { next?: string | undefined }, Entry>(
  ask: (cursor: string | undefined) => Promise<Page>,
  entries: (page: Page) => Entry[],
  most = 100_000,
): Promise<Entry[]> {
  const all: Entry[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor);
    for (const entry of entries(page)) all.push(entry);
    cursor = page.next;
  } while (cursor !== undefined && all.length < most);
  return all;
}
