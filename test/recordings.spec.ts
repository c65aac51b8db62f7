import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReplayFigures } from '#alarm';
import { testShell, type TestShell } from './support/command-line.js';

let shell: TestShell;
beforeEach(() => {
  shell = testShell();
});
afterEach(() => shell.close());

const fixture = (name: string) => `test/fixtures/recordings/${name}.jsonl.gz`;

/** The figures of a row of the table in docs/alerting.md, in the order of its columns. */
function documented(recording: string, rules: string): number[] {
  const page = readFileSync('docs/alerting.md', 'utf8');
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const row = rows.find(([, first, second]) => first === recording && second === rules);
  return (row ?? []).slice(3, -1).map(Number);
}

function inColumns(figures: ReplayFigures): number[] {
  const { lines, incidents, acted, notifications, actedNotifications, missed } = figures;
  return [lines, incidents, acted, notifications, actedNotifications, missed];
}

describe.each(['build-hour', 'fleet-night'])('the recording %s', (name) => {
  it('gives the counts that docs/alerting.md has, with the shipped rules and with the proposed ones', async () => {
    const { status, out } = await shell.amberwatch(['rules', 'suggest', '--recording', fixture(name), '--json']);
    expect(status).toBe(0);
    const { before, after } = JSON.parse(out) as { before: ReplayFigures; after: ReplayFigures };
    expect([inColumns(before), inColumns(after)]).toEqual([documented(name, 'shipped'), documented(name, 'proposed')]);
  }, 180_000);

  it('is small, and holds no path of the machine that it was made on but mount points', () => {
    const bytes = readFileSync(fixture(name));
    expect(bytes.length).toBeLessThan(400_000);
    const [, ...lines] = gunzipSync(bytes).toString().split('\n');
    expect(lines.join('\n').replaceAll(/\{"path":"\/","usedPercent"/g, '')).not.toContain('/');
  });
});
