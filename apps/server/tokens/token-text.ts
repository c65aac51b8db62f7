import { createHash, randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 10;
/** 256 random bits. */
const SECRET_LENGTH = 43;
const TEXT = new RegExp(`^aw_([0-9A-Za-z]{${ID_LENGTH}})_([0-9A-Za-z]{${SECRET_LENGTH}})$`);

/** The text of a token is `aw_<id>_<secret>`: the id finds its record, and scanners of secrets know it by its beginning. */
export interface TokenText {
  id: string;
  secret: string;
}

export function newTokenId(): string {
  return randomText(ID_LENGTH);
}

export function newSecret(): string {
  return randomText(SECRET_LENGTH);
}

export function tokenText({ id, secret }: TokenText): string {
  return `aw_${id}_${secret}`;
}

/** Undefined where the text is no token of this form. */
export function readTokenText(text: string): TokenText | undefined {
  const [, id, secret] = TEXT.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Secrets are random and long, so that no slow hash is needed. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
