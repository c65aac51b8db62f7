import { hostname } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { SampleBatch } from '#domain';
import { type Log, Once } from '#runtime/log';
import { Loop } from '#runtime/loop';
import type { CollectorClock } from './deliver/collector-clock.js';
import type { Delivery } from './deliver/delivery.js';
import type { HostMetricsReader } from './measure/host-metrics/host-metrics-reader.js';
import type { HostWatch } from './measure/host/host-watch.js';
import type { CostWatch } from './measure/own-cost.js';
import type { ProgramColumns, ProgramTable } from './measure/programs/program-table.js';
import type { ProcessReader, Reading } from './measure/readers/process-reader.js';
import type { UnitWatch } from './measure/units/unit-watch.js';
import type { DiskSpool } from './deliver/spool/disk.spool.js';
import type { SpoolOwner } from './deliver/spool/spool-owner.js';

/** Time from the first reading to the second, in milliseconds: short, so that a newcomer sees data at once. */
const SECOND_READING_MS = 1_000;
/** Bodies above this size are compressed. */
const COMPRESS_ABOVE_BYTES = 4 * 1024;
/** The fastest level: it saves nine tenths of what the best one saves, at a fifth of its CPU. */
const GZIP_LEVEL = 1;
/** Threads come and go while the processes are read: this many more may exist than were seen. */
const HIDDEN_ABOVE = { threads: 16, share: 0.05 };

export interface CollectorIdentity {
  host: string;
  service: string | undefined;
  /** New at every start; batches are numbered within it. */
  run: string;
}

export interface CollectorParts {
  identity: CollectorIdentity;
  reader: ProcessReader;
  table: ProgramTable;
  host: HostWatch;
  cost: CostWatch;
  /** The host's own metrics; undefined where they are off. */
  metrics?: HostMetricsReader | undefined;
  /** Undefined where units are off, or the host has none. */
  units?: UnitWatch | undefined;
  owner: SpoolOwner;
  spool: DiskSpool;
  delivery: Delivery;
  clock: CollectorClock;
  log: Log;
}

/** One tick: read all processes, turn them into samples, queue them, and tell the delivery. */
export class CollectorLoop implements OnApplicationBootstrap, OnApplicationShutdown {
  ticks = 0;
  failedTicks = 0;
  /** Processes seen at the newest tick, and threads where the kernel says how many there are. */
  seen: { processes: number; threads: Reading['threads'] } = { processes: 0, threads: undefined };
  /** What the newest tick gave. */
  columns: Omit<ProgramColumns, 'unit'> | undefined;
  readonly loop: Loop;
  private readonly failure: Once;
  private hidden = false;

  constructor(
    readonly parts: CollectorParts,
    private readonly options: { intervalMs: number; trace: boolean; registry?: SchedulerRegistry },
  ) {
    const { log } = parts;
    this.failure = new Once((text) => log.warn(text));
    this.loop = new Loop({
      name: 'collector',
      periodMs: options.intervalMs,
      run: () => this.tick(),
      onError: (error) => {
        this.failedTicks++;
        this.failure.warn(`This tick gave no samples: ${String(error)}`);
      },
      ...(options.registry ? { registry: options.registry } : {}),
    });
  }

  /** @throws StartError where another collector has the spool; any error where no process can be read at all */
  async onApplicationBootstrap(): Promise<void> {
    const { owner, spool, reader, table, host, units, delivery, cost, clock, log } = this.parts;
    const alone = await owner.claim(`process ${process.pid} on ${hostname()}`);
    if (!alone) log.warn('The spool can not be kept for this collector alone: its volume takes no socket');
    spool.open();
    const reading = await reader.read();
    units?.read(reading);
    table.group(reading, 0, clock.now());
    host.begin(reading);
    delivery.start();
    cost.begin();
    this.loop.start(Math.min(SECOND_READING_MS, this.loop.period));
  }

  /** The time between two ticks from now on, as somebody orders it at run time. */
  setInterval(intervalMs: number): void {
    this.parts.cost.order(intervalMs);
    this.loop.setPeriod(intervalMs);
  }

  /** In reverse order. */
  async onApplicationShutdown(): Promise<void> {
    const { owner, spool, reader, units, delivery } = this.parts;
    await this.loop.stop();
    await delivery.stop();
    units?.close();
    reader.close();
    await spool.close();
    await owner.release();
  }

  private async tick(): Promise<void> {
    const { reader, clock, table, host, metrics, log, spool, delivery } = this.parts;
    const stamp = clock.stamp();
    const reading = await reader.read();
    // Before the programs are grouped, as each process knows its unit only then.
    const units = this.parts.units?.read(reading);
    const { unit, ...columns } = table.group(reading, host.elapsed(reading), stamp.timeMs);
    const usage = host.enter(reading, stamp.timeMs);
    this.columns = columns;
    this.seen = { processes: reading.processes.length, threads: reading.threads };
    this.ticks++;
    if (this.options.trace) process.stdout.write(`TICK n=${this.seen.processes}\n`);
    this.tellHidden();
    const hostMetrics = await metrics?.read();
    await spool.append(
      this.encode(stamp.timeMs, {
        ...columns,
        ...(units?.length ? { units, unit } : {}),
        hostUsage: usage,
        hostMetrics,
      }),
      columns.names.length,
      stamp,
    );
    delivery.notify();
    if (this.failure.clear()) log.log('Samples are taken again');
    this.watchCost();
  }

  private encode(timeMs: number, content: Omit<SampleBatch, 'id' | 'host' | 'time'>) {
    const { host, service, run } = this.parts.identity;
    const batch: SampleBatch = {
      id: `${run}-${this.ticks.toString(36)}`,
      host,
      ...(service === undefined ? {} : { service }),
      time: new Date(timeMs).toISOString(),
      intervalMs: this.loop.period,
      ...content,
    };
    const bytes = Buffer.from(JSON.stringify(batch));
    if (bytes.byteLength <= COMPRESS_ABOVE_BYTES) return { bytes, gzipped: false };
    return { bytes: gzipSync(bytes, { level: GZIP_LEVEL }), gzipped: true };
  }

  /** A silent subset would look like a quiet host. */
  private tellHidden(): void {
    const { processes, threads } = this.seen;
    if (!threads) return;
    const missing = threads.existing - threads.seen;
    const wasHidden = this.hidden;
    this.hidden = missing > HIDDEN_ABOVE.threads + threads.existing * HIDDEN_ABOVE.share;
    if (!this.hidden || wasHidden) return;
    this.parts.log.warn(
      `Some processes are hidden from the collector: visible are ${processes} processes with ${threads.seen} of ` +
        `${threads.existing} threads (hidepid, or a container without \`pid: host\`)`,
    );
  }

  private watchCost(): void {
    const { period } = this.loop;
    const intervalMs = this.parts.cost.judge(period);
    if (intervalMs !== period) this.loop.setPeriod(intervalMs);
  }
}
