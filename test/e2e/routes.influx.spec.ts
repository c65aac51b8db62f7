import { afterAll, describe, it } from '@jest/globals';
import { startInflux } from '../support/influxd.js';
import { routesOn } from './routes.cases.js';

const influx = await startInflux();
let buckets = 0;

if (influx) {
  describe('the server on InfluxDB', () => {
    afterAll(() => influx.stop());
    routesOn(() =>
      Promise.resolve({
        INFLUX_URL: influx.url,
        INFLUX_TOKEN: influx.token,
        INFLUX_ORG: influx.org,
        INFLUX_BUCKET: `routes-${process.pid}-${buckets++}`,
      }),
    );
  });
} else {
  it.skip('the server on InfluxDB', () => undefined);
}
