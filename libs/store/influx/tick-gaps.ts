import { DEFAULT_INTERVAL_MS } from '#domain';

/** A gap that differs by no more than this part from the usual one is one of those: ticks are not exact. */
const USUAL_WITHIN = 0.2;
/** Usual intervals that a sample stands for at most. */
const MOST_INTERVALS = 3;

/** A gap between two ticks of a host, and how often there was one of this length. */
export type Gap = [ms: number, times: number];

/** For how long the ticks of a host stand: each for the gap before it, the first one for the usual gap. */
export class TickGaps {
  /** Whole milliseconds outside of which a gap is odd; `none` where no gap is. */
  readonly odd: { below: number; above: number } | 'none';
  /** What a tick stands for after a gap that is not odd, seconds: the mean of these, so that their sum is exact. */
  readonly usualSeconds: number;
  /** What all ticks together stand for, seconds; Infinity where no gap is known. */
  readonly allSeconds: number;
  private readonly mostSeconds: number;

  constructor(gaps: Gap[]) {
    const middle = middleOf(gaps) ?? DEFAULT_INTERVAL_MS;
    this.mostSeconds = (MOST_INTERVALS * middle) / 1000;
    const bounds = { below: Math.ceil(middle * (1 - USUAL_WITHIN)), above: Math.floor(middle * (1 + USUAL_WITHIN)) };
    const usual = gaps.filter(([ms]) => ms >= bounds.below && ms <= bounds.above);
    this.odd = usual.length < gaps.length ? bounds : 'none';
    const times = usual.reduce((sum, [, one]) => sum + one, 0);
    this.usualSeconds =
      times === 0 ? middle / 1000 : usual.reduce((sum, [ms, one]) => sum + ms * one, 0) / times / 1000;
    const standsFor = ([ms, one]: Gap) =>
      one * (this.usualSeconds + (ms < bounds.below || ms > bounds.above ? this.extraSeconds(ms) : 0));
    this.allSeconds = gaps.length === 0 ? Infinity : gaps.reduce((sum, gap) => sum + standsFor(gap), this.usualSeconds);
  }

  /** What a tick after an odd gap stands for beyond the usual time, seconds; below 0 where it is less. */
  extraSeconds(ms: number): number {
    return Math.min(ms / 1000, this.mostSeconds) - this.usualSeconds;
  }
}

/** The middle gap, of two the lower. */
function middleOf(gaps: Gap[]): number | undefined {
  const half = Math.ceil(gaps.reduce((sum, [, times]) => sum + times, 0) / 2);
  let seen = 0;
  return gaps.toSorted(([a], [b]) => a - b).find(([, times]) => (seen += times) >= half)?.[0];
}
