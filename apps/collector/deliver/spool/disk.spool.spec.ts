import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { array, assert, asyncProperty, constant, constantFrom, nat, oneof, record } from 'fast-check';
import type { SpoolLedger } from './spool.js';
import { DiskSpool, type SpoolOptions } from './disk.spool.js';
import { realDisk, type SegmentDisk } from './segment.js';

const parents: string[] = [];
let folder: string;
let now: number;
let said: string[];

function newFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'spool-'));
  parents.push(parent);
  return join(parent, 'spool');
}

beforeEach(() => {
  folder = newFolder();
  now = Date.parse('2026-11-23T00:00:00Z');
  said = [];
});

afterEach(() => {
  for (const parent of parents.splice(0)) rmSync(parent, { recursive: true, force: true });
});

function open(options: Partial<SpoolOptions> = {}): DiskSpool {
  const spool = new DiskSpool({
    folder,
    maxBytes: 64 * 1024 * 1024,
    maxAgeMs: 3_600_000,
    maxMemoryBytes: 1024 * 1024,
    say: (text) => said.push(text),
    now: () => now,
    ...options,
  });
  spool.open();
  return spool;
}

function body(text: string) {
  return { bytes: Buffer.from(text), gzipped: false };
}

function files(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.spool'))
    .map((name) => join(folder, name));
}

function expectBalance({ sampled, acknowledged, queued, dropped, quarantined, lost }: SpoolLedger): void {
  for (const unit of ['samples', 'batches'] as const) {
    expect(acknowledged[unit] + queued[unit] + dropped[unit] + quarantined[unit]).toBe(sampled[unit]);
    for (const part of [sampled, acknowledged, queued, dropped, quarantined]) {
      expect(part[unit]).toBeGreaterThanOrEqual(0);
    }
  }
  expect(Object.values(lost).reduce((sum, samples) => sum + samples, 0)).toBe(dropped.samples);
}

function mount(volume: string, options: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', volume]).status === 0;
}

/** Whether this user may mount volumes, as root may. */
function mayMount(): boolean {
  const volume = mkdtempSync(join(tmpdir(), 'spool-mount-'));
  parents.push(volume);
  const may = mount(volume, 'size=64k');
  if (may) spawnSync('umount', [volume]);
  else process.stderr.write('SKIPPED-SUITE: a volume that is really full (this user may not mount one)\n');
  return may;
}

async function texts(spool: DiskSpool): Promise<string[]> {
  const all: string[] = [];
  for (let oldest = spool.oldest; oldest; oldest = spool.oldest) {
    const read = await spool.read(oldest);
    if (read) all.push(Buffer.from(read.bytes).toString());
    await spool.acknowledge(oldest);
  }
  return all;
}

