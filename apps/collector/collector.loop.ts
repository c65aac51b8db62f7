import { gzipSync } from 'node:zlib';
import type { HostUsage, SampleBatch } from '#domain/sample-batch';
import { type Log, Once } from '#runtime/log';
import { Loop } from '#runtime/loop';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { CollectorClock } from './collector-clock.js';
import type { Delivery } from './delivery.js';
import { hostUsageOf } from './host-usage.js';
import type { ProgramTable } from './program-table.js';
import type { DiskReader } from './readers/disks.js';
import type { HostCounters, ProcessReader, Reading } from './readers/process-reader.js';
import type { BatchQueue } from './spool/batch-queue.js';

/** After the first reading, a second one comes so soon, so that a newcomer sees data at once. */
const SECOND_READING_MS = 1_000;
/** Bodies above this size are compressed. */
const COMPRESS_ABOVE_BYTES = 4 * 1024;
/** The fastest level: it saves nine tenths of the bytes of the best one at a fifth of its CPU. */
const GZIP_LEVEL = 1;

export interface CollectorIdentity {
  host: string;
  service: string | undefined;
  /** New at every start; batches are numbered within it. */
  run: string;
}

/** One tick: read all processes, turn them into samples, queue them, and tell the delivery. */
export class CollectorLoop {
  ticks = 0;
  failedTicks = 0;
  /** Processes seen at the newest tick. */
  processes = 0;
  /** Usage of the host at the newest tick. */
  host: HostUsage | undefined;
  readonly loop: Loop;
  private before: { host: HostCounters; atMs: number } | undefined;
  private readonly failure: Once;
  private readonly hidden: Once;

  constructor(
    private readonly parts: {
      identity: CollectorIdentity;
      reader: ProcessReader;
      disks: DiskReader;
      table: ProgramTable;
      queue: BatchQueue;
      delivery: Delivery;
      clock: CollectorClock;
      log: Log;
    },
    options: { intervalMs: number; trace: boolean; registry?: SchedulerRegistry },
  ) {
    const { log } = parts;
    this.failure = new Once((text) => log.warn(text));
    this.hidden = new Once((text) => log.warn(text));
    this.trace = options.trace;
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
  private readonly trace: boolean;

  /** @throws where the host's processes can't be read at all */
  async start(): Promise<void> {
    const reading = await this.parts.reader.read();
    this.parts.table.group(reading, 0);
    this.before = { host: reading.host, atMs: reading.atMs };
    this.parts.delivery.start();
    this.loop.start(Math.min(SECOND_READING_MS, this.loop.period));
  }

  async stop(): Promise<void> {
    await this.loop.stop();
    await this.parts.delivery.stop();
    this.parts.reader.close();
    await this.parts.queue.close();
  }

  private async tick(): Promise<void> {
    const { reader, clock, table, disks, log, queue, delivery } = this.parts;
    const timeMs = clock.now();
    const reading = await reader.read();
    const columns = table.group(reading, this.before ? reading.atMs - this.before.atMs : 0);
    this.host = hostUsageOf(this.before?.host, reading.host);
    const read = disks.read(reading.atMs);
    if (read.length > 0) this.host.disks = read;
    this.before = { host: reading.host, atMs: reading.atMs };
    this.processes = reading.processes.length;
    this.ticks++;
    if (this.trace) process.stdout.write(`TICK n=${this.processes}\n`);
    this.tellHidden(reading);
    await queue.append(this.encode(timeMs, columns, this.host), columns.names.length, timeMs);
    delivery.notify();
    if (this.failure.clear()) log.log('Samples are taken again');
  }

  private encode(timeMs: number, columns: Omit<SampleBatch, 'id' | 'host' | 'time'>, hostUsage: HostUsage) {
    const { host, service, run } = this.parts.identity;
    const batch: SampleBatch = {
      id: `${run}-${this.ticks.toString(36)}`,
      host,
      ...(service === undefined ? {} : { service }),
      time: new Date(timeMs).toISOString(),
      intervalMs: this.loop.period,
      ...columns,
      hostUsage,
    };
    const bytes = Buffer.from(JSON.stringify(batch));
    if (bytes.byteLength <= COMPRESS_ABOVE_BYTES) return { bytes, gzipped: false };
    return { bytes: gzipSync(bytes, { level: GZIP_LEVEL }), gzipped: true };
  }

  /** A silent subset would look like a quiet host. */
  private tellHidden({ threads, processes }: Reading): void {
    if (!threads) return;
    const slack = 16 + threads.existing * 0.05;
    if (threads.existing - threads.seen <= slack) return;
    this.hidden.warn(
      `Some processes are hidden from the collector: visible are ${processes.length} processes with ` +
        `${threads.seen} of ${threads.existing} threads (hidepid, or a container without \`pid: host\`)`,
    );
  }
}
