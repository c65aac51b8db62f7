import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { SampleSender } from '#client/sample-sender';
import { type ServerTrust, trustOf } from '#client/server-trust';
import { DEFAULT_INTERVAL_MS } from '#domain/host';
import { tlsPairOf } from '#runtime/tls-pair';
import type { Log } from '#runtime';
import type { CollectorSettings } from './collector.config.js';
import { CollectorLoop } from './collector.loop.js';
import { CollectorControl } from './control/collector-control.js';
import { ControlMemory } from './control/control-memory.js';
import { ControlPort } from './control/control-port.js';
import { ServerReports } from './control/server-reports.js';
import { CollectorClock } from './deliver/collector-clock.js';
import { Delivery } from './deliver/delivery.js';
import { TokenFile } from './deliver/token-file.js';
import { TokenSender } from './deliver/token-sender.js';
import { DiskSpool } from './deliver/spool/disk.spool.js';
import { SpoolOwner } from './deliver/spool/spool-owner.js';
import { DiskReader } from './measure/host/disks.js';
import { hostNameFrom } from './measure/host/host-name.js';
import { HostWatch } from './measure/host/host-watch.js';
import { openHostCounters } from './measure/host/open-counters.js';
import { openHostMetrics } from './measure/host-metrics/open-metrics.js';
import { CostWatch, type WantedInterval } from './measure/own-cost.js';
import { ProgramTable } from './measure/programs/program-table.js';
import { openReader } from './measure/readers/open-reader.js';
import { openUnits } from './measure/units/open-units.js';
import { monitorRoutes } from './reporter/collector-metrics.js';
import { HostGraph } from './reporter/host-graph.js';
import { ManagerPost } from './reporter/manager-post.js';
import { InstanceMetadata } from './reporter/metadata/instance-metadata.js';
import { Reporter } from './reporter/reporter.js';
import { reporterRoutes } from './reporter/reporter-routes.js';

/** Held in memory while the spool's volume takes nothing; part of what the collector may use in all. */
const MAX_MEMORY_BYTES = 8 * 1024 * 1024;
/** Time for the answer to go out before the process ends. */
const END_AFTER_MS = 100;

/** Wiring only: what starts and stops does so by the hooks of Nest. */
@Module({})
export class CollectorModule {
  static register(settings: CollectorSettings, log: Log): DynamicModule {
    const { AMBERWATCH_DATA: data, HOST_PROC: proc, HOST_ROOT: root } = settings;
    const host = settings.AMBERWATCH_HOSTNAME ?? hostNameFrom(root, proc);
    const cloud = settings.AMBERWATCH_METADATA === 'auto' ? new InstanceMetadata() : undefined;
    const warn = (text: string) => log.warn(text);
    const tls = tlsPairOf(settings);
    const trust = trustOf(settings);
    const sender = senderOf(settings, host, trust, log);
    const memory = new ControlMemory(join(data, 'control.json'), warn);
    return {
      module: CollectorModule,
      imports: [ScheduleModule.forRoot({ cronJobs: false, intervals: false, timeouts: false })],
      providers: [
        {
          provide: CollectorLoop,
          inject: [SchedulerRegistry],
          useFactory: async (registry: SchedulerRegistry) => {
            const clock = new CollectorClock(warn);
            const spool = spoolOf(settings, clock, log);
            const wanted = wantedInterval(settings, memory);
            const ceiling = { cpu: settings.AMBERWATCH_MAX_CPU, rssBytes: settings.AMBERWATCH_MAX_MEMORY };
            const disks = new DiskReader(proc === '/proc' ? '/proc/self/mounts' : join(proc, '1/mounts'), root);
            const parts = {
              identity: { host, service: settings.AMBERWATCH_SERVICE, run: randomBytes(9).toString('base64url') },
              reader: await openReader(proc, settings.AMBERWATCH_NAMING),
              table: new ProgramTable(settings.AMBERWATCH_MAX_NAMES),
              host: new HostWatch({ proc, root, disks }),
              cost: new CostWatch(ceiling, wanted, warn),
              metrics: settings.AMBERWATCH_HOST_METRICS === 'on' ? await openHostMetrics({ proc, root }) : undefined,
              units: settings.AMBERWATCH_UNITS === 'on' ? await openUnits({ proc, root, log }) : undefined,
              owner: new SpoolOwner(join(data, 'spool')),
              spool,
              delivery: new Delivery(spool, sender, clock, log),
              clock,
              log,
            };
            const trace = settings.AMBERWATCH_TRACE_TICKS === '1';
            return new CollectorLoop(parts, { intervalMs: wanted.ms, trace, registry });
          },
        },
        {
          provide: CollectorControl,
          inject: [CollectorLoop],
          useFactory: (loop: CollectorLoop) => {
            const reports = new ServerReports(settings.AMBERWATCH_SERVER_URL, sender, host, trust);
            const control = new CollectorControl({
              loop: loop.loop,
              setInterval: (intervalMs) => loop.setInterval(intervalMs),
              memory,
              send: (report) => reports.send(report),
              metadata: () => cloud?.refresh() ?? Promise.resolve({}),
              stop: () => void setTimeout(() => process.kill(process.pid, 'SIGTERM'), END_AFTER_MS),
              log,
            });
            loop.parts.delivery.onOrder = (order) => void control.take(order);
            return control;
          },
        },
        {
          provide: Reporter,
          inject: [CollectorLoop, CollectorControl],
          useFactory: (loop: CollectorLoop, control: CollectorControl) => new Reporter({ loop, control, cloud }),
        },
        {
          provide: ManagerPost,
          inject: [CollectorLoop, Reporter],
          useFactory: (loop: CollectorLoop, reporter: Reporter) =>
            managerOf(settings, { loop, reporter, sender, trust, log }),
        },
        {
          provide: ControlPort,
          inject: [CollectorLoop, CollectorControl, Reporter],
          useFactory: async (loop: CollectorLoop, control: CollectorControl, reporter: Reporter) => {
            const time = () => loop.parts.clock.now();
            const graph = new HostGraph({ proc, root, host, counters: await openHostCounters(proc), time });
            return new ControlPort({
              port: settings.AMBERWATCH_CONTROL_PORT,
              // Until this host has a token of its own, nobody changes anything by none.
              token: () => sender.current ?? settings.AMBERWATCH_ENROL_TOKEN,
              routes: { ...monitorRoutes(loop, tls), ...reporterRoutes({ reporter, graph, control }) },
              tls,
              log,
            });
          },
        },
      ],
    };
  }
}

