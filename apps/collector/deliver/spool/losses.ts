import { formatDuration } from '#domain/time';
import type { LossReason } from './spool.js';

export interface SpoolBounds {
  /** Most bytes on disk; above it the oldest batches are dropped. */
  maxBytes: number;
  /** Longest time that a batch waits, in milliseconds; then it is dropped. */
  maxAgeMs: number;
  /** Most bytes that are held in memory where the volume takes nothing. */
  maxMemoryBytes: number;
}

/** Says why batches are dropped: once a reason until nothing waits any more. How many there are is in the ledger. */
export class Losses {
  private readonly told = new Set<LossReason>();

  constructor(
    private readonly bounds: SpoolBounds,
    private readonly say: (text: string) => void,
  ) {}

  tell(reason: LossReason): void {
    if (this.told.has(reason)) return;
    this.told.add(reason);
    this.say(`${this.sentenceFor(reason)}; what is dropped is counted, see amberwatch_collector_dropped_samples_total`);
  }

  nothingWaits(): void {
    this.told.clear();
  }

  private sentenceFor(reason: LossReason): string {
    const { maxAgeMs, maxBytes, maxMemoryBytes } = this.bounds;
    return {
      age: `Batches have waited for longer than ${formatDuration(maxAgeMs)}`,
      size: `More waits than the spool may hold (${megabytes(maxBytes)})`,
      memory: `More waits than may be held in memory (${megabytes(maxMemoryBytes)})`,
      damaged: 'A batch of the spool could not be read back',
    }[reason];
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MB`;
}
