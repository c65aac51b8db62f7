import type { SampleBatch } from '#domain';
import { type InfluxHttp, InfluxReply } from './influx-http.js';
import { toLines } from './influx-line.js';
import type { WriteResult } from '../usage-store.js';

/** Lines in one request. */
const MAX_LINES = 10_000;

/**
 * Writes groups of batches. What InfluxDB refuses for good is counted for the write that it came with, and never takes
 * other samples along.
 */
export class InfluxWriter {
  constructor(private readonly http: InfluxHttp) {}

  /** One result for each item; rejects where InfluxDB could not take them now. All of it may be sent again. */
  async write(items: SampleBatch[][]): Promise<WriteResult[]> {
    const lines = items.map((batches) => batches.flatMap(toLines));
    try {
      await this.send(lines.flat());
      return items.map(() => ({ expired: 0 }));
    } catch (error) {
      if (!isFinal(error)) throw error;
      // Which item it was is not told, so each is sent on its own; what is there already is replaced by itself.
      const results: WriteResult[] = [];
      for (const own of lines) results.push({ expired: await this.countRefused(own) });
      return results;
    }
  }

  private async send(lines: string[]): Promise<void> {
    for (let start = 0; start < lines.length; start += MAX_LINES) {
      await this.http.write(lines.slice(start, start + MAX_LINES));
    }
  }

  /** Writes as many lines as InfluxDB takes and resolves with the number of those that it refuses for good. */
  private async countRefused(lines: string[]): Promise<number> {
    if (lines.length === 0) return 0;
    if (lines.length <= MAX_LINES) {
      try {
        await this.http.write(lines);
        return 0;
      } catch (error) {
        if (!isFinal(error)) throw error;
        // A 422 keeps what it can and says how many it dropped; a 400 and a 413 keep nothing.
        if (error.status === 422) return droppedOf(error) ?? lines.length;
        if (lines.length === 1) return 1;
      }
    }
    const half = Math.ceil(lines.length / 2);
    return (await this.countRefused(lines.slice(0, half))) + (await this.countRefused(lines.slice(half)));
  }
}

function isFinal(error: unknown): error is InfluxReply {
  return error instanceof InfluxReply && [400, 413, 422].includes(error.status);
}

/** Such as `dropped=3` for a conflict of types, and `dropped 3 points outside retention policy`. */
function droppedOf(error: InfluxReply): number | undefined {
  const match = /dropped[= ](\d+)/.exec(error.message);
  return match ? Number(match[1]) : undefined;
}
