import { afterEach, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import type { SampleBatch } from '#domain';
import { startApp, startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';

const apps: RunningApp[] = [];
afterEach(async () => {
  await stopAll(apps.splice(0));
});

const TICK_MS = 60_000;
const OUTAGE_TICKS = 60;
/** Ticks before the outage: nearly four hours. */
const BEFORE_TICKS = 230;

/** A slow leak up to 79 % at tick 0, which the coarse branch claims at any time of day; ticks of the past are negative. */
function batchAt(startMs: number, n: number, backlog: number): SampleBatch {
  const mem = 79 + n * 0.03 + 0.3 * Math.sin(n * 1.7);
  return {
    id: `outage-tick-${n + 1000}`,
    host: 'web-1',
    time: new Date(startMs + n * TICK_MS).toISOString(),
    intervalMs: TICK_MS,
    names: ['java'],
    count: [1],
    memMax: [mem],
    mem: [mem],
    backlog,
  };
}

async function startPrediction(url: string, data: string) {
  const app = startApp('prediction', {
    AMBERWATCH_SERVER_URL: url,
    AMBERWATCH_DATA: data,
    AMBERWATCH_PREDICTION_PORT: '0',
  });
  apps.push(app);
  await app.waitFor(/follows \d+ series/);
  const [metrics] = await app.waitFor(/http:\/\/\S+\/metrics/);
  return { app, metrics: async () => (await fetch(metrics)).text() };
}

/** Sends the ticks as a collector does: the newest first, then what it kept, oldest first. */
async function endOutage(client: AmberwatchClient, startMs: number, halfWay: () => Promise<void>) {
  await client.putSamples(batchAt(startMs, -1, OUTAGE_TICKS - 1));
  for (let n = -OUTAGE_TICKS; n < -1; n++) {
    await client.putSamples(batchAt(startMs, n, 0));
    if (n === -OUTAGE_TICKS / 2) await halfWay();
  }
  await client.putSamples(batchAt(startMs, 0, 0));
}

describe('prediction after an hour without the server', () => {
  it.each(['goes on', 'is restarted in the middle of the backlog'])(
    'claims the breach of a leak at once, where it %s',
    async (what) => {
      const server = await startServer(temporaryFolder());
      apps.push(server);
      const client = new AmberwatchClient({ baseUrl: server.url });
      const startMs = Math.floor(Date.now() / TICK_MS) * TICK_MS;
      // What came before the outage is history by now; until the last, each says that more are waiting, so that none is live.
      for (let n = -BEFORE_TICKS; n < -OUTAGE_TICKS; n++) {
        await client.putSamples(batchAt(startMs, n, n < -OUTAGE_TICKS - 1 ? 1 : 0));
      }
      const data = temporaryFolder();
      let prediction = await startPrediction(server.url, data);
      await endOutage(client, startMs, async () => {
        if (what === 'goes on') return;
        await prediction.app.stop();
        prediction = await startPrediction(server.url, data);
      });
      const [forecast] = await waitUntil('a breach is predicted', async () => {
        const { forecasts } = await client.forecasts();
        return forecasts.length > 0 && forecasts;
      });
      expect(forecast).toMatchObject({ host: 'web-1', process: 'java', metric: 'mem', limit: 80 });
      expect(Date.parse(forecast?.breachAt ?? '')).toBeGreaterThan(startMs);
      expect(await prediction.metrics()).toContain('amberwatch_prediction_samples_total{result="late"} 0\n');
      expect(prediction.app.output()).not.toMatch(/clock/);
    },
    90_000,
  );
});
