import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DuckDbStore } from '../../libs/store/duckdb/duckdb.store.js';
import { StoreProcess } from '../support/store-client.js';
import { batchOf, tick } from './store-fixture.js';

let folder: string;
let running: StoreProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amberwatch-durability-'));
});
afterEach(async () => {
  await running?.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

const names = Array.from({ length: 300 }, (_, i) => `program-${i}`);

function largeBatch(n: number) {
  const cpu = names.map((_, i) => n + i / 7);
  return batchOf({
    id: `batch-of-${n}`,
    at: tick(0) + n,
    names,
    count: names.map(() => 1),
    cpu,
    mem: cpu,
    cpuMax: cpu,
  });
}

describe('a process with a DuckDB store', () => {
  it('that is killed has lost nothing that it acknowledged', async () => {
    running = new StoreProcess(folder);
    await running.answer('open');
    for (let n = 0; n < 2000; n++) running.send(JSON.stringify(largeBatch(n)));
    await running.answer('batch-of-25 ');
    await running.kill('SIGKILL');
    const acknowledged = running.answers.flatMap((line) => /^batch-of-(\d+) ok$/.exec(line)?.[1] ?? []).map(Number);
    const store = await DuckDbStore.open({ folder });
    const values = await store.valuesByName({ from: tick(0), metric: 'cpu' });
    await store.close();
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(acknowledged.length).toBeLessThan(2000);
    for (const [i, name] of names.entries()) {
      expect(values[name]).toEqual(expect.arrayContaining(acknowledged.map((n) => n + i / 7)));
    }
  }, 60_000);

  it('keeps others out with a sentence that names the file and the process', async () => {
    running = new StoreProcess(folder);
    await running.answer('open');
    await expect(DuckDbStore.open({ folder })).rejects.toThrow(
      `${join(folder, 'usage.duckdb')} is in use by process ${running.pid}. Stop it, or set AMBERWATCH_DATA to another folder.`,
    );
  }, 60_000);

  const hasLimits = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;
  if (!hasLimits) process.stderr.write('SKIPPED-SUITE: a full disk (no prlimit found, which is in util-linux)\n');
  (hasLimits ? it : it.skip)(
    'whose disk is full refuses writes, keeps what it has, and goes on once there is space',
    async () => {
      running = new StoreProcess(folder, { limitKilobytes: 4096 });
      await running.answer('open');
      const write = (n: number) => (running as StoreProcess).ask(JSON.stringify(largeBatch(n)), `batch-of-${n}`);
      // One failure is not the end: what was in the log moves into the file when that is opened again.
      let stored = 0;
      const failures: string[] = [];
      while (failures.length < 3 && stored < 5000) {
        const outcome = await write(stored);
        if (outcome === 'ok') stored++;
        else failures.push(outcome);
        if (outcome === 'ok') failures.length = 0;
      }
      expect(failures).toEqual(Array(3).fill('STORE_UNAVAILABLE'));
      expect(await running.ask('check', 'check')).toBe('STORE_UNAVAILABLE');
      execFileSync('prlimit', ['--pid', String(running.pid), '--fsize=unlimited:unlimited']);
      expect(await write(stored)).toBe('ok');
      expect(await running.ask('check', 'check')).toBe('ok');
      await running.kill('SIGKILL');
      const store = await DuckDbStore.open({ folder });
      const values = await store.valuesByName({ from: tick(0), metric: 'cpu' });
      await store.close();
      expect(values['program-0']).toEqual(Array.from({ length: stored + 1 }, (_, n) => n));
    },
    120_000,
  );

  (hasLimits ? it : it.skip)(
    'whose disk fills up under many writers holds what it acknowledged, and nothing of what it refused',
    async () => {
      running = new StoreProcess(folder, { limitKilobytes: 2048 });
      await running.answer('open');
      const write = (n: number) => (running as StoreProcess).ask(JSON.stringify(largeBatch(n)), `batch-of-${n}`);
      const outcomes: string[] = [];
      const writeMany = async (count: number) => {
        const first = outcomes.length;
        const check = (running as StoreProcess).ask('check', 'check');
        outcomes.push(...(await Promise.all(Array.from({ length: count }, (_, i) => write(first + i)))));
        await check;
      };
      const refused = () => outcomes.filter((outcome) => outcome !== 'ok').length;
      while (refused() < 60) await writeMany(20);
      execFileSync('prlimit', ['--pid', String(running.pid), '--fsize=unlimited:unlimited']);
      await writeMany(20);
      expect(await running.ask('check', 'check')).toBe('ok');
      expect(outcomes.slice(-20)).toEqual(Array(20).fill('ok'));
      await running.kill('SIGKILL');
      const store = await DuckDbStore.open({ folder });
      const values = await store.valuesByName({ from: tick(0), metric: 'cpu' });
      await store.close();
      const acknowledged = outcomes.flatMap((outcome, n) => (outcome === 'ok' ? [n] : []));
      for (const [i, name] of names.entries()) expect(values[name]).toEqual(acknowledged.map((n) => n + i / 7));
    },
    120_000,
  );
});
