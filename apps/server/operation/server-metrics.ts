import { Injectable } from '@nestjs/common';
import { processRegistry } from '#runtime';
import { StateStore } from '#store';
import { Counter, Gauge, Histogram } from 'prom-client';

/** What the server tells Prometheus about itself. */
@Injectable()
export class ServerMetrics {
  readonly registry = processRegistry();
  readonly acceptedBatches = this.counter('amberwatch_batches_accepted_total', 'Batches that the store took');
  readonly repeatedBatches = this.counter(
    'amberwatch_batches_repeated_total',
    'Batches acknowledged again without a second write',
  );
  readonly acceptedSamples = this.counter('amberwatch_samples_accepted_total', 'Samples that the store took');
  readonly acceptedUnits = this.counter(
    'amberwatch_unit_samples_accepted_total',
    'Samples of units, beside those of programs, that the store took',
  );
  readonly droppedUnits = this.counter(
    'amberwatch_unit_samples_dropped_total',
    'Samples of units that were left out, as there are more units than may be',
  );
  readonly expiredSamples = this.counter(
    'amberwatch_samples_expired_total',
    'Samples that were not stored, as they are older than the retention',
  );
  readonly refusedSamples = this.counter(
    'amberwatch_samples_refused_total',
    'Samples that the database refused for good, such as for a field that it has with another type',
  );
  readonly storeFailures = new Counter({
    name: 'amberwatch_store_write_failures_total',
    help: 'Writes that the database did not take and that their senders try again, by its answer',
    labelNames: ['answer'],
    registers: [this.registry],
  });
  readonly joinedSamples = this.counter(
    'amberwatch_samples_in_other_total',
    'Samples that were added up as the program "other", as there are more programs than may be',
  );
  readonly correctedSamples = this.counter(
    'amberwatch_samples_clock_corrected_total',
    "Samples whose time was corrected, as their host's clock is off",
  );
  readonly unknownKeys = this.counter(
    'amberwatch_unknown_keys_total',
    'Keys and list entries of bodies that this server does not know and left out',
  );
  readonly writeSeconds = new Histogram({
    name: 'amberwatch_store_write_seconds',
    help: 'Seconds from handing a batch to the store until it was durable',
    buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [this.registry],
  });

  constructor(state: StateStore) {
    this.gauge(
      'amberwatch_state_unreadable',
      'Records of the state that could not be read since the start',
      () => state.unreadable,
    );
  }

  /** What is asked for whenever Prometheus asks. */
  gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.registry], collect: () => gauge.set(read()) });
  }

  private counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }
}
