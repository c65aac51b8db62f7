/**
 * Parses a query string strictly. The router can't take an error from here, so a part with invalid percent-encoding or
 * UTF-8 becomes a key that says so, and a key that is repeated an array; no schema of ours accepts either.
 */
export function parseQueryString(text: string): Record<string, string | string[]> {
  const query = Object.create(null) as Record<string, string | string[]>;
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = decode(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : decode(part.slice(equals + 1));
    if (key === undefined || value === undefined) {
      query[`${part.slice(0, 60)} (not valid percent-encoded UTF-8)`] = '';
      continue;
    }
    const before = query[key];
    query[key] = before === undefined ? value : [before, value].flat();
  }
  return query;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
