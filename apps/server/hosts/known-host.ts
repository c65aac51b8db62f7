import { DEFAULT_INTERVAL_MS, isoToMicros, type SampleBatch, silentAfterMs } from '#domain';
import { HostInterval } from './host-interval.js';
import type { HostRecord } from './host-record.js';

/** What is known of a host that ever sent a batch: what outlives the server, and what holds while it runs. */
export interface Known {
  record: HostRecord;
  lastSeenMs: number;
  lastTimeMs: number;
  interval: HostInterval;
  /** Its collector says that it is paused, and has sent nothing since. */
  paused?: boolean;
  /** Since when a batch is awaited: the last one, the last word that it is paused, or the server's start. */
  awaitedFromMs: number;
  /** How old its newest sample was when the last batch arrived. */
  lagMs: number;
  /** The newest batch, for what the host uses now. */
  batch?: SampleBatch;
}

/** A host of the state or the store, as it stands when the server starts. */
export function knownOf(record: HostRecord, nowMs: number): Known {
  return {
    record,
    lastSeenMs: Date.parse(record.lastSeen),
    awaitedFromMs: nowMs,
    lastTimeMs: isoToMicros(record.lastTime) / 1000,
    interval: new HostInterval(record.intervalMs),
    lagMs: 0,
  };
}

/** Age of the newest sample, milliseconds, where it is too old to judge the host by; else 0. */
export function lateness(known: Known, nowMs: number): number {
  const { record, lagMs, lastTimeMs } = known;
  if (lagMs > silentAfterMs(record.intervalMs ?? DEFAULT_INTERVAL_MS)) return lagMs;
  return isOverdue(known, nowMs) ? nowMs - lastTimeMs : 0;
}

/** Whether no batch came for so long that one should have. */
export function isOverdue({ record, awaitedFromMs }: Known, nowMs: number): boolean {
  return nowMs - awaitedFromMs > silentAfterMs(record.intervalMs);
}

/** Whether nothing was heard of it for so long that it should have been. */
export function isSilent(known: Known, nowMs: number): boolean {
  return nowMs - known.lastSeenMs > silentAfterMs(known.record.intervalMs);
}
