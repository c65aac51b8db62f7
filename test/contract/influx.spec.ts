import { afterAll, describe, it } from '@jest/globals';
import { InfluxStore } from '../../libs/store/influx/influx.store.js';
import { startInflux } from '../support/influxd.js';
import { hostMetricsContract } from './host-metrics.contract.js';
import type { StoreFixture } from './store-fixture.js';
import { pageReadsContract } from './page-reads.contract.js';
import { extremesContract } from './extremes.contract.js';
import { unitsContract } from './units.contract.js';
import { usageStoreContract } from './usage-store.contract.js';
import { usageStoreProperties } from './usage-store.properties.js';

const influx = await startInflux();
let buckets = 0;

if (influx) {
  const { url, token, org } = influx;
  const open = async (): Promise<StoreFixture> => {
    const options = { url, token, org, bucket: `contract-${process.pid}-${buckets++}` };
    const stores = [await InfluxStore.open(options)];
    return {
      store: stores[0] as InfluxStore,
      reopen: async () => {
        const store = await InfluxStore.open(options);
        stores.push(store);
        return store;
      },
      end: async () => {
        for (const store of stores) await store.close();
      },
    };
  };

  describe('the InfluxDB store', () => {
    afterAll(() => influx.stop());
    usageStoreContract(open);
    hostMetricsContract(open);
    unitsContract(open);
    extremesContract(open);
    pageReadsContract(open);
    usageStoreProperties(open, 8);
  });
} else {
  it.skip('the InfluxDB store', () => undefined);
}
