/** Characters that the beginning of an id must have for the server to take it for the id. */
const SHORTEST = 4;

/** For each id the shortest beginning that no other of these has. */
export function shortIds(ids: Iterable<string>): Map<string, string> {
  const sorted = [...new Set(ids)].sort();
  const shared = (a: string, b = '') => {
    let length = 0;
    while (length < a.length && a[length] === b[length]) length++;
    return length;
  };
  // What an id shares with any other, it shares with a neighbour.
  return new Map(
    sorted.map((id, i) => {
      const common = Math.max(shared(id, sorted[i - 1]), shared(id, sorted[i + 1]));
      return [id, id.slice(0, Math.max(SHORTEST, common + 1))];
    }),
  );
}
