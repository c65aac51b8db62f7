import type { IncidentValues } from '#domain';
import type { AmberwatchClient } from '#client';

type Value = IncidentValues['values'][number];

/** Values in one request, far below the route's limit. */
const CHUNK = 2_000;
/** A value that does not change is sent again after this time, so that its age shows that it still is so. */
const RENEW_MS = 60_000;

export interface ValueSenderOptions {
  client: Pick<AmberwatchClient, 'putAlertValues'>;
  engine: { values(): Iterable<Value> };
  /** Records that the server has not taken yet: they go first. */
  waiting: () => number;
  /** ms since the epoch. */
  now: () => number;
}

/**
 * Tells the server the newest values of open alerts, those that changed by as much as is shown. They are worth nothing
 * once there are newer ones, so nothing is kept or tried again: the next round has them.
 */
export class ValueSender {
  /** What the server was told last, by incident. */
  private sent = new Map<string, { value: Value; timeMs: number }>();

  constructor(private readonly options: ValueSenderOptions) {}

  /** One round. Rejects where the server takes none; what it did not take is sent with the next round. */
  async send(signal: AbortSignal): Promise<void> {
    const { engine, waiting, now } = this.options;
    // What the server knows is kept for the round that comes to it.
    if (waiting() > 0) return;
    const before = this.sent;
    this.sent = new Map();
    let chunk: Value[] = [];
    for (const value of engine.values()) {
      const known = before.get(value.id);
      if (known && now() - known.timeMs < RENEW_MS && isAlike(known.value, value)) this.sent.set(value.id, known);
      else if (chunk.push(value) === CHUNK) {
        await this.put(chunk, signal);
        if (waiting() > 0) return;
        chunk = [];
      }
    }
    if (chunk.length > 0) await this.put(chunk, signal);
  }

  private async put(values: Value[], signal: AbortSignal): Promise<void> {
    const { client, now } = this.options;
    await client.putAlertValues({ values }, { signal });
    for (const value of values) this.sent.set(value.id, { value, timeMs: now() });
  }
}

function isAlike(a: Value, b: Value): boolean {
  return isNear(a.current, b.current) && isNear(a.peak, b.peak) && a.belowSince === b.belowSince;
}

/** Values are shown with one digit. */
function isNear(a: number | null | undefined, b: number | null | undefined): boolean {
  return a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) < 0.05);
}
