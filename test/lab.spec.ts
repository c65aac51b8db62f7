import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseSeries } from '#prediction';

const root = join(import.meta.dirname, '..');
const lab = (script: string, ...args: string[]) =>
  execFileSync(process.execPath, [join(root, 'tools/lab', script), ...args], { encoding: 'utf8' });
const read = (split: string) =>
  gunzipSync(readFileSync(join(root, 'tools/lab/recordings', `${split}.csv.gz`))).toString('utf8');

/** The lines of a split, by column. */
function rows(split: string): Record<string, string>[] {
  const [head = '', ...lines] = read(split).trimEnd().split('\n');
  const columns = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? '']));
  });
}

describe('the recordings of the lab', () => {
  const train = rows('train');
  const test = rows('test');

  it('have no program in both splits, so that what is tested on was never trained on', () => {
    const trained = new Set(train.map(({ source }) => source));
    expect(test.filter(({ source }) => trained.has(source ?? ''))).toEqual([]);
    expect(new Set([...train, ...test].map(({ source }) => source)).size).toBeGreaterThanOrEqual(8);
    expect(new Set(train.map(({ split }) => split))).toEqual(new Set(['train']));
    expect(new Set(test.map(({ split }) => split))).toEqual(new Set(['test']));
  });

  it.each(['1', '10'])('hold at least 60 runs at %s s, and enough kills and harmless runs to test on', (step) => {
    const of = (list: Record<string, string>[], outcome?: string) =>
      list.filter((row) => row['step_s'] === step && (outcome === undefined || row['outcome'] === outcome)).length;
    expect(of([...train, ...test])).toBeGreaterThanOrEqual(60);
    expect(of(test, 'oom')).toBeGreaterThanOrEqual(15);
    expect(of(test, 'none')).toBeGreaterThanOrEqual(10);
    expect(of(test, 'saved')).toBeGreaterThanOrEqual(3);
    expect(of([...train, ...test], 'none')).toBeGreaterThanOrEqual(20);
  });

  it('are read by the loader of backtests, and no share of a limit is above it', () => {
    for (const split of ['train', 'test']) {
      for (const { id, values, stepMs } of parseSeries(read(split))) {
        expect(values.length * stepMs).toBeGreaterThanOrEqual(120_000);
        expect({ id, most: Math.max(...values) <= 101 }).toEqual({ id, most: true });
      }
    }
  });

  it('end a leak at its limit: where the kernel killed, the set was full at one of the steps before', () => {
    for (const row of [...train, ...test].filter(({ outcome, step_s }) => outcome === 'oom' && step_s === '1')) {
      const values = row['values']?.split(' ').map(Number) ?? [];
      const kill = Number(row['outcome_step']);
      const before = Math.max(...values.slice(Math.max(0, kill - 5), kill + 1));
      expect({ id: row['id'], full: before > 80 }).toEqual({ id: row['id'], full: true });
      expect(row['victim']).not.toBe('');
    }
  });

  it('have no victim where they are harmless or were saved by a restart', () => {
    const unharmed = [...train, ...test].filter(({ outcome }) => outcome !== 'oom');
    expect(unharmed.filter(({ victim }) => victim !== '')).toEqual([]);
  });
});

describe('the plan of the lab', () => {
  it('draws the same runs from the same seed, and others from another', () => {
    const first = lab('run.js', '--list');
    expect(lab('run.js', '--list', '--seed', '1')).toBe(first);
    expect(lab('run.js', '--list', '--seed', '2').replaceAll('-2-', '-1-')).not.toBe(first);
  });
});

describe('the scorer of the lab', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'amberwatch-lab-'));
    const columns = 'id,source,step_s,tod_s,split,kind,outcome,outcome_step,limit_bytes,load,victim,rss,values';
    const line = (id: string, outcome: string, at: string, values: number[]) =>
      `${id},p,1,0,test,leak,${outcome},${at},1000,steady,p,0,${values.join(' ')}`;
    // Above 70 from step 211 on, above 80 from 241 on, killed at 300.
    const leak = Array.from({ length: 310 }, (_, i) => (i < 300 ? i / 3 : 10));
    const wave = Array.from({ length: 3600 }, (_, i) => (i % 600 < 10 ? 75 : 20));
    const text = [columns, line('leak', 'oom', '300', leak), line('wave', 'none', '', wave)].join('\n');
    writeFileSync(join(folder, 'test.csv.gz'), gzipSync(`${text}\n`));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('counts what was warned of and its lead to the kill, and each claim of a harmless run as false', () => {
    const scores = JSON.parse(lab('score.js', '--json', '--data', folder)) as { method: string; stepSeconds: number }[];
    const threshold = scores.find(({ method, stepSeconds }) => method === 'second threshold' && stepSeconds === 1);
    expect(threshold).toMatchObject({ kills: 1, warned: 1, medianLead: (300 - 211) / 300, harmless: 1, falses: 6 });
    expect(threshold).toMatchObject({ harmlessHours: 1, falseAnHour: 6 });
  });
});
