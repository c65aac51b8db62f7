import { performance } from 'node:perf_hooks';
import { isFault } from './store-errors.js';

/** After a refusal, only a real write shows within this time that there is room again; senders retry within seconds. */
const HOLD_MS = 5000;

/** Remembers that a database refused a write, until it has taken one. */
export class WriteHealth {
  private refusal: { error: unknown; atMs: number } | undefined;

  constructor(
    /** Writes enough to show that the next writes will be taken. */
    private readonly probe: () => Promise<unknown>,
    /** Milliseconds on a clock that never goes back. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Resolves and rejects as the write does. A fault of the program or of what it was given is no refusal. */
  async watch<Result>(write: () => Promise<Result>): Promise<Result> {
    try {
      const result = await write();
      this.refusal = undefined;
      return result;
    } catch (error) {
      if (!isFault(error)) this.refusal = { error, atMs: this.now() };
      throw error;
    }
  }

  /** Rejects with the last refusal, or the probe's own, if no write has been taken since. */
  async check(): Promise<void> {
    if (!this.refusal) return;
    if (this.now() - this.refusal.atMs < HOLD_MS) throw this.refusal.error;
    await this.watch(this.probe);
  }
}
