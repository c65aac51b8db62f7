/** A batch that waits for the server. */
export interface QueuedBatch {
  /** Counts up by one a batch, in order of sampling. */
  readonly sequence: number;
  /** Samples in it. */
  readonly samples: number;
  /** When it was sampled, in Unix milliseconds of the clock that stamped it. */
  readonly timeMs: number;
  /** The same moment on this process's monotonic clock; undefined for a batch of an earlier run. */
  readonly monotonicMs: number | undefined;
}

/** One moment on two clocks, in milliseconds: Unix time, which may be set, and monotonic time, which never jumps. */
export interface Stamp {
  timeMs: number;
  monotonicMs: number;
}

/** The body of a batch as it goes to the server. */
export interface BatchBody {
  bytes: Uint8Array;
  gzipped: boolean;
}

/** Why a batch left the queue without the server having it. */
const lossReasons = ['size', 'age', 'damaged', 'memory'] as const;
export type LossReason = (typeof lossReasons)[number];

export function isLossReason(text: string): text is LossReason {
  return lossReasons.some((reason) => reason === text);
}

/** Samples and batches together. */
export interface Tally {
  samples: number;
  batches: number;
}

/** sampled = acknowledged + queued + dropped + quarantined, exactly and at all times. */
export interface SpoolLedger {
  sampled: Tally;
  acknowledged: Tally;
  queued: Tally;
  dropped: Tally;
  quarantined: Tally;
  /** Samples dropped, by reason. */
  lost: Record<LossReason, number>;
  /** False where damage may have hidden batches that the ledger lacks. */
  exact: boolean;
}

/** Batches on their way to the server, in the order in which they were sampled. */
export abstract class Spool {
  abstract readonly ledger: SpoolLedger;
  /** Adds a batch at the end; when it is full, the oldest ones are dropped and counted. */
  abstract append(body: BatchBody, samples: number, stamp: Stamp): Promise<QueuedBatch>;
  abstract readonly oldest: QueuedBatch | undefined;
  abstract readonly newest: QueuedBatch | undefined;
  /** Batches in the queue that were sampled before this one. */
  abstract olderThan(batch: QueuedBatch): number;
  /** The body of a queued batch; undefined where it could not be read any more, and then it is dropped and counted. */
  abstract read(batch: QueuedBatch): Promise<BatchBody | undefined>;
  /** The server has it. */
  abstract acknowledge(batch: QueuedBatch): Promise<void>;
  /** The server will never take it; it is put aside with the reason. */
  abstract quarantine(batch: QueuedBatch, reason: string): Promise<void>;
  abstract close(): Promise<void>;
}

const none = (): Tally => ({ samples: 0, batches: 0 });

export function emptyLedger(): SpoolLedger {
  return {
    sampled: none(),
    acknowledged: none(),
    queued: none(),
    dropped: none(),
    quarantined: none(),
    lost: { size: 0, age: 0, damaged: 0, memory: 0 },
    exact: true,
  };
}

export function count(tally: Tally, samples: number, sign: 1 | -1 = 1): void {
  tally.samples += sign * samples;
  tally.batches += sign;
}
