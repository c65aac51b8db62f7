import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cpuOf } from '../../apps/collector/measure/programs/program-table.js';
import type { ProcessEntry, ProcessReader, Reading } from '../../apps/collector/measure/readers/process-reader.js';

const children: ChildProcess[] = [];

/** A process that runs this script and says so on its output. */
async function start(script: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ['-e', `process.stdout.write('up');${script}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child as ChildProcess & { pid: number };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function find(reading: Reading, pid: number): ProcessEntry | undefined {
  return reading.processes.find((process) => process.pid === pid);
}

/** What every reader must do, on this system's real processes. */
export function processReaderContract(name: string, open: () => ProcessReader): void {
  describe(`${name} as a process reader`, () => {
    let reader: ProcessReader;

    beforeEach(() => {
      reader = open();
    });

    afterEach(async () => {
      reader.close();
      await Promise.all(children.splice(0).map(end));
    });

    afterAll(() => Promise.all(children.map(end)));

    test('sees this process with its parent, its memory and the CPU time that the kernel gives', async () => {
      const reading = await reader.read();
      const self = find(reading, process.pid);
      const { user, system } = process.cpuUsage();
      expect(self?.parent).toBe(process.ppid);
      expect(self?.program).toMatch(/node/);
      expect(self?.kernel).toBe(false);
      expect(self?.rssBytes).toBeGreaterThan(20 * 1024 * 1024);
      expect(self?.cpuMs).toBeGreaterThan(0);
      expect(self?.cpuMs).toBeLessThanOrEqual((user + system) / 1000 + 20);
    });

    test('knows the host', async () => {
      const { host } = await reader.read();
      expect(host.cores).toBeGreaterThanOrEqual(1);
      expect(host.memTotalBytes).toBeGreaterThan(host.memAvailableBytes);
      expect(host.totalMs).toBeGreaterThan(host.busyMs);
    });

    test('a process that is there twice has values of two readings', async () => {
      await reader.read();
      const before = find(await reader.read(), process.pid)?.cpuMs as number;
      for (const from = process.cpuUsage(); process.cpuUsage(from).user < 60_000;);
      const self = find(await reader.read(), process.pid) as ProcessEntry;
      expect(self.readings).toBe(3);
      expect(self.beforeCpuMs).toBe(before);
      expect(self.cpuMs - self.beforeCpuMs).toBeGreaterThanOrEqual(50);
      expect(self.readAtMs).toBeGreaterThan(self.beforeAtMs);
    });

    test('a newcomer is seen at the next reading and is new', async () => {
      await reader.read();
      const child = await start('setInterval(() => {}, 1000)');
      const entry = find(await reader.read(), child.pid) as ProcessEntry;
      expect(entry.readings).toBe(1);
      expect(entry.firstAgeMs).toBeLessThan(30_000);
      expect(cpuOf(entry, 60_000, 64)).toBeGreaterThanOrEqual(0);
    });

    test('a process started when it did, at every reading alike', async () => {
      const from = Date.now();
      const child = await start('setInterval(() => {}, 1000)');
      const to = Date.now();
      const first = await reader.read();
      const bootMs = Date.now() - first.sinceBootMs;
      const startMs = find(first, child.pid)?.startMs as number;
      // Some systems tell ages in whole seconds only.
      expect(bootMs + startMs).toBeGreaterThan(from - 2_500);
      expect(bootMs + startMs).toBeLessThan(to + 2_500);
      expect(find(await reader.read(), child.pid)?.startMs).toBe(startMs);
    });

    test('one that ends is told once, with its last values, and is gone', async () => {
      const child = await start('setInterval(() => {}, 1000)');
      const entry = find(await reader.read(), child.pid);
      expect(entry).toBeDefined();
      await end(child);
      const after = await reader.read();
      expect(find(after, child.pid)).toBeUndefined();
      expect(after.ended).toContain(entry);
      expect((await reader.read()).ended).not.toContain(entry);
    });

    test('no pid stands there twice', async () => {
      await reader.read();
      const pids = (await reader.read()).processes.map(({ pid }) => pid);
      expect(new Set(pids).size).toBe(pids.length);
    });
  });
}