/** What was ordered at run time goes before the settings. */
function wantedInterval({ AMBERWATCH_INTERVAL: set }: CollectorSettings, memory: ControlMemory): WantedInterval {
  const ordered = memory.read().intervalMs;
  if (ordered !== undefined) return { ms: ordered, rule: 'stretchable' };
  return set === undefined ? { ms: DEFAULT_INTERVAL_MS, rule: 'stretchable' } : { ms: set, rule: 'kept' };
}

function spoolOf(settings: CollectorSettings, clock: CollectorClock, log: Log): DiskSpool {
  return new DiskSpool({
    folder: join(settings.AMBERWATCH_DATA, 'spool'),
    maxBytes: settings.AMBERWATCH_SPOOL_SIZE,
    maxAgeMs: settings.AMBERWATCH_SPOOL_AGE,
    maxMemoryBytes: MAX_MEMORY_BYTES,
    say: (text) => log.warn(text),
    clock,
  });
}

function senderOf(settings: CollectorSettings, host: string, trust: ServerTrust | undefined, log: Log): TokenSender {
  const { AMBERWATCH_SERVER_URL: serverUrl, AMBERWATCH_SEND_TIMEOUT: timeoutMs } = settings;
  return new TokenSender({
    sender: new SampleSender({ serverUrl, trust, timeoutMs }),
    token: settings.AMBERWATCH_TOKEN,
    enrolToken: settings.AMBERWATCH_ENROL_TOKEN,
    file: new TokenFile(join(settings.AMBERWATCH_DATA, 'token.json'), serverUrl),
    host,
    log,
  });
}

function managerOf(
  settings: CollectorSettings,
  parts: { loop: CollectorLoop; reporter: Reporter; sender: TokenSender; trust: ServerTrust | undefined; log: Log },
): ManagerPost | undefined {
  const { AMBERWATCH_MANAGER_URL: managerUrl, AMBERWATCH_SERVER_URL: serverUrl } = settings;
  if (managerUrl === undefined) return undefined;
  // The token is the server's: another manager has no business with it.
  const own = new URL(managerUrl).origin === new URL(serverUrl).origin;
  const report = () => reporter.report();
  const { loop, reporter, sender, trust, log } = parts;
  return new ManagerPost({
    managerUrl,
    token: () => (own ? sender.current : undefined),
    trust,
    report,
    ticks: loop.loop,
    log,
  });
}
