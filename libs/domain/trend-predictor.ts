/** What is expected of one series. Times are milliseconds since the epoch. */
export interface Prediction {
  amber: boolean;
  probability: number;
  breach?: { atMs: number; fromMs: number; toMs: number };
  reason: string;
}

/** Takes one value of a series at a time, in the order of time. */
export interface SeriesPredictor {
  update(timeMs: number, value: number): Prediction;
}

/** The limit of a process's CPU and memory, %. */
export const DEFAULT_LIMIT = 80;

const WINDOW = 30;
const MIN_POINTS = 12;
const HORIZON_MS = 30 * 60_000;
const MIN_R2 = 0.8;
const quiet: Prediction = { amber: false, probability: 0, reason: 'no trend' };

/**
 * A least-squares line through the newest values, believed only where it fits well and both halves of the window rise
 * alike.
 */
export class TrendPredictor implements SeriesPredictor {
  private readonly times: number[] = [];
  private readonly values: number[] = [];

  constructor(private readonly limit: number) {}

  update(timeMs: number, value: number): Prediction {
    this.times.push(timeMs);
    this.values.push(value);
    if (this.times.length > WINDOW) {
      this.times.shift();
      this.values.shift();
    }
    if (this.times.length < MIN_POINTS || value > this.limit) return quiet;
    const whole = fit(this.times, this.values);
    const half = this.times.length >> 1;
    const late = fit(this.times.slice(half), this.values.slice(half));
    if (whole.slope <= 0 || whole.r2 < MIN_R2 || late.slope < whole.slope / 2) return quiet;
    const aheadMs = (this.limit - value) / whole.slope;
    if (aheadMs > HORIZON_MS) return quiet;
    const slopes = [whole.slope, late.slope];
    const ahead = slopes.map((slope) => (this.limit - value) / slope);
    const perMinute = (whole.slope * 60_000).toFixed(1);
    return {
      amber: true,
      probability: whole.r2,
      breach: {
        atMs: timeMs + aheadMs,
        fromMs: timeMs + Math.min(...ahead, aheadMs * 0.8),
        toMs: timeMs + Math.max(...ahead, aheadMs * 1.2),
      },
      reason: `rising ${perMinute} %/min`,
    };
  }
}

function fit(times: number[], values: number[]): { slope: number; r2: number } {
  const n = times.length;
  const meanTime = times.reduce((sum, time) => sum + time, 0) / n;
  const meanValue = values.reduce((sum, value) => sum + value, 0) / n;
  let covariance = 0;
  let timeVariance = 0;
  let valueVariance = 0;
  for (let i = 0; i < n; i++) {
    const dt = (times[i] ?? 0) - meanTime;
    const dv = (values[i] ?? 0) - meanValue;
    covariance += dt * dv;
    timeVariance += dt * dt;
    valueVariance += dv * dv;
  }
  if (timeVariance === 0 || valueVariance === 0) return { slope: 0, r2: 0 };
  return { slope: covariance / timeVariance, r2: (covariance * covariance) / (timeVariance * valueVariance) };
}
