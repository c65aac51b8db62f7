import { RecordKind, type RecordHeader } from './record.js';
import type { SpoolEntry } from './segment.js';
import { count, emptyLedger, isLossReason, type SpoolLedger, type Tally } from './spool.js';
import { readTotals, sequencesOf } from './totals.js';

export interface ReplayedLedger {
  ledger: SpoolLedger;
  /** Batches that wait, by sequence, oldest first. */
  entries: Map<number, SpoolEntry>;
  lastSequence: number;
  /** Batches that waited and can't be read back any more. */
  damagedBatches: number;
}

/** Rebuilds a spool's ledger from its records in order: the last totals say all, and what follows them is added. */
export class LedgerReplay {
  private readonly ledger = emptyLedger();
  /** Every batch that was found, whatever became of it; its body may be damaged. */
  private readonly batches = new Map<number, { entry: SpoolEntry; whole: boolean }>();
  private waiting = new Set<number>();
  private lastSequence = 0;

  /** @param whole false where its body is damaged */
  batch(entry: SpoolEntry, whole: boolean): void {
    if (this.batches.has(entry.sequence)) return;
    this.batches.set(entry.sequence, { entry, whole });
    this.countNew(entry);
  }

  /** What became of a batch. */
  settle(header: RecordHeader, reason: string): void {
    const { kind, sequence, samples } = header;
    this.countNew(header);
    // What the totals know already is not counted again.
    if (!this.waiting.delete(sequence)) return;
    const { ledger } = this;
    if (kind === RecordKind.acknowledged) count(ledger.acknowledged, samples);
    if (kind === RecordKind.quarantined) count(ledger.quarantined, samples);
    if (kind === RecordKind.dropped) {
      count(ledger.dropped, samples);
      ledger.lost[isLossReason(reason) ? reason : 'damaged'] += samples;
    }
  }

  /** False where these are no totals of ours. */
  totals(body: Buffer): boolean {
    const totals = readTotals(body);
    if (!totals) return false;
    const { ledger } = this;
    const { acknowledged, dropped, quarantined } = totals;
    Object.assign(ledger, { acknowledged, dropped, quarantined, lost: { ...ledger.lost, ...totals.lost } });
    if ('waiting' in totals) {
      ledger.sampled = totals.sampled;
      ledger.exact = totals.exact;
      this.waiting = sequencesOf(totals.waiting);
      this.lastSequence = totals.lastSequence;
    } else {
      const waiting = this.found().map(({ entry }) => entry);
      ledger.sampled = sumOf([acknowledged, dropped, quarantined, tallyOf(waiting)]);
    }
    return true;
  }

  /** @param filesDamaged whether bytes of the files were skipped or could not be read */
  finish(filesDamaged: boolean): ReplayedLedger {
    const { ledger, lastSequence } = this;
    const found = this.found();
    const whole = found.filter((one) => one.whole).map(({ entry }) => entry);
    const lost = this.balance(tallyOf(whole), filesDamaged || whole.length < found.length);
    const entries = new Map(whole.map((entry) => [entry.sequence, entry]));
    return { ledger, entries, lastSequence, damagedBatches: lost };
  }

  /** Counts a batch that the last totals don't know. */
  private countNew({ sequence, samples }: { sequence: number; samples: number }): void {
    if (sequence <= this.lastSequence) return;
    this.lastSequence = sequence;
    this.waiting.add(sequence);
    count(this.ledger.sampled, samples);
  }

  /** The batches that wait and whose records were found. */
  private found(): { entry: SpoolEntry; whole: boolean }[] {
    return [...this.batches.values()].filter(({ entry }) => this.waiting.has(entry.sequence));
  }

  /** Counts what waited and is gone as dropped. Returns how many batches were lost to damage. */
  private balance(queued: Tally, damaged: boolean): number {
    const { ledger } = this;
    const { sampled, acknowledged, dropped, quarantined } = ledger;
    const lost = {
      samples: sampled.samples - sumOf([acknowledged, dropped, quarantined, queued]).samples,
      batches: this.waiting.size - queued.batches,
    };
    if (lost.samples < 0) ledger.exact = false;
    lost.samples = Math.max(0, lost.samples);
    ledger.queued = queued;
    ledger.dropped = sumOf([dropped, lost]);
    // Without any damage they were held in memory and ended with the process.
    ledger.lost[damaged ? 'damaged' : 'memory'] += lost.samples;
    ledger.sampled = sumOf([acknowledged, ledger.dropped, quarantined, queued]);
    return damaged ? lost.batches : 0;
  }
}

function tallyOf(entries: readonly SpoolEntry[]): Tally {
  return { samples: entries.reduce((sum, { samples }) => sum + samples, 0), batches: entries.length };
}

function sumOf(parts: readonly Tally[]): Tally {
  return {
    samples: parts.reduce((sum, { samples }) => sum + samples, 0),
    batches: parts.reduce((sum, { batches }) => sum + batches, 0),
  };
}
