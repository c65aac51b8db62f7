import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

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
  }

  private counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }
}
