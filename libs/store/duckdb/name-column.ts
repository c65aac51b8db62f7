/**
 * A name as a column of a result. The driver decodes text with a `TextDecoder` that swallows a leading byte order mark,
 * so that a name gets a character in front of it, which `nameOf` takes away again.
 */
export function nameColumn(column: string): string {
  return `'.' || ${column}`;
}

export function nameOf(text: string): string {
  return text.slice(1);
}
