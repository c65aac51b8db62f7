import { type NewRecord, RecordKind } from './record.js';
import type { SpoolLedger, Tally } from './spool.js';

/**
 * What the spool was when this was written: the whole ledger, and which batches waited. It stands behind every batch and
 * at the beginning of every file, so that a start needs the last whole one and what follows it. Damage before it loses
 * bodies of batches, but never what became of them.
 */
export interface Totals extends Omit<SpoolLedger, 'queued'> {
  lastSequence: number;
  /** Sequences of the batches that waited, in pairs of the first one and how many follow each other. */
  waiting: number[];
}

/** A list of waiting batches with more pairs than this is written at the beginning of a file only. */
export const MAX_PAIRS = 500;
/** No totals are shorter than this with their header, in bytes. */
export const MIN_TOTALS_BYTES = 200;

/** @param sequences ascending */
export function pairsOf(sequences: Iterable<number>): number[] {
  const pairs: number[] = [];
  let next = Number.NaN;
  for (const sequence of sequences) {
    if (sequence === next) pairs[pairs.length - 1] = (pairs.at(-1) as number) + 1;
    else pairs.push(sequence, 1);
    next = sequence + 1;
  }
  return pairs;
}

export function sequencesOf(pairs: readonly number[]): Set<number> {
  const sequences = new Set<number>();
  for (let at = 0; at < pairs.length; at += 2) {
    const first = pairs[at] as number;
    for (let step = 0; step < (pairs[at + 1] as number); step++) sequences.add(first + step);
  }
  return sequences;
}

export function totalsRecord(totals: Totals): NewRecord {
  const body = Buffer.from(JSON.stringify(totals));
  return { kind: RecordKind.totals, gzipped: false, sequence: 0, samples: 0, timeMs: 0, body };
}

/** Totals of a spool; those of the first versions have neither `sampled` nor `waiting`. */
export type ReadTotals = Totals | Pick<SpoolLedger, 'acknowledged' | 'dropped' | 'quarantined' | 'lost'>;

/** Undefined for anything else, which only a program other than ours can have written. */
export function readTotals(body: Buffer): ReadTotals | undefined {
  try {
    const totals = JSON.parse(body.toString('utf8')) as Partial<Totals>;
    const tallies = [totals.acknowledged, totals.dropped, totals.quarantined];
    const isWhole = tallies.every(isTally) && typeof totals.lost === 'object';
    return isWhole ? (totals as ReadTotals) : undefined;
  } catch {
    return undefined;
  }
}

function isTally(value: unknown): value is Tally {
  const { samples, batches } = (value ?? {}) as Partial<Tally>;
  return Number.isFinite(samples) && Number.isFinite(batches);
}
