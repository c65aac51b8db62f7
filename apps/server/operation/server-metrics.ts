import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/**
 * Gauges of prom-client whose names end as only a counter's may, which Prometheus' own checker refuses. Each has a
 * sister without that ending, by type.
 */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** What the server tells Prometheus about itself. */
@Injectable()
export class ServerMetrics {
  readonly registry = new Registry();
  readonly acceptedBatches = this.counter('amberwatch_batches_accepted_total', 'Batches that the store took');
  readonly repeatedBatches = this.counter(
    'amberwatch_batches_repeated_total',
    'Batches acknowledged again without a second write',
  );
  readonly acceptedSamples = this.counter('amberwatch_samples_accepted_total', 'Samples that the store took');
  readonly expiredSamples = this.counter(
    'amberwatch_samples_expired_total',
    'Samples that the database refused for good',
  );
  readonly writeSeconds = new Histogram({
    name: 'amberwatch_store_write_seconds',
    help: 'Seconds from handing a batch to the store until it was durable',
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
  }

  private counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }
}
