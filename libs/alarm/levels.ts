import {
  type ForecastLimit,
  MAX_DISK_HORIZON_MS,
  MAX_HORIZON_MS,
  nameMap,
  type NameMap,
  type SeriesMetric,
  USAGE_LIMIT,
} from '#domain';
import type { Route } from './routes.js';

/** What one series is judged by. */
export interface Levels {
  /** Name of the rule that these come from. */
  rule: string;
  /** Web address of what to do. */
  runbook?: string;
  /** RED above, %. */
  limit: number;
  /** Clears below, %; never above the limit. */
  clear: number;
  /** Ticks that a series has to stay below `clear`, or a program has to be gone, before RED ends. */
  clearTicks: number;
  /** AMBER where a breach is predicted within this time, ms; 0: never. */
  horizonMs: number;
  /** Milliseconds that a forecast has to stay clear before AMBER ends. */
  forecastHoldMs: number;
  /** CPU of a unit: RED only where it was also held back in this share of the periods of a tick, %; always by default. */
  throttled?: number;
}

/** The levels that hold on one host, `null` where a metric is not judged. */
export interface HostLevels {
  /** No process of the host has a lower limit than these, so that a quiet series costs two comparisons. */
  readonly lowestCpu: number;
  readonly lowestMem: number;
  process(name: string, metric: 'cpu' | 'mem'): Levels | null;
  unit(name: string, metric: 'cpu' | 'mem'): Levels | null;
  own(metric: SeriesMetric, device?: string): Levels | null;
}

/** What a rule says to those who are told of its alerts. */
export interface RuleDetails {
  /** How long RED has to hold before people are notified, ms. */
  forMs: number;
  /** At this value or above, %, RED does not wait for `forMs`; null: it always does. */
  pageAt: number | null;
  /** More labels and texts of its alerts, by their names as Prometheus has them. */
  labels: NameMap<string>;
  annotations: NameMap<string>;
  /** Web address of what to do. */
  runbook: string | null;
}

export interface Rules {
  /** Who is told of what; empty: all channels of everything. */
  readonly routes: Route[];
  /** Of which limits and horizons, beside the shipped ones, breaches are to be predicted. */
  readonly forecastLimits: readonly ForecastLimit[];
  /** Of the rule with that name, as an incident has it; of the shipped ones where there is none (any more). */
  details(name: string | undefined): RuleDetails;
  forHost(host: string, service: string | null): HostLevels;
}

/** A series that breaks its limit again within this time goes on with its incident; one that flaps has to be calm for as long. */
export const FLAP_WINDOW_MS = 10 * 60_000;

const shared = { rule: 'default', clearTicks: 3, horizonMs: MAX_HORIZON_MS, forecastHoldMs: 60_000 };

const usage = { ...shared, limit: USAGE_LIMIT, clear: 75 };

/**
 * The table that Amberwatch ships with: 80 % (clear below 75 %) for cpu, memory and swap, 90 % (85 %) for disks and their
 * inodes. A burst up to its quota is what a unit has the quota for: only one that is held back in a quarter of its
 * periods is short of CPU, which is the threshold of CPUThrottlingHigh
 * (https://github.com/kubernetes-monitoring/kubernetes-mixin/blob/master/alerts/resource_alerts.libsonnet).
 */
export const defaultLevels = {
  usage,
  unitCpu: { ...usage, throttled: 25 },
  disk: { ...shared, limit: 90, clear: 85, horizonMs: MAX_DISK_HORIZON_MS },
} as const satisfies Record<string, Levels>;

/** The limit that the prediction predicts breaches of, %. */
export const DEFAULT_RULES_LIMIT = defaultLevels.usage.limit;

/** The row of the table for a metric of a host or program, or of a unit. */
export function shippedOf(metric: SeriesMetric, isUnit = false): Levels {
  if (metric === 'disk' || metric === 'inodes') return defaultLevels.disk;
  return isUnit && metric === 'cpu' ? defaultLevels.unitCpu : defaultLevels.usage;
}

const shippedLevels: HostLevels = {
  lowestCpu: defaultLevels.usage.limit,
  lowestMem: defaultLevels.usage.limit,
  process: () => defaultLevels.usage,
  unit: (_, metric) => shippedOf(metric, true),
  own: (metric) => shippedOf(metric),
};

export const defaultDetails: RuleDetails = {
  forMs: 60_000,
  pageAt: null,
  labels: nameMap(),
  annotations: nameMap(),
  runbook: null,
};

export const defaultRules: Rules = {
  routes: [],
  forecastLimits: [],
  forHost: () => shippedLevels,
  details: () => defaultDetails,
};
