import { type CalibrationReport, type FalseAlarms, msToIso } from '#domain';
import { type Branch, budgetCosts, type ClaimOutcome, type FalseBudget, type Outcome, recalibrate } from '#prediction';
import type { Knots } from './forecaster-bank.js';

/** Most claims that are remembered; the oldest are forgotten first. */
const MAX_OUTCOMES = 20_000;
/** False claims of so long are told. */
const SPAN_MS = 28 * 86_400_000;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const MAX_WORST = 20;
/** Log-odds; what is further is as far. */
const MAX_MARGIN = 50;
/** False claims a week of which the cost is told, besides those asked for. */
const RATES = [0.5, 1, 2, 7];

const scales: Record<Branch, string> = {
  coarse: 'steps of 5 min, 150 min ahead',
  fine: 'samples as they come, 30 min ahead',
};
export const branches = Object.keys(scales) as [Branch, Branch];

/** A claim that ended, or one that was withheld, and of which host. */
export type RecordedClaim = Omit<ClaimOutcome, 'openedMs'> & { host: string };
export type BranchKnots = Record<Branch, Knots>;

/** What became of the claims of this installation, and what its claimed probabilities are worth. */
export class ClaimRecord {
  outcomes: RecordedClaim[] = [];
  /** Claims that ended since the service started. */
  readonly ended = { hit: 0, false: 0, withheld: 0 };

  /** @param budget told of each false claim that was made */
  constructor(readonly budget: FalseBudget) {}

  add(host: string, { branch, probability, hit, margin, withheld, endedMs }: ClaimOutcome): void {
    this.ended[withheld ? 'withheld' : hit ? 'hit' : 'false']++;
    if (!hit && !withheld) this.budget.host(host).countFalse();
    const kept = Math.max(-MAX_MARGIN, Math.min(MAX_MARGIN, margin));
    this.outcomes.push({ host, branch, probability, hit, margin: kept, withheld, endedMs });
    if (this.outcomes.length > MAX_OUTCOMES) this.outcomes.splice(0, this.outcomes.length - MAX_OUTCOMES);
  }

  /** Counts all claims again: the knots to correct probabilities by, and the table for people. */
  count(nowMs: number): { knots: BranchKnots; report: CalibrationReport } {
    const made = this.outcomes.filter(({ withheld }) => !withheld);
    const byBranch = branches.map((branch) => ({ branch, ...counted(made.filter((one) => one.branch === branch)) }));
    const report = {
      time: msToIso(nowMs),
      ...counted(made).report,
      branches: byBranch
        .filter(({ report: { claims } }) => claims > 0)
        .map(({ branch, report: part }) => ({ branch, scale: scales[branch], ...part })),
      falseAlarms: this.falseAlarms(nowMs),
    };
    const knots = Object.fromEntries(byBranch.map((one) => [one.branch, one.knots])) as BranchKnots;
    return { knots, report };
  }

  private falseAlarms(nowMs: number): FalseAlarms {
    const { budget } = this;
    const firstKept = this.outcomes.length < MAX_OUTCOMES ? 0 : (this.outcomes[0]?.endedMs ?? 0);
    const fromMs = Math.max(nowMs - SPAN_MS, firstKept);
    const recent = this.outcomes.filter(({ endedMs }) => endedMs >= fromMs);
    const made = recent.filter(({ withheld }) => !withheld);
    const withheld = recent.filter((one) => one.withheld);
    const hosts = [...budget.hosts].map(({ host, lastMs, watchedMs, offset }) => ({
      host,
      offset,
      weeks: Math.max(0, Math.min(watchedMs, lastMs - fromMs)) / WEEK_MS,
      ...tally(made.filter((one) => one.host === host)),
    }));
    const hostWeeks = hosts.reduce((sum, { weeks }) => sum + weeks, 0);
    const { falses, hits } = tally(made);
    const lost = tally(withheld);
    const rates = [...new Set([...RATES, ...(budget.aWeek === undefined ? [] : [budget.aWeek])])].toSorted(
      (a, b) => a - b,
    );
    return {
      aWeek: budget.aWeek ?? null,
      from: msToIso(fromMs),
      hosts: hosts.length,
      hostWeeks,
      falses,
      hits,
      cameAWeek: hostWeeks * WEEK_MS < DAY_MS ? null : falses / hostWeeks,
      withheldFalses: lost.falses,
      withheldHits: lost.hits,
      costs: budgetCosts(recent, hostWeeks, rates),
      worst: hosts
        .filter((one) => one.falses > 0)
        .toSorted((a, b) => b.falses - a.falses)
        .slice(0, MAX_WORST),
    };
  }
}

function counted(outcomes: readonly Outcome[]) {
  const { knots, reliability, before, after } = recalibrate(outcomes);
  const report = { claims: outcomes.length, bands: reliability, brierBefore: before, brierAfter: after };
  return { knots, report };
}

function tally(claims: readonly Pick<ClaimOutcome, 'hit'>[]): { falses: number; hits: number } {
  const hits = claims.reduce((sum, { hit }) => sum + Number(hit), 0);
  return { falses: claims.length - hits, hits };
}
