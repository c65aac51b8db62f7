export interface PlaceLimits {
  /** Names of one host, and of all hosts together. */
  perHost: number;
  inAll: number;
}

/** A name that was not seen for one to two of these frees its place. */
const ROUND_MS = 3_600_000;

/** The names of one host in two generations, so that asking costs the same however many there are. */
interface HostNames {
  fresh: Set<string>;
  /** Of the round before, without those that are in `fresh`. */
  stale: Set<string>;
}

/** Keeps the number of names bounded: those that have a place keep it, and the largest of the new ones get what is free. */
export class NamePlaces {
  private readonly hosts = new Map<string, HostNames>();
  private roundMs: number | undefined;
  private total = 0;

  constructor(private readonly limits: PlaceLimits) {}

  /** Names that have a place. */
  get size(): number {
    return this.total;
  }

  /**
   * Indices of the names that get no place.
   *
   * @param sizeOf which of two new names is larger, where not all find one
   */
  without(host: string, names: string[], sizeOf: (index: number) => number, nowMs: number): Set<number> {
    this.turn(nowMs);
    const known = this.namesOf(host);
    const fresh: number[] = [];
    for (const [i, name] of names.entries()) {
      if (known.fresh.has(name)) continue;
      if (known.stale.delete(name)) known.fresh.add(name);
      else fresh.push(i);
    }
    const free = this.freeOf(known);
    if (fresh.length > free) fresh.sort((a, b) => sizeOf(b) - sizeOf(a) || a - b);
    for (const i of fresh.slice(0, free)) known.fresh.add(names[i] as string);
    this.total += Math.min(free, fresh.length);
    return new Set(fresh.slice(free));
  }

  forget(host: string): void {
    const names = this.hosts.get(host);
    if (names) this.total -= names.fresh.size + names.stale.size;
    this.hosts.delete(host);
  }

  private freeOf({ fresh, stale }: HostNames): number {
    return Math.max(0, Math.min(this.limits.perHost - fresh.size - stale.size, this.limits.inAll - this.total));
  }

  private namesOf(host: string): HostNames {
    let names = this.hosts.get(host);
    if (!names) this.hosts.set(host, (names = { fresh: new Set(), stale: new Set() }));
    return names;
  }

  private turn(nowMs: number): void {
    this.roundMs ??= nowMs;
    if (nowMs - this.roundMs < ROUND_MS) return;
    this.roundMs = nowMs;
    for (const [host, { fresh, stale }] of this.hosts) {
      this.total -= stale.size;
      if (fresh.size === 0) this.hosts.delete(host);
      else this.hosts.set(host, { fresh: new Set(), stale: fresh });
    }
  }
}
