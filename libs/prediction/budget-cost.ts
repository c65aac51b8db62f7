import type { ClaimOutcome } from './prediction.js';

/** What a budget would have cost of the claims on record. */
export interface BudgetCost {
  /** False claims a week and host. */
  aWeek: number;
  /** False claims that it would have let be made. */
  falses: number;
  /** Claims that came true and would still have been made, of all that were recorded. */
  kept: number;
  of: number;
}

/**
 * What each rate would have cost: the claims with the largest margins are made, as many as leave the false ones within the
 * rate. Claims that were withheld count as well, so that the answer does not depend on the budget in force; what a claim
 * made changed for the next is left out.
 *
 * @param hostWeeks how long hosts were watched while the claims were recorded, summed
 */
export function budgetCosts(
  outcomes: readonly Pick<ClaimOutcome, 'hit' | 'margin'>[],
  hostWeeks: number,
  rates: readonly number[],
): BudgetCost[] {
  const largestFirst = outcomes.toSorted((a, b) => b.margin - a.margin);
  const of = outcomes.reduce((sum, { hit }) => sum + Number(hit), 0);
  return rates.map((aWeek) => {
    const allowed = aWeek * hostWeeks;
    let falses = 0;
    let kept = 0;
    for (const { hit } of largestFirst) {
      if (!hit && falses + 1 > allowed) break;
      if (hit) kept++;
      else falses++;
    }
    return { aWeek, falses, kept, of };
  });
}
