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

const PAST_TICKS = 360;

/** Six hours, a minute a tick, of a disk that fills by 6 % an hour and a unit and a memory that leak up to 79 %. */
function pastAt(startMs: number, n: number): SampleBatch {
  const usedPercent = 40 + n / 10;
  const mem = 79 + (n - PAST_TICKS) * 0.03 + 0.3 * Math.sin(n * 1.7);
  const unit = { unit: 'checkout.service', kind: 'service' as const, processes: 1, oomKills: 0 };
  return {
    id: `past-tick-${n}`,
    host: 'db-1',
    time: new Date(startMs + (n - PAST_TICKS) * 60_000).toISOString(),
    intervalMs: 60_000,
    names: ['postgres'],
    count: [1],
    memMax: [30],
    units: [{ ...unit, cpu: 5, cpuLimit: null, memBytes: Math.round(mem * 1e6), memLimitBytes: 100e6 }],
    hostUsage: { cpu: 5, mem, memTotalBytes: 1e9, disks: [{ path: '/data', usedPercent, inodesPercent: 5 }] },
    hostMetrics: [
      { measurement: 'mem', tags: {}, fields: { used_percent: mem, swap_total: 1000, swap_free: 990 } },
      { measurement: 'disk', tags: { path: '/data' }, fields: { used_percent: usedPercent, inodes_used_percent: 5 } },
      { measurement: 'disk', tags: { path: '/snap/core' }, fields: { used_percent: 100 } },
      { measurement: 'cpu', tags: { cpu: 'cpu-total' }, fields: { usage_idle: 95, usage_iowait: 0 } },
    ],
    // Each but the last says that more are waiting, so that none of the past is taken for live.
    ...(n < PAST_TICKS && { backlog: 1 }),
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

  it('knows units, disks and hosts from the history as soon as it follows, without a memory of its own', async () => {
    const server = await startServer(temporaryFolder());
    apps.push(server);
    const client = new AmberwatchClient({ baseUrl: server.url });
    const startMs = Math.floor(Date.now() / 60_000) * 60_000;
    for (let n = 0; n <= PAST_TICKS; n++) await client.putSamples(pastAt(startMs, n));
    const prediction = startApp('prediction', {
      AMBERWATCH_SERVER_URL: server.url,
      AMBERWATCH_DATA: temporaryFolder(),
      AMBERWATCH_PREDICTION_PORT: '0',
    });
    apps.push(prediction);
    // A program, the memory of a unit; CPU, memory and swap of the host, space and inodes of its one disk.
    await prediction.waitFor(/follows 7 series/, 60_000);
    const { forecasts } = await client.forecasts();
    expect(forecasts).toContainEqual(expect.objectContaining({ unit: 'checkout.service', metric: 'mem', limit: 80 }));
    expect(forecasts).toContainEqual(expect.objectContaining({ host: 'db-1', device: '/data', metric: 'disk' }));
    const own = forecasts.find(
      ({ process, unit, metric }) => process === null && unit === undefined && metric === 'mem',
    );
    expect(own).toMatchObject({ host: 'db-1', limit: 80 });
    expect(prediction.output()).not.toMatch(/can't be read/);
  }, 150_000);
});
