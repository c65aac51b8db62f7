import { CodedError } from '#domain';

/** Most bytes of bodies that are held at once, as received and as unpacked, over all requests together. */
export const MAX_BYTES_IN_FLIGHT = 64 * 1024 * 1024;

/**
 * Counts the bytes of all bodies that are held, from their first byte until their request is answered, so that many
 * requests at once can't take more memory than a few.
 */
export class BodyBudget {
  private readonly held = new WeakMap<object, number>();
  private total = 0;

  constructor(private readonly limit = MAX_BYTES_IN_FLIGHT) {}

  /** @throws CodedError `TOO_MANY_REQUESTS` where the bytes are more than what is left */
  take(request: object, bytes: number): void {
    if (this.total + bytes > this.limit) {
      throw new CodedError(
        'TOO_MANY_REQUESTS',
        `The bodies of other requests take ${Math.round(this.total / 1024)} kB of ${this.limit / 1024} kB already.`,
      );
    }
    this.total += bytes;
    this.held.set(request, (this.held.get(request) ?? 0) + bytes);
  }

  /** Gives back all that a request took; a second time changes nothing. */
  release(request: object): void {
    this.total -= this.held.get(request) ?? 0;
    this.held.delete(request);
  }
}
