import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../../test/support/processes.js';
import type { RecordedClaim } from './claim-record.js';
import { SeriesPredictors } from './series-predictors.js';
import { readSnapshotFile, writeSnapshotFile } from './snapshot-file.js';

const names = ['java', '__proto__', 'a\nb', '😀'];
const board = (maxSeries = 1000) => new SeriesPredictors({ onOutcome: () => undefined, maxSeries });
const start = Date.UTC(2026, 10, 22);
const claim: RecordedClaim = {
  host: 'web-1',
  branch: 'coarse',
  probability: 0.6,
  hit: true,
  margin: 0.4,
  withheld: false,
  endedMs: start,
};
const budget = { aWeek: 2, common: 0.1, hosts: [{ host: 'web-1', own: -0.2, lastMs: start, watchedMs: 5000 }] };

/** Rises by half a per cent a minute from 20 %, a sample each ten seconds. */
function ramp(series: SeriesPredictors, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    for (const process of names)
      series.update({ host: 'web-1', process, metric: 'mem' }, start + i * 10_000, 20 + i / 12);
  }
}

async function saved(): Promise<{ folder: string; whole: SeriesPredictors }> {
  const folder = temporaryFolder();
  const whole = board();
  ramp(whole, 0, 300);
  await writeSnapshotFile(folder, whole, { savedMs: start, outcomes: [claim], budget });
  return { folder, whole };
}

describe('the snapshot of prediction', () => {
  it('lets a restart go on as if there had been none', async () => {
    const { folder, whole } = await saved();
    const restarted = board();
    expect(await readSnapshotFile(folder, restarted)).toEqual({
      savedMs: start,
      outcomes: [claim],
      budget,
      restored: names.length,
      damaged: 0,
      noRoom: 0,
    });
    for (const one of [whole, restarted]) {
      ramp(one, 300, 620);
      expect(one.size).toBe(names.length);
    }
    const forecasts = whole.takeChanges(true)?.forecasts;
    expect(forecasts).toHaveLength(names.length);
    expect(restarted.takeChanges(true)?.forecasts).toEqual(forecasts);
  });

  it('reads what is whole of half a file, and starts the rest over', async () => {
    const { folder } = await saved();
    const path = join(folder, 'prediction.snapshot');
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    const loaded = await readSnapshotFile(folder, board());
    expect(loaded).toMatchObject({ restored: 2, damaged: 1 });
  });

  it('starts a series over whose state was changed', async () => {
    const { folder } = await saved();
    const path = join(folder, 'prediction.snapshot');
    const bytes = readFileSync(path);
    bytes[bytes.length - 100]! ^= 1;
    writeFileSync(path, bytes);
    expect(await readSnapshotFile(folder, board())).toMatchObject({ restored: names.length - 1, damaged: 1 });
  });

  it.each(['', 'no snapshot at all', '\u0002\u0000\u0000\u0000{}'])(
    'is as good as none where it is %j',
    async (text) => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'prediction.snapshot'), text);
      expect(await readSnapshotFile(folder, board())).toBeUndefined();
    },
  );

  it('says so where it is of another version', async () => {
    const folder = temporaryFolder();
    const head = Buffer.from(JSON.stringify({ format: 'amberwatch-prediction-1', savedMs: start, outcomes: [] }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    writeFileSync(join(folder, 'prediction.snapshot'), Buffer.concat([length, head]));
    await expect(readSnapshotFile(folder, board())).rejects.toThrow('of the format "amberwatch-prediction-1"');
  });

  it('may be missing', async () => {
    expect(await readSnapshotFile(temporaryFolder(), board())).toBeUndefined();
  });
});

describe('the board of series', () => {
  it('tells a forecast once it stands, and that it is cleared once', () => {
    const one = board();
    ramp(one, 0, 620);
    const first = one.takeChanges(false);
    expect(first?.forecasts.map(({ process }) => process).sort()).toEqual([...names].sort());
    expect(one.takeChanges(false)).toBeUndefined();
    for (const process of names) one.update({ host: 'web-1', process, metric: 'mem' }, start + 620 * 10_000, 3);
    for (let i = 621; i < 3000; i++) {
      for (const process of names) one.update({ host: 'web-1', process, metric: 'mem' }, start + i * 10_000, 3);
    }
    expect(one.takeChanges(false)).toMatchObject({ forecasts: [], cleared: names.map((process) => ({ process })) });
  });

  it('forgets series that are gone and clears what was predicted for them', () => {
    const one = board();
    ramp(one, 0, 620);
    one.takeChanges(false);
    one.forget(start + 620 * 10_000 + 25 * 3_600_000);
    expect(one.size).toBe(names.length);
    one.forget(start + 620 * 10_000 + 27 * 3_600_000);
    expect(one.size).toBe(0);
    expect(one.takeChanges(false)?.cleared).toHaveLength(names.length);
  });

  it('ignores late and repeated samples', () => {
    const [once, twice] = [board(), board()];
    ramp(once, 0, 620);
    for (let i = 0; i < 620; i += 20) {
      ramp(twice, i, i + 20);
      ramp(twice, i, i + 10);
    }
    expect(twice.takeChanges(true)).toEqual(once.takeChanges(true));
  });
});
