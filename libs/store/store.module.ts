import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { StateStore } from './state-store.js';
import { UsageStore } from './usage-store.js';

export interface StoreOptions {
  /** Folder of the server's files; made where it is missing. */
  folder: string;
}

/**
 * Provides `UsageStore` and `StateStore`. Opening them rejects with a `StoreOpenError` whose message is for people; they are
 * closed after the server has stopped to listen, so that what was accepted is written.
 */
@Module({})
export class StoreModule implements OnApplicationShutdown {
  constructor(
    @Inject(UsageStore) private readonly usage: UsageStore,
    @Inject(StateStore) private readonly state: StateStore,
  ) {}

  static register(options: StoreOptions): DynamicModule {
    return {
      module: StoreModule,
      global: true,
      providers: [
        { provide: UsageStore, useFactory: () => openUsageStore(options) },
        { provide: StateStore, useFactory: () => StateStore.open(options) },
      ],
      exports: [UsageStore, StateStore],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.usage.close();
    await this.state.close();
  }
}

/** Loads only the adapter that is used. */
async function openUsageStore({ folder }: StoreOptions): Promise<UsageStore> {
  const { DuckDbStore } = await import('./duckdb.store.js');
  return DuckDbStore.open({ folder });
}
