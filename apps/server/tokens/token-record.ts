import { isoTime, token, type Token } from '#domain';
import { z } from 'zod';

const hash = z.string().regex(/^[\da-f]{64}$/);
const { id, kind, hosts, name, enrolledBy, expiresAt } = token.shape;

/** What is kept of a token: of its secret the SHA-256 alone, and for a while that of the one before its renewal. */
export const tokenRecord = z.object({
  id,
  kind,
  hosts,
  name,
  enrolledBy,
  expiresAt,
  createdAt: isoTime,
  hash,
  old: z.object({ hash, until: isoTime }).optional(),
});
export type TokenRecord = z.infer<typeof tokenRecord>;

/** Kept apart from the record, since it changes with every request. */
export const tokenUse = z.object({ at: isoTime, from: z.string() });
export type TokenUse = z.infer<typeof tokenUse>;

/** A record as it is shown. */
export function shownToken(record: TokenRecord, use: TokenUse | undefined, nowMs: number): Token {
  const { hash: _, old, ...shown } = record;
  const isInGrace = old !== undefined && Date.parse(old.until) > nowMs;
  return {
    ...shown,
    lastUsedAt: use?.at ?? null,
    lastUsedFrom: use?.from ?? null,
    ...(isInGrace && { oldSecretUntil: old.until }),
  };
}

export function isOver({ expiresAt: end }: Pick<TokenRecord, 'expiresAt'>, nowMs: number): boolean {
  return end !== null && Date.parse(end) <= nowMs;
}
