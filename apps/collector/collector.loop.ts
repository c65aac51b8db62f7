import { gzipSync } from 'node:zlib';
import type { SampleBatch } from '#domain';
import { type Log, Once } from '#runtime/log';
import { Loop } from '#runtime/loop';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { CollectorClock } from './deliver/collector-clock.js';
import type { Delivery } from './deliver/delivery.js';
import type { HostMetricsReader } from './measure/host-metrics/host-metrics-reader.js';
import type { HostWatch } from './measure/host/host-watch.js';
import type { CostWatch } from './measure/own-cost.js';
import type { ProgramColumns, ProgramTable } from './measure/programs/program-table.js';
import type { ProcessReader, Reading } from './measure/readers/process-reader.js';
import type { Spool } from './deliver/spool/spool.js';

/** After the first reading, a second one comes so soon, so that a newcomer sees data at once. */
const SECOND_READING_MS = 1_000;
/** Bodies above this size are compressed. */
const COMPRESS_ABOVE_BYTES = 4 * 1024;
/** The fastest level: it saves nine tenths of what the best one saves, at a fifth of its CPU. */
const GZIP_LEVEL = 1;
/** Threads come and go while the processes are read: so many more may exist than were seen. */
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
  queue: Spool;
  delivery: Delivery;
  clock: CollectorClock;
  log: Log;
}

/** One tick: read all processes, turn them into samples, queue them, and tell the delivery. */
export class CollectorLoop {
  ticks = 0;
  failedTicks = 0;
  /** Processes seen at the newest tick, and threads where the kernel says how many there are. */
  seen: { processes: number; threads: Reading['threads'] } = { processes: 0, threads: undefined };
  /** What the newest tick gave. */
  columns: ProgramColumns | undefined;
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

  /** @throws where the host's processes can't be read at all */
  async start(): Promise<void> {
    const { reader, table, host, delivery, cost } = this.parts;
    const reading = await reader.read();
    table.group(reading, 0);
    host.begin(reading);
    delivery.start();
    cost.begin();
    this.loop.start(Math.min(SECOND_READING_MS, this.loop.period));
  }

  async stop(): Promise<void> {
    await this.loop.stop();
    await this.parts.delivery.stop();
    this.parts.reader.close();
    await this.parts.queue.close();
  }

  private async tick(): Promise<void> {
    const { reader, clock, table, host, metrics, log, queue, delivery } = this.parts;
    const timeMs = clock.now();
    const reading = await reader.read();
    const columns = table.group(reading, host.elapsed(reading));
    const usage = host.enter(reading, timeMs);
    this.columns = columns;
    this.seen = { processes: reading.processes.length, threads: reading.threads };
    this.ticks++;
    if (this.options.trace) process.stdout.write(`TICK n=${this.seen.processes}\n`);
    this.tellHidden();
    const hostMetrics = await metrics?.read();
    await queue.append(
      this.encode(timeMs, { ...columns, hostUsage: usage, hostMetrics }),
      columns.names.length,
      timeMs,
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
    // Once this round is done: the loop would count the change as a round of its own.
    if (intervalMs !== period) setImmediate(() => this.loop.setPeriod(intervalMs));
  }
}
