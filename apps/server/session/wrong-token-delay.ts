/** Wrong tokens from one address make it wait twice as long each time, up to this. */
const FIRST_MS = 125;
const MOST_MS = 1000;
/** Whoever showed no wrong one for so long begins anew. */
const FORGIVEN_MS = 10 * 60_000;
/** Addresses that are remembered; the one that failed longest ago makes room. */
const MAX_ADDRESSES = 1000;

/** Slows down who tries tokens, per address. */
export class WrongTokenDelay {
  /** In the order of the newest failure. */
  private readonly failures = new Map<string, { waitMs: number; atMs: number }>();

  /** Milliseconds that an address still has to wait; 0 where it may try. */
  left(address: string, nowMs: number): number {
    const known = this.failures.get(networkOf(address));
    return known === undefined ? 0 : Math.max(0, known.atMs + known.waitMs - nowMs);
  }

  failed(address: string, nowMs: number): void {
    const key = networkOf(address);
    const before = this.failures.get(key);
    const isNew = before === undefined || nowMs - before.atMs > FORGIVEN_MS;
    this.failures.delete(key);
    this.failures.set(key, { waitMs: isNew ? FIRST_MS : Math.min(MOST_MS, 2 * before.waitMs), atMs: nowMs });
    const [oldest] = this.failures.keys();
    if (this.failures.size > MAX_ADDRESSES && oldest !== undefined) this.failures.delete(oldest);
  }
}

/** An IPv4 address itself; of an IPv6 address its /64, the least that anybody is given whole. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  return [...first, ...zeros, ...last].slice(0, 4).join(':');
}
