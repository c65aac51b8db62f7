export interface BackoffOptions {
  firstMs: number;
  maxMs: number;
  random?: () => number;
}

/**
 * Exponential back-off with full jitter: a wait drawn evenly from 0 to first × 2ⁿ, at most `maxMs`
 * (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
export class Backoff {
  private attempt = 0;

  constructor(private readonly options: BackoffOptions) {}

  /** Milliseconds to wait before the next try, never less than what the peer asked for. */
  nextMs(retryAfterMs = 0): number {
    const ceiling = Math.min(this.options.maxMs, this.options.firstMs * 2 ** this.attempt);
    this.attempt = Math.min(this.attempt + 1, 30);
    return Math.max(retryAfterMs, (this.options.random ?? Math.random)() * ceiling);
  }

  reset(): void {
    this.attempt = 0;
  }
}

/** Resolves after `ms` milliseconds, or at once when the signal is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}
