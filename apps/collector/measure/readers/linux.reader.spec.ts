import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { LinuxReader } from './linux.reader.js';
import type { Reading } from './process-reader.js';

interface FakeProcess {
  comm: Buffer | string;
  parent?: number;
  kernel?: boolean;
  utime?: number;
  stime?: number;
  cutime?: number;
  cstime?: number;
  start?: number;
  rssPages?: number;
  threads?: number;
  stack?: number;
  cmdline?: Buffer | string;
  exe?: string;
}

let proc: string;
let forks: number;
const readers: LinuxReader[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'proc-'));
  forks = 100;
  writeFileSync(join(proc, 'meminfo'), 'MemTotal:       16000 kB\nMemFree: 1 kB\nMemAvailable:    4000 kB\n');
  writeFileSync(join(proc, 'loadavg'), '0.00 0.01 0.05 2/1234 4711\n');
  writeFileSync(join(proc, 'uptime'), '1000.00 900.00\n');
  hostStat();
});

afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(proc, { recursive: true, force: true });
});

/** As the kernel writes it, with another count of forks each time. */
function hostStat(): void {
  forks++;
  const cpu =
    'cpu  1000 200 300 9000 500 10 20 30 0 0\ncpu0 500 100 150 4500 250 5 10 15 0 0\ncpu1 1 1 1 1 1 1 1 1 0 0\n';
  writeFileSync(join(proc, 'stat'), `${cpu}intr 1 2 3\nctxt 1\nprocesses ${forks}\nprocs_running 1\n`);
}

function put(pid: number, fake: FakeProcess): void {
  const folder = join(proc, String(pid));
  mkdirSync(folder, { recursive: true });
  const flags = fake.kernel ? 2129984 : 4194304;
  const times = [fake.utime ?? 0, fake.stime ?? 0, fake.cutime ?? 0, fake.cstime ?? 0].join(' ');
  const rest =
    ` S ${fake.parent ?? 1} 1 1 0 -1 ${flags} 10 11 12 13 ${times} 20 0 ${fake.threads ?? 1} 0 ` +
    `${fake.start ?? 5000} 12345678 ${fake.rssPages ?? 10} 18446744073709551615 1 1 ${fake.stack ?? 140720000000000} 0 0 0\n`;
  const line = Buffer.concat([Buffer.from(`${pid} (`), Buffer.from(fake.comm), Buffer.from(`)${rest}`)]);
  writeFileSync(join(folder, 'stat'), line);
  writeFileSync(join(folder, 'cmdline'), fake.cmdline ?? '');
  rmSync(join(folder, 'exe'), { force: true });
  if (fake.exe !== undefined) symlinkSync(fake.exe, join(folder, 'exe'));
}

function open(options: { maxKept?: number; now?: () => number } = {}): LinuxReader {
  const reader = new LinuxReader({ proc, maxKept: 0, ...options });
  readers.push(reader);
  return reader;
}

function named(reading: Reading, pid: number): string | undefined {
  return reading.processes.find((process) => process.pid === pid)?.program;
}

