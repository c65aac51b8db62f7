/** What a name begins with that stands percent-encoded behind it, since InfluxDB can't keep it as it is. */
const ESCAPED = 'esc:';

/**
 * A name as the value of a tag. Nearly all stand as they are. InfluxDB refuses a line feed and a trailing backslash; it
 * loses a carriage return in its answers, and its query language can't name a NUL. Those are percent-encoded behind a
 * prefix, and so are names that would be taken for such a one.
 */
export function encodeName(name: string): string {
  // oxlint-disable-next-line no-control-regex -- it is control characters that this is about
  const refused = /[\0\n\r]|\\$/.test(name);
  return refused || decodeName(name) !== name ? ESCAPED + encodeURIComponent(name) : name;
}

/** Another program's tag that only looks escaped is the name as it stands. */
export function decodeName(tag: string): string {
  if (!tag.startsWith(ESCAPED)) return tag;
  try {
    return decodeURIComponent(tag.slice(ESCAPED.length));
  } catch {
    return tag;
  }
}

/** Names whose tags are remembered; a fleet's programs are the same ones at every tick. */
const MAX_REMEMBERED = 50_000;
const remembered = new Map<string, string>();

/** A name as the value of a tag in a line. */
export function tagValue(name: string): string {
  let tag = remembered.get(name);
  if (tag === undefined) {
    tag = encodeName(name).replace(/[,= ]/g, '\\$&');
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(name, tag);
  }
  return tag;
}

/** A number as a field of a line; nothing for what is not known. */
export function fieldText(name: string, value: number | null | undefined, suffix = ''): string {
  return value === undefined || value === null ? '' : name + value + suffix;
}

/** A name as a text field of a line. */
export function fieldTextOf(name: string, value: string | undefined): string {
  return value === undefined ? '' : `${name}"${encodeName(value).replace(/["\\]/g, '\\$&')}"`;
}
