import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Loop } from '#runtime';
import { StateStore, UsageStore } from '#store';
import { SETTINGS, type ServerSettings } from '../server.config.js';

const EVERY_MS = 5 * 60_000;
/** How long incidents and scores are kept. */
const STATE_KEEP_MS = 400 * 86_400_000;

/** Deletes what is past its time. */
@Injectable()
export class Retention implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('retention');
  private readonly loop: Loop;

  constructor(
    store: UsageStore,
    state: StateStore,
    scheduler: SchedulerRegistry,
    @Inject(SETTINGS) settings: ServerSettings,
  ) {
    this.loop = new Loop({
      name: 'retention',
      periodMs: EVERY_MS,
      run: async () => {
        const nowMs = Date.now();
        await store.expire((nowMs - settings.AMBERWATCH_RETENTION) * 1000);
        await state.expire((nowMs - STATE_KEEP_MS) * 1000);
      },
      onError: (error) => this.logger.warn(`Old samples could not be deleted: ${(error as Error).message}`),
      registry: scheduler,
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start(EVERY_MS);
  }

  onApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }
}
