import { join } from 'node:path';
import { type DynamicModule, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { InfluxOptions } from './influx/influx-http.js';
import { StateStore } from './state/state-store.js';
import { StoreDamagedError } from './store-errors.js';
import { UsageStore } from './usage-store.js';

export interface StoreOptions {
  /** Folder of the server's files; created if missing. */
  folder: string;
  /** How long raw samples are kept. */
  retentionSeconds: number;
  /** Whether a damaged write-ahead log is moved aside at the start, or keeps the server from starting. */
  repair: 'off' | 'start';
  /** InfluxDB as the place of the samples; DuckDB in the folder if left out. */
  influx?: Omit<InfluxOptions, 'retentionSeconds' | 'tokenFile'>;
}

/**
 * Provides `UsageStore` and `StateStore`. Opening them rejects with a `StoreOpenError` whose message is for people; they are
 * closed after the server has stopped listening, so that what was accepted is written.
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
        { provide: UsageStore, useFactory: () => repaired(options, () => openUsageStore(options)) },
        { provide: StateStore, useFactory: () => repaired(options, () => StateStore.open(options)) },
      ],
      exports: [UsageStore, StateStore],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.usage.close();
    await this.state.close();
  }
}

/** Loads only the adapter in use. */
async function openUsageStore({ folder, retentionSeconds, influx }: StoreOptions): Promise<UsageStore> {
  if (influx) {
    const { InfluxStore } = await import('./influx/influx.store.js');
    return InfluxStore.open({ ...influx, retentionSeconds, tokenFile: join(folder, 'influx-token.json') });
  }
  const { DuckDbStore } = await import('./duckdb/duckdb.store.js');
  return DuckDbStore.open({ folder, retentionSeconds });
}

async function repaired<Store>({ repair }: StoreOptions, open: () => Promise<Store>): Promise<Store> {
  try {
    return await open();
  } catch (error) {
    if (repair === 'off' || !(error instanceof StoreDamagedError)) throw error;
    const { repairDuckDb } = await import('./repair.js');
    new Logger('store').warn(await repairDuckDb(error.file));
    return open();
  }
}
