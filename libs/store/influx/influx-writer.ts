import type { SampleBatch } from '#domain';
import { samplesIn, type WriteResult } from '../usage-store.js';
import { type InfluxHttp, InfluxReply } from './influx-http.js';
import { type BatchLines, toLines } from './influx-line.js';

/** Lines in one request. */
const MAX_LINES = 10_000;

/** Lines that InfluxDB refuses for good. */
type Dropped = Omit<WriteResult, 'stored'>;

/**
 * Writes groups of batches. What InfluxDB refuses for good is counted for the write that it came with, and never takes
 * other samples along.
 */
export class InfluxWriter {
  constructor(private readonly http: InfluxHttp) {}

  /** One result for each item; rejects where InfluxDB could not take them now. All of it may be sent again. */
  async write(items: SampleBatch[][]): Promise<WriteResult[]> {
    const lines = items.map((batches) => batches.map(toLines));
    try {
      await this.send(lines.flat().flatMap(({ samples, host }) => [...samples, ...host]));
      return items.map((batches) => ({ stored: samplesIn(batches), expired: 0, refused: 0 }));
    } catch (error) {
      if (!isFinal(error)) throw error;
      // It does not say which lines, so each batch is sent on its own; what is already there replaces itself.
      const results: WriteResult[] = [];
      for (const batches of lines) results.push(await this.writeOneByOne(batches));
      return results;
    }
  }

  private async send(lines: string[]): Promise<void> {
    for (let start = 0; start < lines.length; start += MAX_LINES) {
      await this.http.write(lines.slice(start, start + MAX_LINES));
    }
  }

  /**
   * Each request has the lines of one kind of one batch, which share one time. An answer names only one reason: if some
   * lines are too old and others conflict with a field's type, the old ones are not counted in it.
   */
  private async writeOneByOne(batches: BatchLines[]): Promise<WriteResult> {
    let dropped: Dropped = { expired: 0, refused: 0 };
    let samplesSent = 0;
    for (const { samples, host } of batches) {
      dropped = both(dropped, await this.dropped(samples));
      await this.dropped(host);
      samplesSent += samples.length;
    }
    return { stored: samplesSent - dropped.expired - dropped.refused, ...dropped };
  }

  /** Writes as many lines as InfluxDB takes and resolves with the number of those that it refuses for good. */
  private async dropped(lines: string[]): Promise<Dropped> {
    if (lines.length === 0) return { expired: 0, refused: 0 };
    if (lines.length <= MAX_LINES) {
      try {
        await this.http.write(lines);
        return { expired: 0, refused: 0 };
      } catch (error) {
        if (!isFinal(error)) throw error;
        // A 422 keeps what it can and says how many it dropped; a 400 and a 413 keep nothing.
        if (error.status === 422) return droppedOf(error, lines.length);
        if (lines.length === 1) return refusedLine(error);
      }
    }
    const half = Math.ceil(lines.length / 2);
    const first = await this.dropped(lines.slice(0, half));
    const second = await this.dropped(lines.slice(half));
    return both(first, second);
  }
}

/** A proxy's 400 says nothing about the lines; its 413 does, as smaller parts may pass. */
function isFinal(error: unknown): error is InfluxReply {
  if (!(error instanceof InfluxReply)) return false;
  return error.status === 413 || (error.isOwn && [400, 422].includes(error.status));
}

/** A line is never too large by itself: whoever says so takes nothing, and may be set right. */
function refusedLine(error: InfluxReply): Dropped {
  if (error.status === 413) throw error;
  return { expired: 0, refused: 1, reason: error.message };
}

/** Such as `field type conflict: … dropped=3`, and `dropped 3 points outside retention policy of duration 48h0m0s`. */
function droppedOf({ message }: InfluxReply, lines: number): Dropped {
  const match = /dropped[= ](\d+)( points outside retention policy)?/.exec(message);
  const count = Math.min(lines, Number(match?.[1] ?? lines));
  return match?.[2] === undefined ? { expired: 0, refused: count, reason: message } : { expired: count, refused: 0 };
}

function both(first: Dropped, second: Dropped): Dropped {
  const reason = first.reason ?? second.reason;
  return {
    expired: first.expired + second.expired,
    refused: first.refused + second.refused,
    ...(reason !== undefined && { reason }),
  };
}
