import { performance } from 'node:perf_hooks';
import { formatDuration } from '#domain/time';

/** The wall clock was set when it moves so much against the monotonic one between two looks. */
const STEP_MS = 5_000;
/** The offset must change by so much before it is said again. */
const SAME_MS = 1_000;

/**
 * The time that samples are stamped with: the host's own, corrected by what the server said where the host's runs
 * ahead. When somebody sets the host's clock, the correction is void and the server is asked anew.
 */
export class CollectorClock {
  /** Milliseconds added to the host's clock. */
  offsetMs = 0;
  private lastWall: number;
  private lastMonotonic: number;

  constructor(
    private readonly say: (text: string) => void,
    private readonly wall: () => number = Date.now,
    private readonly monotonic: () => number = () => performance.now(),
  ) {
    this.lastWall = wall();
    this.lastMonotonic = monotonic();
  }

  /** Unix milliseconds for samples of now. */
  now(): number {
    const wall = this.wall();
    const monotonic = this.monotonic();
    const step = wall - this.lastWall - (monotonic - this.lastMonotonic);
    this.lastWall = wall;
    this.lastMonotonic = monotonic;
    if (this.offsetMs !== 0 && Math.abs(step) > STEP_MS) {
      this.offsetMs = 0;
      this.say("This host's clock was set; its times are no longer corrected");
    }
    return wall + this.offsetMs;
  }

  /**
   * The server says that a sample lies in its future.
   *
   * @returns milliseconds to add to the time of a batch that was stamped without the correction
   */
  correct(serverTimeMs: number): number {
    const offset = Math.round(serverTimeMs - this.wall());
    if (Math.abs(offset - this.offsetMs) > SAME_MS) {
      this.offsetMs = offset;
      const ahead = formatDuration(Math.abs(offset));
      this.say(`This host's clock is ${ahead} ${offset < 0 ? 'ahead of' : 'behind'} the server's; times are corrected`);
    }
    return offset;
  }
}
