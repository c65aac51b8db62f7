import type { CalibrationReport } from '#domain';
import { recalibrate, type Outcome } from '#prediction';
import type { Knots } from './forecaster-bank.js';

/** Most claims that are remembered; the oldest are forgotten first. */
const MAX_OUTCOMES = 20_000;

/** What became of the claims of this installation, and what its claimed probabilities are worth. */
export class ClaimRecord {
  outcomes: Outcome[] = [];
  /** Claims that ended since the service started. */
  readonly ended = { hit: 0, false: 0 };

  add({ probability, hit }: Outcome): void {
    this.ended[hit ? 'hit' : 'false']++;
    this.outcomes.push({ probability, hit });
    if (this.outcomes.length > MAX_OUTCOMES) this.outcomes.splice(0, this.outcomes.length - MAX_OUTCOMES);
  }

  /** Counts all claims again: the knots to correct probabilities by, and the table for people. */
  count(nowMs: number): { knots: Knots; report: CalibrationReport } {
    const { knots, reliability, before, after } = recalibrate(this.outcomes);
    const report = {
      time: new Date(nowMs).toISOString(),
      claims: this.outcomes.length,
      bands: reliability,
      brierBefore: before,
      brierAfter: after,
    };
    return { knots, report };
  }
}
