import { Injectable } from '@nestjs/common';
import { type Forecast, type ForecastUpdate, type SeriesKey, seriesText } from '#domain';
import { SampleFeed } from '../usage/sample-feed.js';

/** A forecast that nobody renewed for so long after its interval ended is forgotten. */
const FORGET_AFTER_MS = 10 * 60_000;

/** The breaches that are predicted now, one a limit of a series at most. */
@Injectable()
export class ForecastBoard {
  private readonly forecasts = new Map<string, Forecast>();

  constructor(private readonly feed: SampleFeed) {}

  /** Changes whenever the forecasts do. */
  get version(): number {
    return this.feed.forecastVersion;
  }

  put(update: ForecastUpdate, nowMs: number): void {
    if (update.full) this.forecasts.clear();
    for (const series of update.cleared) this.forecasts.delete(keyOf(series));
    for (const forecast of update.forecasts) this.forecasts.set(keyOf(forecast), forecast);
    this.forget(nowMs);
    this.feed.forecastsChanged();
  }

  /** In the order of host, process, unit, device and metric. */
  list(nowMs: number): Forecast[] {
    this.forget(nowMs);
    return [...this.forecasts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, forecast]) => forecast);
  }

  private forget(nowMs: number): void {
    for (const [key, { breachTo }] of this.forecasts) {
      if (Date.parse(breachTo) + FORGET_AFTER_MS < nowMs) this.forecasts.delete(key);
    }
  }
}

export function keyOf(series: SeriesKey & { limit: number }): string {
  return `${seriesText(series)} ${series.limit}`;
}
