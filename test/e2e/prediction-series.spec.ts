import { afterEach, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import type { SampleBatch } from '#domain';
import { startApp, startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';

const apps: RunningApp[] = [];
afterEach(async () => {
  await stopAll(apps.splice(0));
});

const LEAK_TICKS = 330;
const FILL_TICKS = 400;

/** A unit that leaks towards its own limit, and a program that leaks towards 60 % of the memory. */
function leakAt(startMs: number, n: number): SampleBatch {
  const leak = 20 + n / 6;
  const unit = {
    unit: 'checkout.service',
    kind: 'service' as const,
    processes: 1,
    cpu: 5,
    cpuLimit: null,
    oomKills: 0,
  };
  return {
    id: `leak-tick-${n}`,
    host: 'web-1',
    time: new Date(startMs + (n - LEAK_TICKS) * 10_000).toISOString(),
    intervalMs: 10_000,
    names: ['java'],
    count: [1],
    memMax: [leak * 0.75],
    units: [{ ...unit, memBytes: Math.round(leak * 1e6), memLimitBytes: 100e6 }],
    unit: [0],
  };
}

/** A disk that fills by 6 % an hour. */
function fillAt(startMs: number, n: number): SampleBatch {
  return {
    id: `fill-tick-${n}`,
    host: 'db-1',
    time: new Date(startMs + (n - FILL_TICKS) * 60_000).toISOString(),
    intervalMs: 60_000,
    names: ['postgres'],
    count: [1],
    memMax: [30],
    hostUsage: { cpu: 5, mem: 30, memTotalBytes: 1e9, disks: [{ path: '/data', usedPercent: 40 + n / 10 }] },
  };
}

describe('prediction of units, disks and the limits of rules', () => {
  it('tells the server each breach with its own key, limit and horizon', async () => {
    const server = await startServer(temporaryFolder());
    apps.push(server);
    const client = new AmberwatchClient({ baseUrl: server.url });
    await client.putForecastLimits({ limits: [{ metric: 'mem', limit: 60, process: 'ja*' }] });
    const prediction = startApp('prediction', {
      AMBERWATCH_SERVER_URL: server.url,
      AMBERWATCH_DATA: temporaryFolder(),
      AMBERWATCH_PREDICTION_PORT: '0',
    });
    apps.push(prediction);
    await prediction.waitFor(/follows \d+ series/);
    const startMs = Math.floor(Date.now() / 60_000) * 60_000;
    for (let n = 0; n < LEAK_TICKS; n++) await client.putSamples(leakAt(startMs, n));
    for (let n = 0; n <= FILL_TICKS; n++) await client.putSamples(fillAt(startMs, n));
    const found = await waitUntil('all three are predicted', async () => {
      const { forecasts } = await client.forecasts();
      return forecasts.length >= 3 && forecasts;
    });
    expect(found).toContainEqual(expect.objectContaining({ process: null, unit: 'checkout.service', limit: 80 }));
    expect(found).toContainEqual(expect.objectContaining({ process: 'java', metric: 'mem', limit: 60 }));
    const disk = found.find(({ metric }) => metric === 'disk');
    expect(disk).toMatchObject({ process: null, device: '/data', limit: 90 });
    const hours = (Date.parse(disk?.breachAt ?? '') - startMs) / 3_600_000;
    expect(hours).toBeGreaterThan(1);
    expect(hours).toBeLessThan(3);
  }, 90_000);
});
