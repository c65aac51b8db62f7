import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import type { CalibrationReport } from '#domain';
import { testShell } from '../support/command-line.js';
import { startServer, stopAll, temporaryFolder, type RunningApp } from '../support/processes.js';

const band = { from: 0.6, to: 0.7, claims: 40, claimed: 0.64, cameTrue: 0.5, low: 0.35, high: 0.65 };
const counted = { claims: 40, bands: [band], brierBefore: 0.25, brierAfter: 0.2 };
const report: CalibrationReport = {
  time: '2026-11-22T20:00:00.000Z',
  ...counted,
  branches: [{ branch: 'coarse', scale: 'steps of 5 min, 150 min ahead', ...counted }],
  falseAlarms: {
    aWeek: 2,
    from: '2026-10-25T20:00:00.000Z',
    hosts: 3,
    hostWeeks: 10,
    falses: 20,
    hits: 20,
    cameAWeek: 2,
    withheldFalses: 30,
    withheldHits: 5,
    costs: [{ aWeek: 2, falses: 20, kept: 61, of: 100 }],
    worst: [{ host: 'web\u001b[31m-1', falses: 12, hits: 3, weeks: 4, offset: 0.7 }],
  },
};

describe('what was said against what came true', () => {
  let server: RunningApp & { url: string };
  const shell = testShell();
  beforeAll(async () => {
    server = await startServer(temporaryFolder());
  }, 60_000);
  afterAll(async () => {
    await stopAll([server]);
    await shell.close();
  });

  const ask = (...words: string[]) => shell.amberwatch(['scores', '--calibration', '--url', server.url, ...words]);

  it('is not there before prediction has counted, and then comes back as it was sent', async () => {
    const client = new AmberwatchClient({ baseUrl: server.url });
    await expect(client.calibration()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await ask()).toMatchObject({ out: '', err: expect.stringContaining('not counted its claims yet') });
    await client.putCalibration(report);
    expect(await client.calibration()).toEqual(report);
    expect(JSON.parse((await ask('--json')).out)).toEqual(report);
  });

  it('is a table with counts and intervals, and says what a budget costs', async () => {
    const { status, out } = await ask();
    expect(status).toBe(0);
    expect(out).toContain('coarse, steps of 5 min, 150 min ahead: 40 claims ended');
    expect(out).toMatch(/60–70 % +40 +64 % +50 % \(35–65\) +█{10}\n/);
    expect(out).toContain('False claims: 2 a week and host are asked for, 2.00 came');
    expect(out).toContain('35 were withheld, of which 5 would have come true');
    expect(out).toContain('At 2 a week 61 of 100 breaches that were warned of would still be warned of');
    expect(out).toMatch(/web\\x1b\[31m-1 +12 +3 +4\.0 +0\.70/);
    expect(out).not.toContain('\u001b');
  });

  it('is taken from a prediction that counts without branches', async () => {
    const { branches: _, falseAlarms: _gone, ...older } = report;
    const client = new AmberwatchClient({ baseUrl: server.url });
    await client.putCalibration(older as CalibrationReport);
    expect(await client.calibration()).toEqual({ ...older, branches: [] });
    expect((await ask()).out).toContain('40 claims ended');
  });
});
