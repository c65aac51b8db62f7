import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type DynamicModule, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { SampleSender } from '#client/sample-sender';
import { DEFAULT_INTERVAL_MS } from '#domain/host';
import type { Log } from '#runtime';
import { CollectorClock } from './deliver/collector-clock.js';
import { type CollectorSettings, DEFAULT_CONTROL_PORT } from './collector.config.js';
import { CollectorLoop } from './collector.loop.js';
import { ControlMemory } from './control/control-memory.js';
import { ControlPort } from './control/control-port.js';
import { HostGraph } from './reporter/host-graph.js';
import { controlPages, reporterPage } from './reporter/report-page.js';
import { Delivery } from './deliver/delivery.js';
import { FleetMember } from './fleet.js';
import { HostMetricsReader } from './measure/host-metrics/host-metrics-reader.js';
import { openHostMetrics } from './measure/host-metrics/open-metrics.js';
import { HostWatch } from './measure/host/host-watch.js';
import { CostWatch } from './measure/own-cost.js';
import { ProgramTable } from './measure/programs/program-table.js';
import { DiskReader } from './measure/host/disks.js';
import { ProcessReader } from './measure/readers/process-reader.js';
import { Spool } from './deliver/spool/spool.js';
import { DiskSpool } from './deliver/spool/disk.spool.js';
import { SpoolOwner } from './deliver/spool/spool-owner.js';

/** Held in memory while the spool's volume takes nothing; part of what the collector may use in all. */
const MAX_MEMORY_BYTES = 8 * 1024 * 1024;

/** Starts the parts in order and stops them in reverse. */
export class Collector implements OnApplicationShutdown {
  private readonly owner: SpoolOwner;

  constructor(
    private readonly loop: CollectorLoop,
    private readonly control: ControlPort,
    private readonly spool: DiskSpool,
    private readonly fleet: FleetMember,
    private readonly settings: CollectorSettings,
    private readonly log: Log,
  ) {
    this.owner = new SpoolOwner(spoolFolder(settings));
  }

  /** @throws StartError where another collector has the spool, or the chosen control port is taken */
  async start(): Promise<void> {
    const alone = await this.owner.claim(`process ${process.pid} on ${hostname()}`);
    if (!alone) this.log.warn('The spool can not be kept for this collector alone: its volume takes no socket');
    this.spool.open();
    const port = this.settings.AMBERWATCH_CONTROL_PORT;
    await this.control.listen(port ?? DEFAULT_CONTROL_PORT, port !== undefined);
    await this.loop.start();
    this.fleet.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.control.close();
    await this.fleet.stop();
    await this.loop.stop();
    await this.owner.release();
  }
}

/** Wiring only. */
@Module({})
export class CollectorModule {
  static forRoot(settings: CollectorSettings, log: Log): DynamicModule {
    const host = hostNameOf(settings);
    return {
      module: CollectorModule,
      imports: [ScheduleModule.forRoot({ cronJobs: false, intervals: false, timeouts: false })],
      providers: [
        { provide: ProcessReader, useFactory: () => openReader(settings) },
        { provide: HostMetricsReader, useFactory: () => metricsOf(settings) },
        { provide: ControlMemory, useFactory: () => memoryOf(settings, log) },
        { provide: DiskSpool, useFactory: () => spoolOf(settings, log) },
        { provide: Spool, useExisting: DiskSpool },
        { provide: CollectorClock, useFactory: () => new CollectorClock((text) => log.warn(text)) },
        {
          provide: Delivery,
          inject: [Spool, CollectorClock],
          useFactory: (queue: Spool, clock: CollectorClock) => new Delivery(queue, senderOf(settings), clock, log),
        },
        {
          provide: CostWatch,
          useFactory: () =>
            new CostWatch(
              { cpu: settings.AMBERWATCH_MAX_CPU, rssBytes: settings.AMBERWATCH_MAX_MEMORY },
              { defaultMs: DEFAULT_INTERVAL_MS, chosen: settings.AMBERWATCH_INTERVAL !== undefined },
              (text) => log.warn(text),
            ),
        },
        {
          provide: CollectorLoop,
          inject: [
            ProcessReader,
            Spool,
            Delivery,
            CollectorClock,
            CostWatch,
            SchedulerRegistry,
            { token: HostMetricsReader, optional: true },
            ControlMemory,
          ],
          useFactory: (
            reader: ProcessReader,
            queue: Spool,
            delivery: Delivery,
            clock: CollectorClock,
            cost: CostWatch,
            registry: SchedulerRegistry,
            metrics: HostMetricsReader | undefined,
            memory: ControlMemory,
          ) => {
            const identity = { host, service: settings.AMBERWATCH_SERVICE, run: randomBytes(9).toString('base64url') };
            const table = new ProgramTable(settings.AMBERWATCH_MAX_NAMES);
            const parts = {
              identity,
              reader,
              table,
              host: watchOf(settings),
              cost,
              metrics,
              queue,
              delivery,
              clock,
              log,
            };
            const intervalMs = memory.read().intervalMs ?? settings.AMBERWATCH_INTERVAL ?? DEFAULT_INTERVAL_MS;
            return new CollectorLoop(parts, { intervalMs, trace: settings.AMBERWATCH_TRACE_TICKS === '1', registry });
          },
        },
        {
          provide: Collector,
          inject: [CollectorLoop, DiskSpool, ControlMemory],
          useFactory: async (loop: CollectorLoop, spool: DiskSpool, memory: ControlMemory) => {
            const probe = await probeOf(settings, host);
            const page = () => reporterPage({ loop, spool });
            const fleet = new FleetMember({ settings, loop, memory, probe, page, log });
            const control = new ControlPort(controlPages({ loop, spool }), log, fleet.routes);
            return new Collector(loop, control, spool, fleet, settings, log);
          },
        },
      ],
    };
  }
}

