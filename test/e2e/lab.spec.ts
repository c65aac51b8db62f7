import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';

interface Row {
  ms: number;
  mem: number;
  limit: number;
  oom: number;
  victim?: string;
  largest: { process: string }[];
}

const hierarchy = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find(
  (folder) => existsSync(join(folder, 'memory.limit_in_bytes')) || existsSync(join(folder, 'cgroup.controllers')),
);
const mayMake = hierarchy !== undefined && process.getuid?.() === 0 && writable(hierarchy);
if (!mayMake) process.stderr.write('SKIPPED-SUITE: a program of the lab in a cgroup (none can be made here)\n');

function writable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

(mayMake ? describe : describe.skip)('a program of the lab', () => {
  const out = mkdtempSync(join(tmpdir(), 'amberwatch-lab-'));
  afterAll(() => rmSync(out, { recursive: true }));

  it('is killed by the kernel at the limit of its cgroup, is recorded by the collector, and leaves nothing behind', async () => {
    const script = join(import.meta.dirname, '../../tools/lab/run.js');
    const args = [script, '--only', 'prefork-leak-1-1', '--minutes', '0.2-0.2', '--out', out];
    const running = promisify(execFile)(process.execPath, args, { timeout: 100_000 });
    const { child } = running;
    const { stdout } = await running;
    expect(stdout).toMatch(/ended prefork-leak-1-1: oom after \d+ s; 1 over, 0 running, 0 to come/);

    const run = JSON.parse(readFileSync(join(out, 'prefork-leak-1-1.json'), 'utf8')) as {
      outcome: string;
      limitBytes: number;
      steps: Record<string, Row[]>;
    };
    const seconds = run.steps['1'] ?? [];
    const kill = seconds.find(({ oom }) => oom > 0);
    expect(kill).toMatchObject({ limit: run.limitBytes, victim: 'prefork' });
    const before = seconds.filter(({ ms }) => ms < (kill?.ms ?? 0)).map(({ mem }) => mem);
    expect(Math.max(...before)).toBeGreaterThan(2 * (before[0] ?? Infinity));
    expect(Math.max(...seconds.map(({ mem }) => mem))).toBeLessThanOrEqual(run.limitBytes);
    expect(seconds.findLast(({ largest }) => largest.length > 0)?.largest[0]).toMatchObject({ process: 'prefork' });

    const folder = join(hierarchy ?? '', `amberwatch-lab-${child.pid}`);
    expect(existsSync(folder)).toBe(false);
  }, 110_000);
});
