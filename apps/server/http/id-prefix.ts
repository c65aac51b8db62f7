import { CodedError } from '#domain';

/** Characters that the beginning of an id must have to stand for it. */
export const MIN_PREFIX = 4;
const MAX_NAMED = 5;

/**
 * The id that is meant: the same, or the only one that begins so. Undefined where there is none.
 *
 * @throws CodedError INVALID where several begin so, which it names
 */
export function idOf(text: string, known: Iterable<string>): string | undefined {
  const found: string[] = [];
  for (const id of known) {
    if (id === text) return id;
    if (text.length >= MIN_PREFIX && id.startsWith(text)) found.push(id);
  }
  if (found.length <= 1) return found[0];
  const named = found.slice(0, MAX_NAMED).join(', ');
  const more = found.length > MAX_NAMED ? ` and ${found.length - MAX_NAMED} more` : '';
  throw new CodedError('INVALID', `id: "${text}" may be ${named}${more}; give more of its characters.`);
}
