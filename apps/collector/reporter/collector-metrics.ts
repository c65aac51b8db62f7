import { certificateEnd, type TlsPair } from '#runtime/tls-pair';
import type { CollectorLoop } from '../collector.loop.js';
import type { DiskSpool } from '../deliver/spool/disk.spool.js';
import { type Routes, json } from '../control/routes.js';
import { formatMetrics, label, type Metric, PROMETHEUS_TYPE } from './prometheus.js';

const states = ['sampled', 'acknowledged', 'queued', 'dropped', 'quarantined'] as const;

/** What a monitor of this process asks for: metrics and health. */
export function monitorRoutes(loop: CollectorLoop, tls: TlsPair | undefined): Routes {
  const { host } = loop.parts.identity;
  return {
    '/metrics': {
      answer: () => ({ type: PROMETHEUS_TYPE, body: formatMetrics([...collectorMetrics(loop), ...tlsMetrics(tls)]) }),
    },
    '/health/live': { answer: () => json({ status: 'ok', service: 'amberwatch-collector', host }) },
  };
}

/** Everything the collector says of itself, as Prometheus metrics. */
function collectorMetrics(loop: CollectorLoop): Metric[] {
  const { spool } = loop.parts;
  return [...ledgerMetrics(spool), ...cpuMetrics(loop), ...tickMetrics(loop), ...spoolMetrics(spool)];
}

function ledgerMetrics({ ledger }: DiskSpool): Metric[] {
  const tally = (unit: 'samples' | 'batches'): Record<string, number> =>
    Object.fromEntries(states.map((state) => [label('state', state), ledger[state][unit]]));
  const balance = 'sampled = acknowledged + queued + dropped + quarantined, exactly.';
  return [
    { ...gauge('samples', `Samples by what became of them; ${balance}`), samples: tally('samples') },
    { ...gauge('batches', `Batches by what became of them; ${balance}`), samples: tally('batches') },
    {
      ...counter('dropped_samples_total', 'Samples dropped, by reason.'),
      samples: Object.fromEntries(Object.entries(ledger.lost).map(([reason, n]) => [label('reason', reason), n])),
    },
  ];
}

function cpuMetrics({ parts: { host } }: CollectorLoop): Metric[] {
  const { hostMs, programsMs, endedMs, kernelMs, residualMs } = host.book.totals;
  return [
    {
      ...gauge('host_cpu_seconds', 'CPU time since start: host = programs + ended + kernel + residual, exactly.'),
      samples: {
        [label('part', 'host')]: hostMs / 1000,
        [label('part', 'programs')]: programsMs / 1000,
        [label('part', 'ended')]: endedMs / 1000,
        [label('part', 'kernel')]: kernelMs / 1000,
        [label('part', 'residual')]: residualMs / 1000,
      },
    },
  ];
}

function tickMetrics({ ticks, failedTicks, loop, seen, parts }: CollectorLoop): Metric[] {
  const { user, system } = process.cpuUsage();
  return [
    single(counter('ticks_total', 'Ticks that gave samples.'), ticks),
    single(counter('failed_ticks_total', 'Ticks that gave none.'), failedTicks),
    single(counter('skipped_ticks_total', 'Ticks left out because the one before was not done.'), loop.skipped),
    single(gauge('interval_seconds', 'Time between two ticks.'), loop.period / 1000),
    single(gauge('processes', 'Processes seen at the newest tick.'), seen.processes),
    single(gauge('threads_seen', 'Threads of those processes.'), seen.threads?.seen ?? Number.NaN),
    single(gauge('threads_existing', 'Threads that the kernel has.'), seen.threads?.existing ?? Number.NaN),
    single(gauge('folded_processes', 'Processes counted under `other` because of the ceiling.'), parts.table.folded),
    single(
      gauge('units', 'Units of the newest tick; NaN where they are off or there are none here.'),
      parts.units?.seen ?? Number.NaN,
    ),
    single(
      gauge('dropped_units', 'Units left out of the newest tick because of the ceiling.'),
      parts.units?.dropped ?? Number.NaN,
    ),
    single(
      gauge('processes_without_unit', 'Processes whose control group could not be read at the newest tick.'),
      parts.units?.tree.unread ?? Number.NaN,
    ),
    single(
      counter('oom_kills_elsewhere_total', 'Processes killed for lack of memory that were in no unit.'),
      parts.units?.kills.elsewhere ?? Number.NaN,
    ),
    single(gauge('clock_offset_seconds', "Correction of this host's clock."), parts.clock.offsetMs / 1000),
    single(counter('send_failures_total', 'Tries that the server did not acknowledge.'), parts.delivery.failures),
    single(counter('own_cpu_seconds_total', 'CPU time of the collector itself.'), (user + system) / 1e6),
    single(
      gauge('own_cpu_percent', 'CPU of the collector itself in its last window, % of one core.'),
      parts.cost.cost.cpu,
    ),
    single(gauge('own_resident_bytes', 'Resident memory of the collector itself.'), process.memoryUsage.rss()),
  ];
}

function spoolMetrics(spool: DiskSpool): Metric[] {
  return [
    single(gauge('spool_bytes', 'Bytes of the spool on disk.'), spool.bytes),
    single(
      gauge('spool_in_memory', '1 while the volume takes nothing and batches are held in memory.'),
      +spool.isInMemory,
    ),
    single(counter('spool_write_failures_total', 'Writes that the volume refused.'), spool.failures),
    single(
      gauge('ledger_exact', '0 where damage of the spool may have hidden batches that the ledger lacks.'),
      +spool.ledger.exact,
    ),
    single(counter('spool_damaged_batches_total', 'Batches that could not be read back.'), spool.damaged.batches),
    single(counter('spool_skipped_bytes_total', 'Bytes of the spool that belong to no record.'), spool.damaged.bytes),
  ];
}

function tlsMetrics(tls: TlsPair | undefined): Metric[] {
  if (!tls) return [];
  const { name, help, type, read } = certificateEnd(tls);
  return [single({ name, help, type }, read())];
}

type Head = Omit<Metric, 'samples'>;

function gauge(name: string, help: string): Head {
  return { name: `amberwatch_collector_${name}`, help, type: 'gauge' };
}

function counter(name: string, help: string): Head {
  return { name: `amberwatch_collector_${name}`, help, type: 'counter' };
}

function single(head: Head, value: number): Metric {
  return { ...head, samples: { '': value } };
}
