import { performance } from 'node:perf_hooks';
import type { SchedulerRegistry } from '@nestjs/schedule';

export interface LoopOptions {
  /** Unique within the process; the name under which the loop stands in the scheduler's registry. */
  name: string;
  periodMs: number;
  /** One round. `signal` is aborted when the loop stops. */
  run: (signal: AbortSignal) => Promise<void> | void;
  /** Called for every round that failed; the loop goes on. */
  onError: (error: unknown) => void;
  registry?: SchedulerRegistry;
  /** Milliseconds of a clock that never jumps. */
  now?: () => number;
}

/**
 * Runs a round at fixed points in monotonic time, start + n × period. Rounds never overlap: a round that takes longer
 * than the period skips the points that it missed, and they are counted.
 */
export class Loop {
  /** Points in time at which no round started because the one before was not done. */
  skipped = 0;
  private next = 0;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  /** Set before `running` is: a round may change the loop before its first `await`. */
  private inRound = false;
  private paused = false;
  private readonly abort = new AbortController();
  private readonly now: () => number;
  private periodMs: number;

  constructor(private readonly options: LoopOptions) {
    this.periodMs = options.periodMs;
    this.now = options.now ?? (() => performance.now());
  }

  get period(): number {
    return this.periodMs;
  }

  /** Runs the first round after `delayMs`. */
  start(delayMs = 0): void {
    this.next = this.now() + delayMs;
    this.schedule();
  }

  /** From now on a round every `periodMs`, the first one a period from now. */
  setPeriod(periodMs: number): void {
    this.periodMs = periodMs;
    // At the end of a round under way a period is added anyway.
    this.next = this.now() + (this.inRound ? 0 : periodMs);
    if (!this.inRound && this.timer) this.schedule();
  }

  pause(): void {
    this.paused = true;
    clearTimeout(this.timer);
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.next = this.now();
    if (!this.inRound && this.timer) this.schedule();
  }

  get isPaused(): boolean {
    return this.paused;
  }

  /** Ends the loop; resolves when the round under way is done. */
  async stop(): Promise<void> {
    this.abort.abort();
    clearTimeout(this.timer);
    this.unregister();
    await this.running;
  }

  private schedule(): void {
    clearTimeout(this.timer);
    if (this.abort.signal.aborted || this.paused) return;
    this.timer = setTimeout(() => void this.round(), Math.max(0, this.next - this.now()));
    this.unregister();
    this.options.registry?.addTimeout(this.options.name, this.timer);
  }

  private unregister(): void {
    const { registry, name } = this.options;
    if (registry?.doesExist('timeout', name)) registry.deleteTimeout(name);
  }

  private async round(): Promise<void> {
    this.inRound = true;
    this.running = (async () => {
      try {
        await this.options.run(this.abort.signal);
      } catch (error) {
        if (!this.abort.signal.aborted) this.options.onError(error);
      }
    })();
    await this.running;
    this.running = undefined;
    this.inRound = false;
    this.next += this.periodMs;
    const late = this.now() - this.next;
    if (late > 0) {
      const missed = Math.ceil(late / this.periodMs);
      this.skipped += missed;
      this.next += missed * this.periodMs;
    }
    this.schedule();
  }
}
