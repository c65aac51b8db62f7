import { z } from 'zod';

/** Largest number of characters (Unicode code points) in a host, service or process name. */
export const MAX_NAME_LENGTH = 255;

/**
 * Length in characters as a user counts them, code points, which is never more than the UTF-16 length.
 * A string short enough in UTF-16 need not be walked.
 */
function withinLength(text: string): boolean {
  if (text.length <= MAX_NAME_LENGTH) return true;
  if (text.length > 2 * MAX_NAME_LENGTH) return false;
  let points = 0;
  for (const _ of text) points++;
  return points <= MAX_NAME_LENGTH;
}

/** A name of 1–255 characters. */
export function nameSchema(start = z.string()) {
  return start
    .min(1, { error: 'is empty' })
    .refine(withinLength, { error: `has more than ${MAX_NAME_LENGTH} characters` })
    .refine((text) => text.isWellFormed(), { error: 'holds a lone surrogate, which is not valid Unicode' });
}

export const processName = nameSchema().describe(
  'Name of a program: 1–255 characters of any valid Unicode, returned as it was sent',
);
export const hostName = nameSchema().describe('Host name or address: 1–255 characters, a label that is never trusted');
export const serviceName = nameSchema().describe('Service that a host belongs to');

/**
 * A name in valid Unicode: `\udc80`–`\udcff`, with which Python writes bytes that it could not read (PEP 383), become
 * `\xNN` as in our own reader, other lone surrogates U+FFFD.
 */
export function readableName(text: string): string {
  if (text.isWellFormed()) return text;
  return text.replace(/[\udc80-\udcff]/gu, (byte) => `\\x${(byte.charCodeAt(0) - 0xdc00).toString(16)}`).toWellFormed();
}

/** A name as Python clients write it, made readable; one that grows too long by that is cut. */
const asWritten = z.string().overwrite((text) => {
  const made = readableName(text);
  return made === text ? text : Array.from(made).slice(0, MAX_NAME_LENGTH).join('');
});
export const readableProcessName = nameSchema(asWritten);
export const readableHostName = nameSchema(asWritten);

/** Valid Unicode text; its longest length is in UTF-16 units. */
export function wellFormedText(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .refine((text) => text.isWellFormed(), { error: 'holds a lone surrogate, which is not valid Unicode' });
}

const escapes: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * One line that a terminal shows as written: control, format (such as right-to-left override), line and paragraph
 * separator and unassigned characters become escapes, a backslash is doubled, so that two names never look the same.
 */
export function escapeForConsole(text: string): string {
  return escapeInvisible(text.replaceAll('\\', '\\\\'));
}

/** The same for a sentence that holds names as JSON writes them: a backslash stays as it is. */
export function escapeInvisible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu, (character) => {
    const known = escapes[character];
    if (known !== undefined) return known;
    const point = character.codePointAt(0) ?? 0;
    return point < 0x100 ? `\\x${point.toString(16).padStart(2, '0')}` : `\\u{${point.toString(16)}}`;
  });
}
