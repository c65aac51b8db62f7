import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { UnitSample } from '#domain/unit';
import { LinuxReader } from '../readers/linux.reader.js';
import { openUnits } from './open-units.js';
import type { UnitWatch } from './unit-watch.js';

const MIB = 1024 ** 2;
const CONTROLLERS = ['memory', 'cpu', 'cpuacct', 'pids'];
const name = `awtest-${process.pid}`;
const folder = (controller: string) => `/sys/fs/cgroup/${controller}/${name}`;
/** Groups of version 1 that may be made here: the kernel's own, so that the numbers are. */
const mayMake = CONTROLLERS.every((controller) => canMake(folder(controller)));
if (!mayMake) process.stderr.write('SKIPPED-SUITE: control groups of version 1 (this user may not make any)\n');
const suite = mayMake ? describe : describe.skip;

function canMake(path: string): boolean {
  try {
    mkdirSync(path);
    rmdirSync(path);
    return existsSync(path.slice(0, path.lastIndexOf('/')));
  } catch {
    return false;
  }
}

suite('real control groups of version 1', () => {
  let reader: LinuxReader;
  let watch: UnitWatch;
  let children: ChildProcess[];

  beforeEach(async () => {
    for (const controller of CONTROLLERS) mkdirSync(folder(controller));
    children = [];
    reader = new LinuxReader({ proc: '/proc' });
    watch = (await openUnits({ proc: '/proc', root: '/', log: { log: () => {}, warn: () => {} } })) as UnitWatch;
  });

  afterEach(async () => {
    for (const child of children) await end(child);
    watch.close();
    reader.close();
    for (const controller of CONTROLLERS) {
      await until(() => readFileSync(`${folder(controller)}/cgroup.procs`, 'latin1') === '');
      rmdirSync(folder(controller));
    }
  });

  const set = (controller: string, file: string, value: string) =>
    writeFileSync(`${folder(controller)}/${file}`, value);
  const read = () => watch.read(reader.read());
  const own = (units: UnitSample[]) => units.find(({ unit }) => unit === name);

  /** A Node process in the group that runs this text; it is there once this returns. */
  async function run(text: string): Promise<ChildProcess> {
    const procs = CONTROLLERS.map((controller) => `${folder(controller)}/cgroup.procs`);
    const moved = `for (const procs of ${JSON.stringify(procs)}) require('fs').writeFileSync(procs, String(process.pid));`;
    const child = spawn(process.execPath, ['-e', `${moved} console.log('in'); ${text}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    return child;
  }

  test('memory, pids and their limits are those of the kernel', async () => {
    set('memory', 'memory.limit_in_bytes', String(300 * MIB));
    set('pids', 'pids.max', '50');
    await run('globalThis.kept = Buffer.alloc(100 * 1024 * 1024, 1); setInterval(() => {}, 1000)');
    await until(() => (own(read())?.memBytes ?? 0) > 100 * MIB);
    const unit = own(read()) as UnitSample;
    const inactive = Number(
      /^total_inactive_file (\d+)/m.exec(readFileSync(`${folder('memory')}/memory.stat`, 'latin1'))?.[1],
    );
    const usage = Number(readFileSync(`${folder('memory')}/memory.usage_in_bytes`, 'latin1'));
    expect(Math.abs((unit.memBytes as number) - (usage - inactive))).toBeLessThan(8 * MIB);
    expect(unit).toMatchObject({
      kind: 'cgroup',
      processes: 1,
      memLimitBytes: 300 * MIB,
      pidsLimit: 50,
      cpuLimit: null,
    });
    expect(unit.pids).toBeGreaterThan(1);
  });

  test('a busy process is held back at its quota', async () => {
    set('cpu', 'cpu.cfs_quota_us', '20000');
    await run('for (;;);');
    let unit: UnitSample | undefined;
    await until(() => {
      unit = own(read());
      return (unit?.throttled ?? 0) > 0 && (unit?.cpu ?? 0) > 0;
    });
    expect(unit).toMatchObject({ cpuLimit: 20, memLimitBytes: null });
  });

  test('a kill by the kernel is told once, with its victim', async () => {
    set('memory', 'memory.limit_in_bytes', String(150 * MIB));
    const child = await run(
      'process.title = "greedy"; const kept = []; setInterval(() => kept.push(Buffer.alloc(4 * 1024 * 1024, 1)), 20)',
    );
    const seen: UnitSample[] = [];
    const killed = () => seen.some(({ oomKills }) => oomKills > 0);
    await until(() => {
      const unit = own(read());
      if (unit) seen.push(unit);
      return killed();
    });
    await until(() => child.signalCode !== null);
    for (let again = 0; again < 3; again++) seen.push(...[own(read())].filter((unit) => unit !== undefined));
    expect(seen.find(({ largest }) => largest)?.largest).toEqual([
      { process: 'greedy', pid: child.pid, rssBytes: expect.any(Number), oomScore: expect.any(Number) },
    ]);
    expect(child.signalCode).toBe('SIGKILL');
    expect(seen.filter(({ oomKills }) => oomKills > 0)).toMatchObject([{ oomKills: 1, victim: 'greedy' }]);
  });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function until(holds: () => boolean): Promise<void> {
  const last = performance.now() + 30_000;
  while (!holds()) {
    if (performance.now() > last) throw new Error('it did not happen within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
