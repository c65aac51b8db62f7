import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/**
 * Gauges of prom-client whose names end as only a counter's may, which Prometheus' own checker refuses. Each has a
 * sister without that ending, by type.
 */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** One number, or one for each value of a label. */
export interface Reading {
  name: string;
  help: string;
  type: 'counter' | 'gauge';
  label?: string;
  read: () => number | Record<string, number>;
}

/** A registry of what Node says of the process, for a service to add its own to. */
export function processRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return registry;
}

/** A registry of what is read when it is asked for, beside what Node says of the process. */
export function registryOf(readings: readonly Reading[]): Registry {
  const registry = processRegistry();
  for (const { name, help, type, label, read } of readings) {
    const entries = (): [Record<string, string>, number][] => {
      const value = read();
      if (typeof value === 'number') return [[{}, value]];
      return Object.entries(value).map(([key, n]) => [{ [label ?? 'of']: key }, n]);
    };
    const options = { name, help, registers: [], labelNames: label === undefined ? [] : [label] };
    const metric =
      type === 'gauge'
        ? new Gauge({
            ...options,
            collect() {
              this.reset();
              for (const [labels, value] of entries()) this.set(labels, value);
            },
          })
        : new Counter({
            ...options,
            collect() {
              this.reset();
              for (const [labels, value] of entries()) this.inc(labels, value);
            },
          });
    registry.registerMetric(metric);
  }
  return registry;
}
