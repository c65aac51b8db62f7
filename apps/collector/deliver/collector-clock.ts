import type { ServerTime } from '#client';
import { formatDuration } from '#domain/time';
import type { Stamp } from './spool/spool.js';
import { SteadyTime } from './steady-time.js';

/** The wall clock was set where it moves by more than this against steady time between two looks. */
const STEP_MS = 1_000;
/** Times that are less than this apart are the same: the clocks of hosts with NTP are. */
export const SAME_TIME_MS = 2_000;
/** A correction back in time up to this is spread, so that no tick seems to come before the one before it. */
const MAX_SLEW_MS = 60_000;
/** Part of the time that passes by which a spread correction shrinks. */
const SLEW_RATE = 0.5;

/**
 * The time that samples are stamped with: the host's own, corrected by what the server says where the two differ. Once
 * the server has said what time it is, nothing that is done to the host's clock moves these times.
 */
export class CollectorClock {
  /** Added to the host's clock, in milliseconds. */
  offsetMs = 0;
  private confirmed = false;
  private saidMs = 0;
  private slew = { fromMs: 0, at: 0 };
  private last: { wall: number; steady: number };

  constructor(
    private readonly say: (text: string) => void,
    private readonly wall: () => number = Date.now,
    private readonly steady: SteadyTime | { now: () => number } = new SteadyTime(),
  ) {
    this.last = { wall: wall(), steady: steady.now() };
  }

  /** True once the server has said what time it is. */
  get isConfirmed(): boolean {
    return this.confirmed;
  }

  /** Milliseconds that never jump. */
  monotonicMs(): number {
    return this.steady.now();
  }

  /** Unix milliseconds for samples of now. */
  now(): number {
    const [wall, steady] = [this.wall(), this.steady.now()];
    const step = wall - this.last.wall - (steady - this.last.steady);
    this.last = { wall, steady };
    if (this.confirmed && Math.abs(step) > STEP_MS) {
      this.offsetMs -= step;
      this.say(`This host's clock was set ${signed(step)}; times go on by the server's clock`);
    }
    return Math.round(wall + this.offsetMs + this.slewAt(steady));
  }

  stamp(): Stamp {
    return { timeMs: this.now(), monotonicMs: this.steady.now() };
  }

  /** Unix milliseconds of a moment on the monotonic clock, as far as is known now. */
  at(monotonicMs: number): number {
    return Math.round(this.now() - (this.steady.now() - monotonicMs));
  }

  /** Unix milliseconds of now; undefined before the server has said what time it is. */
  confirmedMs(): number | undefined {
    return this.confirmed ? this.now() : undefined;
  }

  /** Takes what the server says, unless it may be the same time within what the way to it has taken. */
  learn({ timeMs, agoMs, errorMs }: ServerTime): void {
    const difference = timeMs - (this.now() - agoMs);
    const first = !this.confirmed;
    this.confirmed = true;
    if (Math.abs(difference) <= SAME_TIME_MS + errorMs) return;
    const steady = this.steady.now();
    const before = this.offsetMs + this.slewAt(steady);
    const offset = Math.round(before + difference);
    this.offsetMs = Math.abs(offset) <= SAME_TIME_MS ? 0 : offset;
    const back = before - this.offsetMs;
    // Before the first answer nothing was sent, so nothing can be seen to go back.
    this.slew = { fromMs: !first && back > 0 && back <= MAX_SLEW_MS ? back : 0, at: steady };
    if (this.isNews()) this.say(this.sentence());
  }

  private slewAt(steady: number): number {
    return Math.max(0, this.slew.fromMs - (steady - this.slew.at) * SLEW_RATE);
  }

  /** A clock that is brought right little by little is not spoken of at every step. */
  private isNews(): boolean {
    const { offsetMs, saidMs } = this;
    const isNews = offsetMs === 0 || Math.abs(offsetMs - saidMs) > Math.max(SAME_TIME_MS, Math.abs(saidMs) / 4);
    if (isNews) this.saidMs = offsetMs;
    return isNews;
  }

  private sentence(): string {
    if (this.offsetMs === 0) return "This host's clock agrees with the server's; times are no longer corrected";
    const apart = formatDuration(Math.abs(this.offsetMs));
    const side = this.offsetMs < 0 ? 'ahead of' : 'behind';
    return `This host's clock is ${apart} ${side} the server's; times are corrected`;
  }
}

function signed(ms: number): string {
  return `${ms < 0 ? 'back' : 'forward'} by ${formatDuration(Math.abs(Math.round(ms)))}`;
}
