import { type Confidence, confidenceOfMedian, confidenceOfShare } from './confidence.js';
import type { Incident, IncidentChange } from './incident.js';

/**
 * Marks the warning that stood before a change, now that its outcome is known, and gives a RED that was predicted its
 * lead time. A warning is a hit where the limit was broken no later than the end of the predicted interval while it
 * stood; early where the breach came after that, or after the warning had been withdrawn; false where it did not come.
 * A program that ended tells nothing, because somebody may have acted on the warning.
 *
 * @returns the history with the marks, the change included
 */
export function scoreChange(history: IncidentChange[], change: IncidentChange): IncidentChange[] {
  const index = history.findLastIndex(({ breach }) => breach !== undefined);
  const warning = history[index];
  if (!warning?.breach || warning.outcome === 'hit' || warning.outcome === 'early') return [...history, change];
  const before = history.at(-1);
  if (change.color === 'RED' && before?.color !== 'RED') {
    const stood = before === warning;
    const time = Date.parse(change.time);
    const inTime = time <= Date.parse(warning.breach.to);
    // A warning that was withdrawn speaks only of the interval that it named.
    if (!stood && !inTime) return [...history, change];
    const leadMs = Math.max(0, time - Date.parse(warning.time));
    const marked: IncidentChange = { ...warning, outcome: stood && inTime ? 'hit' : 'early', leadMs };
    return [...history.with(index, marked), { ...change, leadMs }];
  }
  if (change.reason === 'forecast-cleared' && before === warning) {
    return [...history.with(index, { ...warning, outcome: 'false' }), change];
  }
  return [...history, change];
}

/** How good predictions were over a set of incidents. */
export interface Score {
  hits: number;
  early: number;
  false: number;
  /** Breaches of a limit that no warning preceded. */
  missed: number;
  /** Hits among all warnings whose outcome is known; null where there are none. */
  precision: number | null;
  /** Breaches that a warning preceded among all; null where there are none. */
  recall: number | null;
  medianLeadMs: number | null;
  /** What the three figures rest on. */
  confidence: { precision: Confidence; recall: Confidence; leadMs: Confidence };
}

/** Counts the marks of incidents; that a host is silent is not predicted and does not count. */
export function scoreOf(incidents: Iterable<Incident>): Score {
  const counts = { hit: 0, early: 0, false: 0 };
  let missed = 0;
  const leads: number[] = [];
  for (const { metric, history } of incidents) {
    if (metric === 'data') continue;
    for (const [i, change] of history.entries()) {
      if (change.outcome) counts[change.outcome] += 1;
      if (change.color !== 'RED' || history[i - 1]?.color === 'RED') continue;
      if (change.leadMs === undefined) missed += 1;
      else leads.push(change.leadMs);
    }
  }
  leads.sort((a, b) => a - b);
  const warned = counts.hit + counts.early + counts.false;
  const middle = leads.length >> 1;
  const median = leads.length % 2 ? leads[middle] : ((leads[middle - 1] ?? 0) + (leads[middle] ?? 0)) / 2;
  return {
    hits: counts.hit,
    early: counts.early,
    false: counts.false,
    missed,
    precision: warned === 0 ? null : counts.hit / warned,
    recall: leads.length + missed === 0 ? null : leads.length / (leads.length + missed),
    medianLeadMs: leads.length === 0 ? null : (median ?? null),
    confidence: {
      precision: confidenceOfShare(counts.hit, warned),
      recall: confidenceOfShare(leads.length, leads.length + missed),
      leadMs: confidenceOfMedian(leads),
    },
  };
}