describe('LinuxReader on a copied /proc', () => {
  test('reads every value that it says it reads', () => {
    put(42, {
      comm: 'nginx',
      parent: 7,
      utime: 150,
      stime: 50,
      cutime: 30,
      cstime: 4,
      rssPages: 2500,
      threads: 3,
      start: 99_000,
    });
    const reading = open({ now: () => 77 }).read();
    expect(reading.processes).toHaveLength(1);
    expect(reading.processes[0]).toMatchObject({
      pid: 42,
      parent: 7,
      program: 'nginx',
      kernel: false,
      cpuMs: 2000,
      childrenCpuMs: 340,
      rssBytes: 2500 * 4096,
      threads: 3,
      readAtMs: 77,
      firstAgeMs: 10_000,
      startMs: 990_000,
      readings: 1,
    });
    expect(reading.host).toMatchObject({
      cores: 2,
      busyMs: 15_300,
      interruptMs: 300,
      stolenMs: 300,
      totalMs: 110_600,
      memTotalBytes: 16_000 * 1024,
      memAvailableBytes: 4_000 * 1024,
    });
    expect(reading.sinceBootMs).toBe(1_000_000);
    expect(reading.threads).toEqual({ seen: 3, existing: 1234 });
  });

  test.each<[string, Buffer | string, string]>([
    ['spaces and brackets', 'a) R 1 (b', 'a) R 1 (b'],
    ['a newline', 'new\nline', 'new\nline'],
    ['only brackets', ')))(((', ')))((('],
    ['an escape code', '\u001B[2J', '\u001B[2J'],
    ['emoji', '🔥🔥', '🔥🔥'],
    ['invalid UTF-8', Buffer.from([0x61, 0xff, 0xfe, 0x62]), 'a\\xff\\xfeb'],
    ['a character cut in two', Buffer.concat([Buffer.from('a'), Buffer.from('€').subarray(0, 2)]), 'a\\xe2\\x82'],
    ['a name that is no key of an object', '__proto__', '__proto__'],
    ['no name at all', '', '(no name)'],
  ])('a name with %s comes through', (_, comm, expected) => {
    put(5, { comm, utime: 7 });
    const reading = open().read();
    expect(named(reading, 5)).toBe(expected);
    expect(reading.processes[0]?.cpuMs).toBe(70);
  });

  test.each<[string, FakeProcess, string]>([
    [
      'argv[0] has its full length',
      { comm: 'a-very-long-nam', cmdline: '/usr/bin/a-very-long-name-indeed\0--secret=1\0' },
      'a-very-long-name-indeed',
    ],
    [
      'the file has its full length',
      { comm: 'a-very-long-nam', cmdline: 'other\0', exe: '/usr/bin/a-very-long-name-here' },
      'a-very-long-name-here',
    ],
    [
      'neither begins with it',
      { comm: 'a-very-long-nam', cmdline: '/bin/sh\0script\0', exe: '/bin/dash' },
      'a-very-long-nam',
    ],
    [
      'a title holds arguments',
      { comm: 'npm exec server', cmdline: 'npm exec server --token=secret\0' },
      'npm exec server',
    ],
    [
      'the file was replaced',
      { comm: 'a-very-long-nam', exe: '/usr/bin/a-very-long-name-here (deleted)' },
      'a-very-long-name-here',
    ],
    ['a runtime names its thread', { comm: 'MainThread', exe: '/usr/local/bin/node' }, 'node'],
    ['a newer runtime does', { comm: 'node-MainThread', exe: '/usr/bin/node24' }, 'node24'],
    ['its file can not be read', { comm: 'MainThread' }, 'MainThread'],
    ['it is short', { comm: 'short', cmdline: '/usr/bin/short-but-other\0' }, 'short'],
    ['it is a thread of the kernel', { comm: 'kworker/1:2-events', kernel: true }, 'kworker'],
  ])('the name where %s', (_, fake, expected) => {
    put(6, fake);
    expect(named(open().read(), 6)).toBe(expected);
  });

  test('the name is looked for again after an exec, and only then', () => {
    const nameOf = jest.fn(() => 'found');
    put(5, { comm: 'bash', stack: 1 });
    const reader = new LinuxReader({ proc, nameOf });
    readers.push(reader);
    reader.read();
    put(5, { comm: 'bash', stack: 1, utime: 99 });
    reader.read();
    expect(nameOf).toHaveBeenCalledTimes(1);
    put(5, { comm: 'bash', stack: 2 });
    reader.read();
    expect(nameOf).toHaveBeenCalledTimes(2);
    put(5, { comm: 'make', stack: 2 });
    expect(reader.read().processes[0]).toMatchObject({ readings: 4 });
    expect(nameOf).toHaveBeenCalledTimes(3);
  });

  test('a pid that was used again within a tick is another process', () => {
    put(9, { comm: 'old', utime: 500, start: 10 });
    const reader = open();
    reader.read();
    put(9, { comm: 'new', utime: 1, start: 20 });
    hostStat();
    const reading = reader.read();
    expect(reading.ended.map(({ program, cpuMs }) => [program, cpuMs])).toEqual([['old', 5000]]);
    expect(reading.processes).toHaveLength(1);
    expect(reading.processes[0]).toMatchObject({ program: 'new', cpuMs: 10, readings: 1 });
  });

  test('a process that vanished between listing and reading is nothing to talk about', () => {
    mkdirSync(join(proc, '11'));
    mkdirSync(join(proc, '12', 'stat'), { recursive: true });
    mkdirSync(join(proc, '13'));
    writeFileSync(join(proc, '13', 'stat'), '');
    writeFileSync(join(proc, '14'), 'no folder');
    put(15, { comm: 'there' });
    expect(
      open()
        .read()
        .processes.map(({ pid }) => pid),
    ).toEqual([15]);
  });

  test('without a new fork the folder is not listed, and nobody is missed', () => {
    put(5, { comm: 'one' });
    const reader = open();
    reader.read();
    put(6, { comm: 'two' });
    expect(reader.read().processes).toHaveLength(1);
    hostStat();
    expect(reader.read().processes).toHaveLength(2);
  });

  test('above the descriptors it may keep, processes are opened each time and all are seen', () => {
    for (let pid = 1; pid <= 20; pid++) put(pid, { comm: 'many' });
    const before = readdirSync('/proc/self/fd').length;
    const reader = open({ maxKept: 5 });
    expect(reader.read().processes).toHaveLength(20);
    expect(readdirSync('/proc/self/fd').length - before).toBeLessThanOrEqual(5 + 4);
    expect(reader.read().processes).toHaveLength(20);
    reader.close();
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  test('32,000 processes are all seen', () => {
    put(1, { comm: 'p' });
    for (let pid = 2; pid <= 32_000; pid++) symlinkSync('1', join(proc, String(pid)));
    const reading = open().read();
    expect(reading.processes).toHaveLength(32_000);
    expect(reading.threads?.seen).toBe(32_000);
  }, 120_000);

  test('without a /proc it says so', () => {
    expect(() => new LinuxReader({ proc: join(proc, 'nowhere') }).read()).toThrow('ENOENT');
  });
});

const isLinux = process.platform === 'linux';
if (!isLinux) process.stderr.write('SKIPPED-SUITE: the Linux reader on this system (it is no Linux)\n');

const LAST_PID = '/proc/sys/kernel/ns_last_pid';
const mayChoosePids = isWritable(LAST_PID);
if (isLinux && !mayChoosePids) process.stderr.write('SKIPPED-SUITE: a pid that comes again (this needs root)\n');

(isLinux ? describe : describe.skip)('LinuxReader on this system', () => {
  test('50 % and 100 % of a core are right to within 1 point of what the kernel counts', async () => {
    const busy = burn(100);
    const half = burn(50);
    await Promise.all([
      once(busy.stdout as NodeJS.ReadableStream, 'data'),
      once(half.stdout as NodeJS.ReadableStream, 'data'),
    ]);
    const reader = new LinuxReader({ proc: '/proc' });
    readers.push(reader);
    reader.read();
    const from = [busy, half].map(exact);
    await burnedFor(busy, 2_500);
    const reading = reader.read();
    const to = [busy, half].map(exact);
    const { cpuPercent } = await import('../cpu-meter.js');
    for (const [at, child] of [busy, half].entries()) {
      const entry = reading.processes.find(({ pid }) => pid === child.pid);
      if (!entry) throw new Error('it is not seen');
      const measured = cpuPercent(entry.cpuMs - entry.beforeCpuMs, entry.readAtMs - entry.beforeAtMs, 64) as number;
      const wanted = ((to[at]!.cpuMs - from[at]!.cpuMs) / (to[at]!.atMs - from[at]!.atMs)) * 100;
      expect(Math.abs(measured - wanted)).toBeLessThan(1);
      expect(measured).toBeGreaterThan(5);
    }
  });

  const again = mayChoosePids ? test : test.skip;
  again('a pid that the kernel gives again is another process, with its own counters', async () => {
    const reader = new LinuxReader({ proc: '/proc' });
    readers.push(reader);
    const first = burn(100);
    await once(first.stdout as NodeJS.ReadableStream, 'data');
    reader.read();
    first.kill('SIGKILL');
    await once(first, 'exit');
    await reuse(first.pid as number);
    const reading = reader.read();
    const entry = reading.processes.find(({ pid }) => pid === first.pid);
    expect(entry).toMatchObject({ readings: 1, beforeCpuMs: 0 });
    expect(reading.ended.map(({ pid }) => pid)).toContain(first.pid);
  });

  test('hundreds of processes that come and go leave no descriptor behind', async () => {
    const reader = new LinuxReader({ proc: '/proc' });
    readers.push(reader);
    reader.read();
    const before = readdirSync('/proc/self/fd').length - reader.read().processes.length;
    for (let round = 0; round < 10; round++) {
      const group = spawn('/bin/sh', ['-c', 'for i in $(seq 30); do sleep 0.0$i & done; wait; echo done'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      children.push(group);
      reader.read();
      await once(group.stdout, 'data');
      reader.read();
      if (group.exitCode === null) await once(group, 'exit');
    }
    const { processes } = reader.read();
    expect(readdirSync('/proc/self/fd').length - processes.length).toBeLessThanOrEqual(before + 4);
  });
});

/** A process that uses so much of a core, and prints a dot now and then. */
function burn(percent: number): ChildProcess {
  const script = `process.stdout.write('.');
    const busy = ${percent} / 100 * 20;
    const step = () => {
      for (const end = performance.now() + busy; performance.now() < end; );
      process.stdout.write('.');
      setTimeout(step, ${20 - percent / 5});
    };
    step();`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

/** CPU time that the kernel has counted for a process until now. */
function exact(child: ChildProcess) {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, atMs: performance.now() };
}

/** Follows the process's own output for so long, which a fixed sleep would not. */
async function burnedFor(child: ChildProcess, ms: number): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end;) {
    await once(child.stdout as NodeJS.ReadableStream, 'data');
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts processes until one of them has the pid. */
async function reuse(pid: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    writeFileSync(LAST_PID, String(pid - 1));
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    children.push(child);
    if (child.pid === pid) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  throw new Error(`the kernel did not give the pid ${pid} again`);
}