describe('DiskSpool', () => {
  test('what was appended comes back in order after a restart, byte for byte', async () => {
    const first = open();
    for (const text of ['one', 'two', 'three']) await first.append(body(text), 10, now);
    // No close: the process was killed.
    const second = open();
    expect(second.ledger.queued).toEqual({ samples: 30, batches: 3 });
    expect(await texts(second)).toEqual(['one', 'two', 'three']);
  });

  test('what was acknowledged does not come back', async () => {
    const first = open();
    const one = await first.append(body('one'), 1, now);
    const two = await first.append(body('two'), 1, now);
    await first.append(body('three'), 1, now);
    await first.acknowledge(two);
    await first.quarantine(one, '400 INVALID');
    const second = open();
    expect(await texts(second)).toEqual(['three']);
    expect(second.ledger.acknowledged.samples).toBe(2);
    expect(second.ledger.quarantined.samples).toBe(1);
    expectBalance(second.ledger);
  });

  test('a server that acknowledges twice counts once', async () => {
    const spool = open();
    const one = await spool.append(body('one'), 5, now);
    await spool.acknowledge(one);
    await spool.acknowledge(one);
    await spool.quarantine(one, 'late');
    expect(spool.ledger.acknowledged.samples).toBe(5);
    expect(spool.ledger.quarantined.samples).toBe(0);
    expectBalance(spool.ledger);
  });

  test('a damaged record is skipped and counted, and those around it come back', async () => {
    const first = open();
    for (const text of ['one one one', 'two two two', 'three three']) await first.append(body(text), 7, now);
    const [file] = files() as [string];
    const bytes = readFileSync(file);
    bytes.write('X', bytes.indexOf('two two two') + 3);
    writeFileSync(file, bytes);
    const second = open();
    expect(await texts(second)).toEqual(['one one one', 'three three']);
    expect(second.ledger.dropped).toEqual({ samples: 7, batches: 1 });
    expect(second.ledger.lost.damaged).toBe(7);
    expect(said.join()).toContain('1 batches are lost');
    expect(open().ledger.dropped).toEqual({ samples: 7, batches: 1 });
  });

  test('a record torn by a crash in the middle of its writing does not hide the others', async () => {
    const first = open();
    await first.append(body('one'), 1, now);
    await first.append(body('two'), 1, now);
    const [file] = files() as [string];
    writeFileSync(file, readFileSync(file).subarray(0, -2));
    const second = open();
    await second.append(body('three'), 1, now);
    expect(await texts(second)).toEqual(['one', 'three']);
    expectBalance(second.ledger);
  });

  test('it starts on any rubbish', () => {
    open();
    for (const [name, content] of [
      ['00000007.spool', 'AMBR'.repeat(1000)],
      ['00000008.spool', ''],
      ['00000009.spool', '\0'.repeat(9999)],
      ['notes.txt', 'hello'],
    ] as const) {
      writeFileSync(join(folder, name), content);
    }
    const spool = open();
    expect(spool.damaged.bytes).toBe(4000 + 9999);
    expect(spool.ledger.queued.batches).toBe(0);
  });

  test('above its size the oldest batches are dropped and counted', async () => {
    const spool = open({ maxBytes: 100_000 });
    for (let at = 0; at < 50; at++) await spool.append(body(String(at).padEnd(10_000)), 3, now);
    expect(spool.bytes).toBeLessThanOrEqual(100_000);
    expect(spool.ledger.lost.size).toBe(spool.ledger.dropped.samples);
    expectBalance(spool.ledger);
    const kept = open({ maxBytes: 100_000 });
    expect(kept.ledger).toEqual(spool.ledger);
    const left = (await texts(kept)).map(Number);
    expect(left).toEqual(Array.from({ length: left.length }, (_, at) => 50 - left.length + at));
  });

  test('what waits for too long is dropped and counted', async () => {
    const spool = open({ maxAgeMs: 60_000 });
    await spool.append(body('old'), 4, now);
    now += 61_000;
    await spool.append(body('new'), 1, now);
    expect(spool.ledger.lost.age).toBe(4);
    expect(await texts(spool)).toEqual(['new']);
    expectBalance(spool.ledger);
  });

  test('files go once all batches in them are done', async () => {
    const spool = open({ maxBytes: 800_000 });
    for (let at = 0; at < 60; at++) await spool.append(body(String(at).padEnd(10_000)), 3, now);
    expect(files().length).toBeGreaterThan(3);
    await texts(spool);
    await spool.append(body('next'), 1, now);
    expect(files().length).toBe(1);
    expect(open().ledger).toEqual(spool.ledger);
  });

  test('a full volume is said once, batches are held in memory and counted, and it comes back by itself', async () => {
    let full = false;
    const disk: SegmentDisk = {
      ...realDisk,
      write: (descriptor, parts) => {
        if (full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        return realDisk.write(descriptor, parts);
      },
    };
    const spool = open({ disk, maxMemoryBytes: 40_000 });
    await spool.append(body('before'), 1, now);
    full = true;
    for (let at = 0; at < 5; at++) await spool.append(body(String(at).padEnd(10_000)), 2, now);
    expect(spool.isInMemory).toBe(true);
    expect(said.filter((text) => text.includes('ENOSPC')).length).toBe(1);
    expect(spool.ledger.lost.memory).toBe(2);
    expectBalance(spool.ledger);
    full = false;
    await spool.append(body('after'), 1, now);
    expect(spool.isInMemory).toBe(false);
    expect((await texts(spool)).map((text) => text.trim())).toEqual(['before', '1', '2', '3', '4', 'after']);
    expectBalance(spool.ledger);
  });

  (mayMount() ? test : test.skip)(
    'a volume that is really full or read-only loses nothing while memory lasts',
    async () => {
      const volume = mkdtempSync(join(tmpdir(), 'spool-volume-'));
      parents.push(volume);
      expect(mount(volume, 'size=256k')).toBe(true);
      try {
        const ballast = join(volume, 'ballast');
        const spool = open({ folder: join(volume, 'spool') });
        await spool.append(body('before'), 1, now);
        writeFileSync(ballast, Buffer.alloc(200_000));
        for (let at = 0; at < 10; at++) await spool.append(body(String(at).padEnd(10_000)), 2, now);
        expect(spool.isInMemory).toBe(true);
        expect(said.join('\n')).toContain('ENOSPC');
        expectBalance(spool.ledger);
        rmSync(ballast);
        await spool.append(body('after'), 1, now);
        expect(spool.isInMemory).toBe(false);

        const waiting = Array.from({ length: 10 }, (_, at) => String(at));
        expect((await texts(spool)).map((text) => text.trim())).toEqual(['before', ...waiting, 'after']);
        expectBalance(spool.ledger);

        expect(mount(volume, 'ro')).toBe(true);
        const readOnly = open({ folder: join(volume, 'spool') });
        await readOnly.append(body('one'), 1, now);
        expect(readOnly.isInMemory).toBe(true);
        expect(said.join('\n')).toContain('EROFS');
        expect(await texts(readOnly)).toEqual(['one']);
      } finally {
        while (spawnSync('umount', ['--lazy', volume]).status === 0);
      }
    },
  );

  test('a batch can be seen, and so be sent, only once it is on the disk', async () => {
    let written: () => void = () => undefined;
    const sync = new Promise<void>((resolve) => (written = resolve));
    const spool = open({ disk: { ...realDisk, sync: () => sync } });
    const appended = spool.append(body('one'), 1, now);
    await new Promise((resolve) => setImmediate(resolve));
    expect(spool.oldest).toBeUndefined();
    expect(spool.newest).toBeUndefined();
    written();
    expect(await appended).toBe(spool.oldest);
    expect(spool.newest).toBe(spool.oldest);
    expectBalance(spool.ledger);
  });

  test('a folder that can not be made does not keep it from starting', async () => {
    const parent = newFolder();
    writeFileSync(parent, 'a file in its place');
    const spool = open({ folder: join(parent, 'spool') });
    await spool.append(body('one'), 1, now);
    expect(spool.isInMemory).toBe(true);
    expect(await texts(spool)).toEqual(['one']);
  });

  test('whatever happens, sampled = acknowledged + queued + dropped + quarantined', async () => {
    const step = oneof(
      record({ do: constant('append' as const), samples: nat(50), bytes: nat(4000) }),
      record({
        do: constantFrom('ack oldest', 'ack newest', 'ack twice', 'quarantine', 'reopen', 'full', 'works'),
      }),
      record({ do: constant('wait' as const), ms: nat(100_000) }),
      record({ do: constant('damage' as const), at: nat(100_000), file: nat(10) }),
    );
    let rounds = 0;
    await assert(
      asyncProperty(array(step, { maxLength: 60 }), async (steps) => {
        folder = newFolder();
        let full = false;
        const disk: SegmentDisk = {
          ...realDisk,
          write: (descriptor, parts) => (full ? 0 : realDisk.write(descriptor, parts)),
        };
        const options = { disk, maxBytes: 30_000, maxMemoryBytes: 10_000, maxAgeMs: 300_000 };
        let spool = open(options);
        for (const one of steps) {
          const { oldest, newest } = spool;
          if (one.do === 'append') await spool.append(body('x'.repeat(one.bytes)), one.samples, now);
          else if (one.do === 'wait') now += one.ms;
          else if (one.do === 'full') full = true;
          else if (one.do === 'works') full = false;
          else if (one.do === 'reopen') spool = open(options);
          else if (one.do === 'damage') damage(one.file, one.at);
          else if (one.do === 'ack newest' && newest) await spool.acknowledge(newest);
          else if (one.do === 'quarantine' && oldest) await spool.quarantine(oldest, 'no');
          else if (oldest) {
            if (await spool.read(oldest)) await spool.acknowledge(oldest);
            if (one.do === 'ack twice') await spool.acknowledge(oldest);
          }
          expectBalance(spool.ledger);
          rounds++;
        }
      }),
      { numRuns: 60 },
    );
    expect(rounds).toBeGreaterThan(60);
  });
});

function damage(file: number, at: number): void {
  const all = files();
  const path = all[file % Math.max(1, all.length)];
  if (path === undefined) return;
  const bytes = readFileSync(path);
  if (bytes.length === 0) return;
  bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ 0xff;
  writeFileSync(path, bytes);
}
