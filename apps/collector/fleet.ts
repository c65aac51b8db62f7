import { controlAnswer } from '#domain/control';
import { fillRoute, routes } from '#domain/routes';
import type { Log } from '#runtime';
import { VERSION } from '#runtime/version';
import type { CollectorSettings } from './collector.config.js';
import type { CollectorLoop } from './collector.loop.js';
import { CollectorControl } from './control/collector-control.js';
import type { ControlMemory } from './control/control-memory.js';
import type { HostGraph } from './reporter/host-graph.js';
import { sendJson } from './control/json-http.js';
import { ManagerPost } from './reporter/manager-post.js';
import { ReporterRoutes } from './reporter/reporter-routes.js';
import { InstanceMetadata } from './reporter/metadata/instance-metadata.js';

const REPORT_LIMIT_MS = 10_000;
/** The answer to whoever ordered the end goes out first. */
const END_AFTER_MS = 100;

export interface FleetOptions {
  settings: CollectorSettings;
  loop: CollectorLoop;
  memory: ControlMemory;
  probe: HostGraph;
  /** The page of the original reporter, without metadata. */
  page: () => Record<string, unknown>;
  log: Log;
}

/** The collector's part in the fleet: reporter routes, manager, metadata of the instance, control at run time. */
export class FleetMember {
  readonly control: CollectorControl;
  readonly routes: ReporterRoutes;
  private readonly manager: ManagerPost | undefined;
  private readonly instance: InstanceMetadata | undefined;

  constructor(private readonly options: FleetOptions) {
    const { settings, loop, memory, log } = options;
    const { AMBERWATCH_SERVER_URL: serverUrl, AMBERWATCH_TOKEN: token, AMBERWATCH_MANAGER_URL: managerUrl } = settings;
    this.instance = settings.AMBERWATCH_METADATA === 'auto' ? new InstanceMetadata() : undefined;
    const route = fillRoute(routes.hostControl, { host: loop.parts.identity.host });
    this.control = new CollectorControl({
      loop: loop.loop,
      memory,
      send: async (body) => {
        const url = new URL(new URL(serverUrl).pathname.replace(/\/+$/, '') + route, serverUrl);
        const answer = await sendJson(url, { method: 'PUT', body, token, timeoutMs: REPORT_LIMIT_MS });
        return controlAnswer.parse(answer ?? {});
      },
      metadata: () => this.cloud(),
      stop: () => void setTimeout(() => process.kill(process.pid, 'SIGTERM'), END_AFTER_MS),
      log,
    });
    loop.parts.delivery.onOrder = (order) => void this.control.take(order);
    this.routes = new ReporterRoutes({
      report: () => this.report(),
      metadata: () => this.metadata(),
      probe: options.probe,
      control: this.control,
      about: () => this.about(),
      token,
    });
    if (managerUrl !== undefined) {
      // The token is the server's: another manager has no business with it.
      const own = new URL(managerUrl).origin === new URL(serverUrl).origin;
      const report = () => this.report();
      this.manager = new ManagerPost({ managerUrl, token: own ? token : undefined, report, ticks: loop.loop, log });
    }
  }

  /** To be called once the ticks have started. */
  start(): void {
    this.control.start();
    this.manager?.start();
  }

  async stop(): Promise<void> {
    await this.control.stop();
    await this.manager?.stop();
  }

  private async report(): Promise<Record<string, unknown>> {
    return { ...this.options.page(), Metadata: await this.metadata() };
  }

  /** What the cloud says, and the host's own name outside of any. */
  private async metadata(): Promise<Record<string, string>> {
    return { hostname: this.options.loop.parts.identity.host, ...(await this.cloud()) };
  }

  private cloud(): Promise<Record<string, string>> {
    return this.instance?.refresh() ?? Promise.resolve({});
  }

  private about(): Record<string, unknown> {
    const { host, service } = this.options.loop.parts.identity;
    return {
      service: 'amberwatch-collector',
      version: VERSION,
      host,
      belongsTo: service ?? null,
      status: this.control.paused ? 'paused' : 'running',
      intervalMs: this.control.intervalMs,
    };
  }
}
