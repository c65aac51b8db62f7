import type { CollectorLoop } from '../collector.loop.js';
import type { Delivery } from '../delivery.js';
import type { DiskSpool } from '../spool/disk.spool.js';
import type { Pages } from './control-server.js';
import { formatMetrics, label, type Metric, PROMETHEUS_TYPE } from './prometheus.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const states = ['sampled', 'acknowledged', 'queued', 'dropped', 'quarantined'] as const;

export interface Watched {
  host: string;
  loop: CollectorLoop;
  spool: DiskSpool;
  delivery: Delivery;
}

/** What the control port shows. */
export function controlPages(watched: Watched): Pages {
  return {
    '/metrics': () => ({ type: PROMETHEUS_TYPE, body: formatMetrics(metricsOf(watched)) }),
    '/health/live': () => ({
      type: JSON_TYPE,
      body: JSON.stringify({ status: 'ok', service: 'amberwatch-collector', host: watched.host }),
    }),
  };
}

function metricsOf({ loop, spool, delivery }: Watched): Metric[] {
  const { ledger } = spool;
  const tally = (unit: 'samples' | 'batches'): Record<string, number> =>
    Object.fromEntries(states.map((state) => [label('state', state), ledger[state][unit]]));
  return [
    {
      name: 'amberwatch_collector_samples',
      help: 'Samples by what became of them; sampled = acknowledged + queued + dropped + quarantined.',
      type: 'gauge',
      samples: tally('samples'),
    },
    {
      name: 'amberwatch_collector_batches',
      help: 'Batches by what became of them.',
      type: 'gauge',
      samples: tally('batches'),
    },
    {
      name: 'amberwatch_collector_dropped_samples_total',
      help: 'Samples dropped, by reason.',
      type: 'counter',
      samples: Object.fromEntries(Object.entries(ledger.lost).map(([reason, n]) => [label('reason', reason), n])),
    },
    single('ticks_total', 'Ticks that gave samples.', 'counter', loop.ticks),
    single('failed_ticks_total', 'Ticks that gave none.', 'counter', loop.failedTicks),
    single('skipped_ticks_total', 'Ticks left out because the one before was not done.', 'counter', loop.loop.skipped),
    single('processes', 'Processes seen at the newest tick.', 'gauge', loop.processes),
    single('interval_seconds', 'Time between two ticks.', 'gauge', loop.loop.period / 1000),
    single('spool_bytes', 'Bytes of the spool on disk.', 'gauge', spool.bytes),
    single(
      'spool_in_memory',
      '1 while the volume takes nothing and batches are held in memory.',
      'gauge',
      +spool.isInMemory,
    ),
    single('spool_write_failures_total', 'Writes that the volume refused.', 'counter', spool.failures),
    single(
      'spool_damaged_batches_total',
      'Batches of the spool that could not be read back.',
      'counter',
      spool.damaged.batches,
    ),
    single('spool_skipped_bytes_total', 'Bytes of the spool that belong to no record.', 'counter', spool.damaged.bytes),
    single('send_failures_total', 'Tries that the server did not acknowledge.', 'counter', delivery.failures),
  ];
}

function single(name: string, help: string, type: Metric['type'], value: number): Metric {
  return { name: `amberwatch_collector_${name}`, help, type, samples: { '': value } };
}
