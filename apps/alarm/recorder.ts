import { CodedError, type Incident } from '#domain';
import type { AmberwatchClient } from '#client';
import { Backoff, type Log, Once } from '#runtime';

/** Incidents in one request, far below the route's limit even with long histories. */
const CHUNK = 500;

/**
 * Keeps the records of incidents until the server has them. A change is printed first and recorded then, so
 * that a crash in between repeats a line at most once and never loses one.
 */
export class Recorder {
  /** Records that the server refused for good. */
  refused = 0;
  private readonly pending = new Map<string, Incident>();
  private readonly backoff = new Backoff({ firstMs: 500, maxMs: 15_000 });
  private readonly trouble: Once;
  private notBeforeMs = 0;
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly client: Pick<AmberwatchClient, 'putAlerts'>,
    private readonly log: Log,
    private readonly now: () => number,
  ) {
    this.trouble = new Once((text) => log.warn(text));
  }

  get waiting(): number {
    return this.pending.size;
  }

  get busy(): boolean {
    return this.flushing !== undefined;
  }

  add(incident: Incident): void {
    this.pending.set(incident.id, incident);
  }

  /** Sends what waits, unless the last try failed a moment ago; one request at a time. */
  async flush(signal?: AbortSignal): Promise<void> {
    while (this.flushing) await this.flushing;
    if (this.pending.size === 0 || this.now() < this.notBeforeMs) return;
    this.flushing = this.send(signal);
    try {
      await this.flushing;
    } finally {
      this.flushing = undefined;
    }
  }

  private async send(signal?: AbortSignal): Promise<void> {
    try {
      while (this.pending.size > 0) await this.put([...this.pending.values()].slice(0, CHUNK), signal);
      this.backoff.reset();
      if (this.trouble.clear()) this.log.log('The server takes alerts again');
    } catch (error) {
      if (signal?.aborted) return;
      this.notBeforeMs = this.now() + this.backoff.nextMs();
      this.trouble.warn(`Alerts can't be recorded yet: ${(error as Error).message}`);
    }
  }

  /** A refused chunk is halved until the one bad record is found, so that it never takes others along. */
  private async put(incidents: Incident[], signal?: AbortSignal): Promise<void> {
    try {
      await this.client.putAlerts({ incidents }, { signal });
    } catch (error) {
      if (!(error instanceof CodedError) || !['INVALID', 'TOO_LARGE'].includes(error.code)) throw error;
      if (incidents.length > 1) {
        const half = incidents.length >> 1;
        await this.put(incidents.slice(0, half), signal);
        await this.put(incidents.slice(half), signal);
        return;
      }
      this.refused += 1;
      this.log.error(`The server refuses the record of an alert for good: ${error.message}`);
    }
    for (const incident of incidents) {
      if (this.pending.get(incident.id) === incident) this.pending.delete(incident.id);
    }
  }
}
