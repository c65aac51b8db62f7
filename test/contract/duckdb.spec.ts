import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { DuckDbStore } from '../../libs/store/duckdb/duckdb.store.js';
import { extremesContract } from './extremes.contract.js';
import { hostMetricsContract } from './host-metrics.contract.js';
import { pageReadsContract } from './page-reads.contract.js';
import type { StoreFixture } from './store-fixture.js';
import { unitsContract } from './units.contract.js';
import { usageStoreContract } from './usage-store.contract.js';
import { usageStoreProperties } from './usage-store.properties.js';

async function open(): Promise<StoreFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'amberwatch-store-'));
  const options = { folder, retentionSeconds: 172_800 };
  const stores = [await DuckDbStore.open(options)];
  return {
    store: stores[0] as DuckDbStore,
    reopen: async () => {
      const store = await DuckDbStore.open(options);
      stores.push(store);
      return store;
    },
    end: async () => {
      for (const store of stores) await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

describe('the DuckDB store', () => {
  usageStoreContract(open);
  hostMetricsContract(open);
  unitsContract(open);
  pageReadsContract(open);
  extremesContract(open);
  usageStoreProperties(open, 30);
});
