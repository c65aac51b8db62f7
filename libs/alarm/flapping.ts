import type { IncidentChange } from '#domain';
import { FLAP_WINDOW_MS } from './levels.js';

/** More changes than this within the window are flapping. */
const FLAP_CHANGES = 4;
/** So are this many breaches that nobody predicted, within twice the window. */
const FLAP_BREACHES = 3;

/**
 * Whether a series changes its colour so often that it is better quiet: it then keeps its colour until it has been calm
 * for the whole window. A warning, its breach and the end of that are one change, so that a leak that comes back and is
 * rightly predicted each time stays told.
 *
 * @param history oldest first, the newest change included
 */
export function isFlapping(history: readonly IncidentChange[]): boolean {
  const newestMs = Date.parse(history.at(-1)?.time ?? '');
  let changes = 0;
  let breaches = 0;
  for (let i = history.length - 1; i >= 0; i--) {
    const { time, color, leadMs } = history[i] as IncidentChange;
    const ageMs = newestMs - Date.parse(time);
    if (ageMs >= 2 * FLAP_WINDOW_MS) return false;
    // A kill within a breach is no breach of its own.
    if (color === history[i - 1]?.color) continue;
    if (ageMs < FLAP_WINDOW_MS && !isOfWarning(history, i)) changes += 1;
    if (color === 'RED' && leadMs === undefined) breaches += 1;
    if (changes > FLAP_CHANGES || breaches >= FLAP_BREACHES) return true;
  }
  return false;
}

/** Whether a change belongs to the warning before it: the breach that it predicted, or the end of that breach. */
function isOfWarning(history: readonly IncidentChange[], i: number): boolean {
  const breach = history[i]?.color === 'GREEN' ? i - 1 : i;
  const { color, leadMs } = history[breach] ?? {};
  return color === 'RED' && leadMs !== undefined && history[breach - 1]?.color === 'AMBER';
}
