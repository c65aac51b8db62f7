import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';

/** The two clocks differ by less than this while the machine is awake: one of them counts whole seconds. */
const AWAKE_MS = 2_000;

/**
 * Time that nobody can set. The monotonic clock stands still while the machine sleeps (CLOCK_MONOTONIC in
 * clock_gettime(2)); the time since its start goes on (CLOCK_BOOTTIME), and tells how long that was.
 */
export class SteadyTime {
  private sleptMs = 0;
  private readonly apartMs: number;

  constructor(
    private readonly monotonicMs: () => number = () => performance.now(),
    private readonly sinceBootMs: () => number = () => uptime() * 1000,
  ) {
    this.apartMs = sinceBootMs() - monotonicMs();
  }

  /** Milliseconds since some moment before the start of this process. */
  now(): number {
    const monotonicMs = this.monotonicMs();
    const sleptMs = this.sinceBootMs() - monotonicMs - this.apartMs;
    if (sleptMs - this.sleptMs > AWAKE_MS) this.sleptMs = sleptMs;
    return monotonicMs + this.sleptMs;
  }
}
