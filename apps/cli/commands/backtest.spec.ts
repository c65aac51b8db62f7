import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { PredictorBank, shippedModel } from '#prediction';
import { testShell, type TestShell } from '../../../test/support/command-line.js';
import { at, forecastAt, hostAt, Timeline } from '../../../test/support/timeline.js';

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
    '1 series, 4 breaches of 80 %',
    expect.stringMatching(/^method +F1 +precision +recall +lead \(steps\) +false\/day$/),
  ]);
  expect(out).toMatch(/\nAmberwatch +too few to say \(n 4\) /);
  expect(await readFile(plot, 'utf8')).toMatch(/^<svg /);
});

it('counts the breaches that the alarm saw, in each tick and from the first one on', async () => {
  // Four leaks in two hours, each over the limit for 40 s, which a mean over five minutes does not show.
  const values = Array.from({ length: 720 }, (_, i) => {
    const second = (i * 10) % 1800;
    return second >= 1500 && second < 1540 ? 92 : 30 + second / 60;
  });
  const alarm = new Timeline();
  const predictor = new PredictorBank(shippedModel()).create({ metric: 'mem', intervalMs: 10_000 });
  alarm.at(0, { kind: 'hosts', hosts: [hostAt(0)] });
  for (const [i, mem] of values.entries()) {
    const second = i * 10;
    alarm.push(second, { java: { mem } });
    const { amber, breach } = predictor.update(Date.parse(at(second)), mem);
    const inMs = (ms: number) => new Date(ms).toISOString();
    const times = breach && {
      breachAt: inMs(breach.atMs),
      breachFrom: inMs(breach.fromMs),
      breachTo: inMs(breach.toMs),
    };
    alarm.at(second, {
      kind: 'forecasts',
      forecasts: amber && times ? [forecastAt(second, { ...times, value: mem })] : [],
    });
  }
  const seen = alarm.lines.filter((line) => line.includes('RED  ')).length;
  const file = join(folder, 'leaks.csv');
  const lines = values.map((value, i) => `${at(i * 10)},web-1,java,mem,${value}`);
  await writeFile(file, `time,host,process,metric,value\n${lines.join('\n')}\n`);
  const { out } = await shell.amberwatch(['backtest', file]);
  expect([seen, out.split('\n')[0]]).toEqual([4, '1 series, 4 breaches of 80 %']);
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
