/** Wrong tokens from one address make it wait twice as long each time, up to this. */
const FIRST_MS = 125;
const MOST_MS = 1000;
/** Addresses that are remembered; the one that failed longest ago makes room. */
const MAX_ADDRESSES = 1000;

/** Slows down who tries tokens, per address. */
export class SignInDelay {
  /** In the order of the newest failure. */
  private readonly failures = new Map<string, { waitMs: number; atMs: number }>();

  /** Milliseconds that an address still has to wait; 0 where it may try. */
  left(address: string, nowMs: number): number {
    const known = this.failures.get(address);
    return known === undefined ? 0 : Math.max(0, known.atMs + known.waitMs - nowMs);
  }

  failed(address: string, nowMs: number): void {
    const waitMs = Math.min(MOST_MS, 2 * (this.failures.get(address)?.waitMs ?? FIRST_MS / 2));
    this.failures.delete(address);
    this.failures.set(address, { waitMs, atMs: nowMs });
    const [oldest] = this.failures.keys();
    if (this.failures.size > MAX_ADDRESSES && oldest !== undefined) this.failures.delete(oldest);
  }

  succeeded(address: string): void {
    this.failures.delete(address);
  }
}
