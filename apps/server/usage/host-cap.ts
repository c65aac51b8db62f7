import { CodedError } from '#domain';

/** Keeps the number of hosts bounded, also while many new ones arrive at the same moment. */
export class HostCap {
  /** New hosts whose first batches are on their way into the store, and how many of them. */
  private readonly arriving = new Map<string, number>();

  constructor(
    private readonly known: { has: (host: string) => boolean; readonly size: number },
    private readonly most: number,
  ) {}

  /**
   * @returns to be called once the batch is stored, and its host known, or not
   * @throws CodedError `TOO_MANY_REQUESTS` where the host is new and there is no room for it
   */
  enter(host: string): () => void {
    if (this.known.has(host)) return () => undefined;
    if (!this.arriving.has(host) && this.known.size + this.arriving.size >= this.most) {
      throw new CodedError(
        'TOO_MANY_REQUESTS',
        `host: ${this.known.size} hosts are known already, as many as AMBERWATCH_MAX_HOSTS allows; "${host.slice(0, 60)}" is none of them.`,
      );
    }
    this.arriving.set(host, (this.arriving.get(host) ?? 0) + 1);
    return () => {
      const left = (this.arriving.get(host) ?? 1) - 1;
      if (left > 0) this.arriving.set(host, left);
      else this.arriving.delete(host);
    };
  }
}