function spoolFolder({ AMBERWATCH_DATA }: CollectorSettings): string {
  return join(AMBERWATCH_DATA, 'spool');
}

function spoolOf(settings: CollectorSettings, log: Log): DiskSpool {
  return new DiskSpool({
    folder: spoolFolder(settings),
    maxBytes: settings.AMBERWATCH_SPOOL_SIZE,
    maxAgeMs: settings.AMBERWATCH_SPOOL_AGE,
    maxMemoryBytes: MAX_MEMORY_BYTES,
    say: (text) => log.warn(text),
    now: Date.now,
  });
}

function senderOf(settings: CollectorSettings): SampleSender {
  return new SampleSender({
    serverUrl: settings.AMBERWATCH_SERVER_URL,
    token: settings.AMBERWATCH_TOKEN,
    timeoutMs: settings.AMBERWATCH_SEND_TIMEOUT,
  });
}

function watchOf({ HOST_PROC: proc, HOST_ROOT: root }: CollectorSettings): HostWatch {
  const disks = new DiskReader(proc === '/proc' ? '/proc/self/mounts' : join(proc, '1/mounts'), root);
  return new HostWatch({ proc, root, disks });
}

function memoryOf({ AMBERWATCH_DATA }: CollectorSettings, log: Log): ControlMemory {
  return new ControlMemory(join(AMBERWATCH_DATA, 'control.json'), (text) => log.warn(text));
}

async function metricsOf(settings: CollectorSettings): Promise<HostMetricsReader | undefined> {
  if (settings.AMBERWATCH_HOST_METRICS === 'off') return undefined;
  return openHostMetrics({ proc: settings.HOST_PROC, root: settings.HOST_ROOT });
}

async function probeOf({ HOST_PROC: proc, HOST_ROOT: root }: CollectorSettings, host: string): Promise<HostGraph> {
  if (process.platform !== 'linux') {
    const { hostCounters } = await import('./measure/readers/portable.reader.js');
    return new HostGraph({ proc, root, host, counters: hostCounters });
  }
  const { LinuxHost } = await import('./measure/host/linux-host.js');
  const linux = new LinuxHost(proc);
  return new HostGraph({ proc, root, host, counters: () => linux.read() });
}

/** Only the reader of this system is loaded. */
async function openReader(settings: CollectorSettings): Promise<ProcessReader> {
  if (process.platform !== 'linux') {
    const { PortableReader } = await import('./measure/readers/portable.reader.js');
    return new PortableReader();
  }
  const { LinuxReader } = await import('./measure/readers/linux.reader.js');
  const nameOf = settings.AMBERWATCH_NAMING
    ? (await import('./measure/programs/naming-rules.js')).loadNaming(settings.AMBERWATCH_NAMING)
    : undefined;
  return new LinuxReader({ proc: settings.HOST_PROC, ...(nameOf ? { nameOf } : {}) });
}

/** In a container, the name of the host rather than the container's, where the host's files are seen. */
function hostNameOf({ AMBERWATCH_HOSTNAME, HOST_ROOT, HOST_PROC }: CollectorSettings): string {
  if (AMBERWATCH_HOSTNAME !== undefined) return AMBERWATCH_HOSTNAME;
  const places = [
    ...(HOST_ROOT === '/' ? [] : [join(HOST_ROOT, 'etc/hostname')]),
    ...(HOST_PROC === '/proc' ? [] : [join(HOST_PROC, '1/root/etc/hostname')]),
  ];
  for (const place of places) {
    try {
      const name = readFileSync(place, 'utf8').trim();
      if (name) return name.slice(0, 255);
    } catch {
      // Not seen from here; the next place may be.
    }
  }
  return hostname() || 'localhost';
}
