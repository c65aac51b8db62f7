import type { HostMetric } from '#domain';

/**
 * Reads the metrics of the whole host under Telegraf's names. A source that is away gives no point, never a wrong one.
 */
export abstract class HostMetricsReader {
  /** What there is now; CPU percentages cover the time since the reading before, so the first reading has none. */
  abstract read(): HostMetric[] | Promise<HostMetric[]>;
}
