import { USAGE_LIMIT } from '#domain';

/** A rule that answers each value with how strongly it expects a breach; it claims one from `cut` on. */
export interface Rule {
  name: string;
  cut: number;
  start(): (value: number) => number;
}

/** AMBER above a lower threshold. */
export const secondThreshold: Rule = {
  name: 'second threshold',
  cut: 70,
  start: () => (value) => value,
};

/** Prometheus' predict_linear over an hour: a least-squares line, evaluated a horizon ahead. */
export const predictLinear: Rule = {
  name: 'predict_linear, one hour',
  cut: USAGE_LIMIT,
  start: () => {
    const window: number[] = [];
    return (value) => {
      window.push(value);
      if (window.length > 12) window.shift();
      const n = window.length;
      const meanT = (n - 1) / 2;
      const mean = window.reduce((sum, v) => sum + v, 0) / n;
      let cov = 0;
      let varT = 0;
      window.forEach((v, i) => {
        cov += (i - meanT) * (v - mean);
        varT += (i - meanT) ** 2;
      });
      const slope = varT > 0 ? cov / varT : 0;
      return mean + slope * (n - 1 - meanT + 30);
    };
  },
};

const DAY = 288;

/** Additive Holt-Winters with a daily season (level 0.2, trend 0.01, season 0.3): the highest of the next 30 steps. */
export const holtWinters: Rule = {
  name: 'Holt-Winters, daily',
  cut: USAGE_LIMIT,
  start: () => {
    const season = new Float64Array(DAY);
    let level = 0;
    let trend = 0;
    let t = 0;
    return (value) => {
      const at = t % DAY;
      if (t === 0) level = value;
      const before = level;
      const seasonal = t >= DAY ? (season[at] as number) : 0;
      level = 0.2 * (value - seasonal) + 0.8 * (level + trend);
      trend = 0.01 * (level - before) + 0.99 * trend;
      season[at] = t >= DAY ? 0.3 * (value - level) + 0.7 * seasonal : value - level;
      t++;
      let highest = value;
      for (let h = 1; h <= 30; h++) {
        const ahead = t >= DAY ? (season[(at + h) % DAY] as number) : 0;
        highest = Math.max(highest, level + h * trend + ahead);
      }
      return highest;
    };
  },
};

/** The same time on the last three days: the highest mean over those days of the next 30 steps. */
export const seasonalNaive: Rule = {
  name: 'seasonal naive, three days',
  cut: 66,
  start: () => {
    const values: number[] = [];
    return (value) => {
      values.push(value);
      const t = values.length - 1;
      let highest = 0;
      for (let h = 1; h <= 30; h++) {
        let sum = 0;
        let days = 0;
        for (let day = 1; day <= 3; day++) {
          const before = values[t + h - DAY * day];
          if (before === undefined) continue;
          sum += before;
          days++;
        }
        if (days > 0) highest = Math.max(highest, sum / days);
      }
      return highest;
    };
  },
};

export const baselines: readonly Rule[] = [secondThreshold, predictLinear, holtWinters, seasonalNaive];
