import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { CodedError } from '#domain';
import type { Rights } from '../http/request-rights.js';
import { networkOf, WrongTokenDelay } from './wrong-token-delay.js';

/** A token that was right from an address passes there for so long, whatever wrong ones come from it as well. */
const TRUSTED_MS = 60 * 60_000;
/** A token is noted as right again after so long. */
const NOTE_EVERY_MS = 60_000;
/** Pairs of address and token; the one that was right longest ago makes room. */
const MAX_TRUSTED = 50_000;

/**
 * Looks tokens up, slowly for an address that shows wrong ones. Whoever waits for the answer to one try may try again at
 * once; who does not wait is refused before its token is looked at.
 */
export class TokenTries {
  private readonly delay = new WrongTokenDelay();
  /** When which token was right from which address, by the hash of both. */
  private readonly trusted = new Map<string, number>();

  constructor(
    private readonly find: (text: string, nowMs: number) => Rights | undefined,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * What the token allows; undefined where it is wrong, once the address has waited for that.
   *
   * @throws CodedError TOO_MANY_REQUESTS
   */
  async look(text: string, address: string): Promise<Rights | undefined> {
    const nowMs = this.now();
    const pair = createHash('sha256')
      .update(`${networkOf(address)} ${text}`)
      .digest('base64');
    this.checkTurn(pair, address, nowMs);
    const rights = this.find(text, nowMs);
    if (rights) {
      this.trust(pair, nowMs);
      return rights;
    }
    this.trusted.delete(pair);
    this.delay.failed(address, nowMs);
    for (let left; (left = this.delay.left(address, this.now())) > 0;) await setTimeout(left);
    return undefined;
  }

  private checkTurn(pair: string, address: string, nowMs: number): void {
    const leftMs = this.delay.left(address, nowMs);
    if (leftMs === 0 || nowMs - (this.trusted.get(pair) ?? -TRUSTED_MS) < TRUSTED_MS) return;
    throw new CodedError('TOO_MANY_REQUESTS', 'A token was wrong just now. Wait a moment before the next try.', {
      retryAfterSeconds: Math.ceil(leftMs / 1000),
    });
  }

  private trust(pair: string, nowMs: number): void {
    if (nowMs - (this.trusted.get(pair) ?? 0) < NOTE_EVERY_MS) return;
    this.trusted.delete(pair);
    this.trusted.set(pair, nowMs);
    const [oldest] = this.trusted.keys();
    if (this.trusted.size > MAX_TRUSTED && oldest !== undefined) this.trusted.delete(oldest);
  }
}
