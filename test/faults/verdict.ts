import type { Outcome } from './fault.js';
import type { FleetLoad } from './fleet-load.js';
import type { Ledger } from './ledger.js';
import type { Stand } from './stand.js';

/** Samples are stamped before they are sent, and a busy machine takes its time. */
const MARGIN_SECONDS = 60;

/** Waits until all of the load is stored and the probe is seen; how long both take is the recovery. */
export async function recover(outcome: Outcome, stand: Stand, load: FleetLoad, limitMs: number): Promise<void> {
  const endedMs = performance.now();
  await load.drain(limitMs);
  outcome.problems.push(...load.refused);
  await stand.probe(outcome);
  outcome.recoverySeconds = (performance.now() - endedMs) / 1000;
}

/** Compares what the ledger sent since `sinceMs` (Unix milliseconds) with what the store holds. */
export async function compare(outcome: Outcome, stand: Stand, ledger: Ledger, sinceMs: number): Promise<void> {
  const seconds = Math.ceil((Date.now() - sinceMs) / 1000) + MARGIN_SECONDS;
  const { examples, ...verdict } = await ledger.check(stand.readHost(seconds));
  Object.assign(outcome, verdict);
  outcome.problems.push(...examples);
}
