import type { Rules } from '#alarm';
import type { AmberwatchClient } from '#client';

/** A server that has lost its state knows the limits again after this time. */
const RENEW_MS = 10 * 60_000;

interface LimitsSenderOptions {
  client: Pick<AmberwatchClient, 'putForecastLimits'>;
  rules: () => Rules;
  /** ms since the epoch. */
  now: () => number;
}

/** Tells the prediction, by way of the server, of which limits the rules need forecasts. */
export class LimitsSender {
  private sent: { rules: Rules; timeMs: number } | undefined;

  constructor(private readonly options: LimitsSenderOptions) {}

  /** The server may be another one: it is told again. */
  renew(): void {
    this.sent = undefined;
  }

  /** Sends what the server does not know. Rejects where it takes nothing; the next round tries again. */
  async send(signal?: AbortSignal): Promise<void> {
    const { client, now } = this.options;
    const rules = this.options.rules();
    if (this.sent?.rules === rules && now() - this.sent.timeMs < RENEW_MS) return;
    await client.putForecastLimits({ limits: [...rules.forecastLimits] }, { signal });
    this.sent = { rules, timeMs: now() };
  }
}
