import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { recordedLine } from '#alarm';
import { at, batchAt } from '../../../test/support/timeline.js';
import { testShell, type TestShell } from '../../../test/support/command-line.js';

let shell: TestShell;
beforeEach(() => {
  shell = testShell();
});
afterEach(() => shell.close());

/** An hour of a host whose compiler is busy for 150 s every 15 min, as a recording. */
async function recordHour(name = 'hour.jsonl.gz'): Promise<string> {
  const batches = Array.from({ length: 360 }, (_, i) =>
    batchAt((i + 1) * 10, { cc1plus: { cpu: (i * 10) % 900 < 150 ? 97 : 3 }, nginx: { cpu: 2 } }),
  );
  const head = JSON.stringify({ recording: 1, from: at(0), to: at(3610) });
  const text = `${[head, ...batches.map(recordedLine)].join('\n')}\n`;
  const file = join(shell.folder, name);
  await writeFile(file, name.endsWith('.gz') ? gzipSync(text) : text);
  return file;
}

describe('amberwatch rules', () => {
  it('replays a recording without a server, plain or gzipped', async () => {
    for (const name of ['hour.jsonl', 'hour.jsonl.gz']) {
      const ran = await shell.amberwatch(['rules', 'replay', '--recording', await recordHour(name), '--rows', '1']);
      expect(ran).toMatchObject({ status: 0, err: '' });
      expect(ran.out.split('\n').slice(0, 4)).toEqual([
        '2026-11-22T20:00:10Z RED   web-1 cc1plus cpu 97.0 % > 80 %',
        '… and 9 more changes',
        '',
        '10 lines on the console, 3 alerts (0 to act on, 3 told), 10 notifications (0 about something to act on), ' +
          '0 sustained breaches missed',
      ]);
    }
  });

  it('proposes rules that rules check takes and that replay with the figures that they promise', async () => {
    const recording = await recordHour();
    const rules = join(shell.folder, 'rules.yaml');
    expect(await shell.amberwatch(['rules', 'suggest', '--recording', recording, '--out', rules])).toEqual({
      status: 0,
      out: '',
      err: '',
    });
    expect(await readFile(rules, 'utf8')).toContain(`rules:
  # 3 alerts, 3 told, 0 to act on; the others were RED for 3 min at most, up to 97.0 %.
  # This rule alone saves 0 alerts, 0 lines on the console, 2 alerts that people are told of, 7 notifications; 0 more sustained breaches missed.
  - name: cc1plus cpu
    match:
      of: process
      process: cc1plus
      metric: cpu
    for: 5m
`);
    expect((await shell.amberwatch(['rules', 'check', rules])).out).toContain('is right: 1 rules.');
    const ran = await shell.amberwatch(['rules', 'replay', rules, '--recording', recording, '--json']);
    expect(JSON.parse(ran.out)).toMatchObject({ figures: { lines: 10, incidents: 3, told: 1, notifications: 3 } });
  });

  it('says which line of a recording is wrong', async () => {
    const file = join(shell.folder, 'wrong.jsonl');
    const head = JSON.stringify({ recording: 1, from: at(0), to: at(60) });
    await writeFile(file, `${head}\n${recordedLine(batchAt(20, {}))}\n${recordedLine(batchAt(10, {}))}\n`);
    expect(await shell.amberwatch(['rules', 'replay', '--recording', file])).toMatchObject({
      status: 2,
      err: `The recording ${file} can't be read: line 3: time ${at(10)} is before that of the line above.\n`,
    });
    expect(await shell.amberwatch(['rules', 'replay', '--recording', join(shell.folder, 'none')])).toMatchObject({
      status: 2,
      err: expect.stringContaining('ENOENT'),
    });
  });
});
