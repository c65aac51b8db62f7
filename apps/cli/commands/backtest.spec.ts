import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { testShell, type TestShell } from '../../../test/support/command-line.js';

let shell: TestShell;
let folder: string;
beforeEach(async () => {
  shell = testShell();
  folder = await mkdtemp(join(tmpdir(), 'backtest-'));
});
afterEach(async () => {
  await shell.close();
  await rm(folder, { recursive: true });
});

it('compares the rules over a CSV file, prints the table and draws the curve', async () => {
  const file = join(folder, 'usage.csv');
  const plot = join(folder, 'usage.svg');
  const lines = Array.from({ length: 1200 }, (_, i) => `${i * 300},${i % 288 > 250 && i % 288 < 260 ? 90 : 30}`);
  await writeFile(file, `time,value\n${lines.join('\n')}\n`);
  const { status, out } = await shell.amberwatch(['backtest', file, '--plot', plot]);
  expect(status).toBe(0);
  expect(out.split('\n').slice(0, 2)).toEqual([
    '1 series, 3 breaches of 80 %',
    expect.stringMatching(/^method +F1 +95 % +precision +recall +lead +false\/day$/),
  ]);
  expect(out).toMatch(/\nAmberwatch +[01]\.\d{3} /);
  expect(await readFile(plot, 'utf8')).toMatch(/^<svg /);
});

it('says which file it cannot use, and which line', async () => {
  const file = join(folder, 'wrong.csv');
  await writeFile(file, 'time,value\n0,1\nyesterday,2\n');
  const { status, err } = await shell.amberwatch(['backtest', file]);
  expect({ status, err }).toEqual({
    status: 2,
    err: `Can't use ${file}: Line 3 needs a time and a value: yesterday,2.\n`,
  });
  expect((await shell.amberwatch(['backtest', join(folder, 'none.csv')])).status).toBe(2);
});
