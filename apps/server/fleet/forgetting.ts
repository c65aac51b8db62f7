import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { formatDuration } from '#domain';
import { Loop } from '#runtime';
import { Incidents } from '../alerts/incidents.js';
import { ControlOrders } from '../control/control-orders.js';
import { HostRegistry } from '../hosts/host-registry.js';
import { Instances } from '../hosts/instances.js';
import { SETTINGS, type ServerSettings } from '../server.config.js';
import { Ingest } from '../usage/ingest.js';

const EVERY_MS = 60_000;

/** Forgets hosts that were taken away, by order or because they were silent for long; their history stays. */
@Injectable()
export class Forgetting implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('hosts');
  private readonly loop: Loop;

  constructor(
    private readonly hosts: HostRegistry,
    private readonly instances: Instances,
    private readonly orders: ControlOrders,
    private readonly incidents: Incidents,
    private readonly ingest: Ingest,
    @Inject(SETTINGS) private readonly settings: ServerSettings,
    scheduler: SchedulerRegistry,
  ) {
    this.loop = new Loop({
      name: 'hosts.forget',
      periodMs: EVERY_MS,
      run: () => this.forgetSilent(Date.now()),
      onError: (error) => this.logger.warn(`Silent hosts could not be forgotten: ${(error as Error).message}`),
      registry: scheduler,
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start(EVERY_MS);
  }

  onApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** Everything that the server keeps of the host in its own state; its alerts end with the reason `forgotten`. */
  async forget(host: string, nowMs: number): Promise<void> {
    await this.hosts.forget(host, nowMs);
    this.ingest.forget(host);
    await this.instances.forget(host);
    await this.orders.forget(host);
    await this.incidents.forget(host, nowMs);
  }

  async forgetSilent(nowMs: number): Promise<void> {
    const { AMBERWATCH_FORGET: afterMs } = this.settings;
    for (const host of this.hosts.silentFor(afterMs, nowMs)) {
      await this.forget(host, nowMs);
      this.logger.log(`${JSON.stringify(host)} is forgotten: it was silent for ${formatDuration(afterMs)}`);
    }
  }
}
