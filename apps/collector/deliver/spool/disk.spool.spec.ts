import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { array, assert, asyncProperty, constant, constantFrom, nat, oneof, record } from 'fast-check';
import type { QueuedBatch, SpoolLedger } from './spool.js';
import { DiskSpool, type SpoolOptions } from './disk.spool.js';
import { RecordKind } from './record.js';
import { realDisk, Segment, type SegmentDisk } from './segment.js';

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
    clock: { monotonicMs: () => now, confirmedMs: () => now },
    ...options,
  });
  spool.open();
  return spool;
}

function stamp() {
  return { timeMs: now, monotonicMs: now };
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
    for (const text of ['one', 'two', 'three']) await first.append(body(text), 10, stamp());
    // No close: the process was killed.
    const second = open();
    expect(second.ledger.queued).toEqual({ samples: 30, batches: 3 });
    expect(await texts(second)).toEqual(['one', 'two', 'three']);
  });

  test('what was acknowledged does not come back', async () => {
    const first = open();
    const one = await first.append(body('one'), 1, stamp());
    const two = await first.append(body('two'), 1, stamp());
    await first.append(body('three'), 1, stamp());
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
    const one = await spool.append(body('one'), 5, stamp());
    await spool.acknowledge(one);
    await spool.acknowledge(one);
    await spool.quarantine(one, 'late');
    expect(spool.ledger.acknowledged.samples).toBe(5);
    expect(spool.ledger.quarantined.samples).toBe(0);
    expectBalance(spool.ledger);
  });

  test('a damaged record is skipped and counted, and those around it come back', async () => {
    const first = open();
    for (const text of ['one one one', 'two two two', 'three three']) await first.append(body(text), 7, stamp());
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
    await first.append(body('one'), 1, stamp());
    await first.append(body('two'), 1, stamp());
    const [file] = files() as [string];
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, whole.indexOf('two') + 1));
    const second = open();
    await second.append(body('three'), 1, stamp());
    expect(await texts(second)).toEqual(['one', 'three']);
    expect(second.ledger.exact).toBe(true);
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
    for (let at = 0; at < 50; at++) await spool.append(body(String(at).padEnd(10_000)), 3, stamp());
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
    await spool.append(body('old'), 4, stamp());
    now += 61_000;
    await spool.append(body('new'), 1, stamp());
    expect(spool.ledger.lost.age).toBe(4);
    expect(await texts(spool)).toEqual(['new']);
    expectBalance(spool.ledger);
  });

  test('files go once all batches in them are done', async () => {
    const spool = open({ maxBytes: 800_000 });
    for (let at = 0; at < 60; at++) await spool.append(body(String(at).padEnd(10_000)), 3, stamp());
    expect(files().length).toBeGreaterThan(3);
    await texts(spool);
    await spool.append(body('next'), 1, stamp());
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
    await spool.append(body('before'), 1, stamp());
    full = true;
    for (let at = 0; at < 5; at++) await spool.append(body(String(at).padEnd(10_000)), 2, stamp());
    expect(spool.isInMemory).toBe(true);
    expect(said.filter((text) => text.includes('ENOSPC')).length).toBe(1);
    expect(spool.ledger.lost.memory).toBe(2);
    expectBalance(spool.ledger);
    full = false;
    await spool.append(body('after'), 1, stamp());
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
        await spool.append(body('before'), 1, stamp());
        writeFileSync(ballast, Buffer.alloc(200_000));
        for (let at = 0; at < 10; at++) await spool.append(body(String(at).padEnd(10_000)), 2, stamp());
        expect(spool.isInMemory).toBe(true);
        expect(said.join('\n')).toContain('ENOSPC');
        expectBalance(spool.ledger);
        rmSync(ballast);
        await spool.append(body('after'), 1, stamp());
        expect(spool.isInMemory).toBe(false);

        const waiting = Array.from({ length: 10 }, (_, at) => String(at));
        expect((await texts(spool)).map((text) => text.trim())).toEqual(['before', ...waiting, 'after']);
        expectBalance(spool.ledger);

        expect(mount(volume, 'ro')).toBe(true);
        const readOnly = open({ folder: join(volume, 'spool') });
        await readOnly.append(body('one'), 1, stamp());
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
    const appended = spool.append(body('one'), 1, stamp());
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
    await spool.append(body('one'), 1, stamp());
    expect(spool.isInMemory).toBe(true);
    expect(await texts(spool)).toEqual(['one']);
  });

  test('acknowledgements during disk trouble count once, after a restart too', async () => {
    let full = false;
    const disk: SegmentDisk = {
      ...realDisk,
      write: (descriptor, parts) => (full ? 0 : realDisk.write(descriptor, parts)),
    };
    const first = open({ disk });
    const batches = [];
    for (const text of ['one', 'two', 'three']) batches.push(await first.append(body(text), 10, stamp()));
    full = true;
    await first.acknowledge(batches[0] as QueuedBatch);
    await first.acknowledge(batches[1] as QueuedBatch);
    full = false;
    await first.acknowledge(batches[2] as QueuedBatch);
    await first.append(body('four'), 10, stamp());
    expect(first.ledger.acknowledged).toEqual({ samples: 30, batches: 3 });
    const second = open();
    expect(second.ledger.acknowledged).toEqual({ samples: 30, batches: 3 });
    expect(second.ledger.sampled).toEqual({ samples: 40, batches: 4 });
    expect(await texts(second)).toEqual(['four']);
  });

  test('a damaged header costs its batch, and the ledger knows how many samples that were', async () => {
    const first = open();
    for (const text of ['one one', 'two two', 'three three']) await first.append(body(text), 7, stamp());
    const [file] = files() as [string];
    const bytes = readFileSync(file);
    bytes.write('X', bytes.indexOf('two two') - 20);
    writeFileSync(file, bytes);
    const second = open();
    expect(second.ledger.sampled).toEqual({ samples: 21, batches: 3 });
    expect(second.ledger.lost.damaged).toBe(7);
    expect(second.ledger.exact).toBe(true);
    expect(await texts(second)).toEqual(['one one', 'three three']);
  });

  test('where damage hides a batch and the totals behind it, the ledger says that it is not exact', async () => {
    const first = open();
    for (const text of ['one one', 'two two']) await first.append(body(text), 7, stamp());
    const [file] = files() as [string];
    const bytes = readFileSync(file);
    bytes.fill(0, bytes.indexOf('two two') - 20);
    writeFileSync(file, bytes);
    const second = open();
    expect(second.ledger.exact).toBe(false);
    expect(said.join()).toContain('not exact any more');
    expect(open().ledger.exact).toBe(false);
    expect(await texts(second)).toEqual(['one one']);
  });

  test('a clock that is set drops nothing, and what an earlier run left is judged by a confirmed clock only', async () => {
    let monotonicMs = 0;
    let confirmedMs: number | undefined;
    const clock = { monotonicMs: () => monotonicMs, confirmedMs: () => confirmedMs };
    const first = open({ maxAgeMs: 60_000, clock });
    await first.append(body('one'), 1, { timeMs: now, monotonicMs });
    now += 3 * 86_400_000;
    await first.append(body('two'), 1, { timeMs: now, monotonicMs });
    expect(first.ledger.dropped.batches).toBe(0);

    const second = open({ maxAgeMs: 60_000, clock });
    await second.append(body('three'), 1, { timeMs: now, monotonicMs });
    expect(second.ledger.dropped.batches).toBe(0);
    confirmedMs = now;
    await second.append(body('four'), 1, { timeMs: now, monotonicMs });
    expect(second.ledger.lost.age).toBe(1);
    monotonicMs += 61_000;
    confirmedMs = now += 61_000;
    await second.append(body('five'), 1, { timeMs: now, monotonicMs });
    expect(await texts(second)).toEqual(['five']);
    expect(said.filter((text) => text.includes('waited for longer than'))).toHaveLength(1);
  });

  test('it says how many older batches wait', async () => {
    const spool = open();
    const batches = [];
    for (const text of ['one', 'two', 'three']) batches.push(await spool.append(body(text), 1, stamp()));
    expect(batches.map((batch) => spool.olderThan(batch))).toEqual([0, 1, 2]);
    await spool.acknowledge(batches[1] as QueuedBatch);
    expect(spool.olderThan(batches[2] as QueuedBatch)).toBe(1);
  });

  test('a spool without totals behind each batch, as the first versions wrote it, is taken over', async () => {
    mkdirSync(folder);
    const segment = new Segment(1, join(folder, '00000001.spool'), realDisk);
    segment.create();
    const tally = { samples: 5, batches: 1 };
    const none = { samples: 0, batches: 0 };
    const totals = { acknowledged: tally, dropped: none, quarantined: none, lost: { size: 0 } };
    const head = { gzipped: false, sequence: 0, samples: 0, timeMs: now, body: Buffer.from(JSON.stringify(totals)) };
    segment.append({ ...head, kind: RecordKind.totals });
    for (const sequence of [7, 8]) {
      const text = Buffer.from(`batch ${sequence}`);
      segment.append({ ...head, kind: RecordKind.batch, sequence, samples: 3, body: text });
    }
    segment.append({ ...head, kind: RecordKind.acknowledged, sequence: 7, samples: 3, body: new Uint8Array(0) });
    segment.close();
    const spool = open();
    expect(spool.ledger).toMatchObject({
      sampled: { samples: 11, batches: 3 },
      acknowledged: { samples: 8, batches: 2 },
      queued: { samples: 3, batches: 1 },
      exact: true,
    });
    expect(await texts(spool)).toEqual(['batch 8']);
  });

  describe('whatever happens, each sample is acknowledged, queued, dropped or put aside', () => {
    const append = record({ do: constant('append' as const), samples: nat(50), bytes: nat(4000) });
    const settle = record({
      do: constantFrom('ack oldest', 'ack newest', 'ack twice', 'quarantine', 'kill', 'full', 'works'),
    });
    const wait = record({ do: constant('wait' as const), ms: nat(100_000) });
    const harm = record({ do: constant('damage' as const), at: nat(100_000), file: nat(10) });

    test('after any steps but damage, exactly as counted beside it', async () => {
      await assert(
        asyncProperty(array(oneof(append, settle, wait), { maxLength: 60 }), async (steps) => {
          const run = new Run();
          for (const step of steps) {
            await run.take(step);
            run.expectExact();
          }
          await run.expectAllDelivered();
        }),
        { numRuns: 60 },
      );
    });

    test('after damage as well, or it says that it is not exact', async () => {
      let inexact = 0;
      await assert(
        asyncProperty(array(oneof(append, append, settle, harm), { maxLength: 60 }), async (steps) => {
          const run = new Run();
          for (const step of steps) await run.take(step);
          await run.take({ do: 'kill' });
          run.expectSampledOrSaid();
          if (!run.spool.ledger.exact) inexact++;
        }),
        { numRuns: 100 },
      );
      // Two places must be hit at once for that.
      expect(inexact).toBeLessThan(50);
    });
  });
});

type Step =
  | { do: 'append'; samples: number; bytes: number }
  | { do: 'wait'; ms: number }
  | { do: 'damage'; at: number; file: number }
  | { do: 'ack oldest' | 'ack newest' | 'ack twice' | 'quarantine' | 'kill' | 'full' | 'works' };

/** A spool with a count beside it that knows nothing of how the spool counts. */
class Run {
  spool: DiskSpool;
  private full = false;
  private counted = { sampled: 0, acknowledged: 0, quarantined: 0 };
  /** What a disk that took the last write knows: no more can be known after a kill. */
  private told = { ...this.counted };

  constructor() {
    folder = newFolder();
    this.spool = this.open();
  }

  private open(): DiskSpool {
    const disk: SegmentDisk = {
      ...realDisk,
      write: (descriptor, parts) => (this.full ? 0 : realDisk.write(descriptor, parts)),
    };
    return open({ disk, maxBytes: 30_000, maxMemoryBytes: 10_000, maxAgeMs: 300_000 });
  }

  async take(step: Step): Promise<void> {
    const { oldest, newest } = this.spool;
    if (step.do === 'append') {
      this.counted.sampled += step.samples;
      await this.spool.append(body('x'.repeat(step.bytes)), step.samples, stamp());
    } else if (step.do === 'wait') now += step.ms;
    else if (step.do === 'full') this.full = true;
    else if (step.do === 'works') this.full = false;
    else if (step.do === 'damage') damage(step.file, step.at);
    else if (step.do === 'kill') {
      this.counted = { ...this.told };
      this.spool = this.open();
    } else if (step.do === 'quarantine' && oldest) {
      this.counted.quarantined += oldest.samples;
      await this.spool.quarantine(oldest, 'no');
    } else if (step.do === 'ack newest' && newest) await this.acknowledge(newest);
    else if (oldest) {
      await this.acknowledge(oldest);
      if (step.do === 'ack twice') await this.spool.acknowledge(oldest);
    }
    if (!this.spool.isInMemory) this.told = { ...this.counted };
  }

  private async acknowledge(batch: QueuedBatch): Promise<void> {
    if (!(await this.spool.read(batch))) return;
    this.counted.acknowledged += batch.samples;
    await this.spool.acknowledge(batch);
  }

  expectExact(): void {
    const { sampled, acknowledged, quarantined, exact } = this.spool.ledger;
    const ledger = { sampled: sampled.samples, acknowledged: acknowledged.samples, quarantined: quarantined.samples };
    expect({ ...ledger, exact }).toEqual({ ...this.counted, exact: true });
    expectBalance(this.spool.ledger);
  }

  expectSampledOrSaid(): void {
    const { sampled, exact } = this.spool.ledger;
    expect(exact ? sampled.samples : this.counted.sampled).toBe(this.counted.sampled);
    expectBalance(this.spool.ledger);
  }

  /** What the ledger calls queued is there. */
  async expectAllDelivered(): Promise<void> {
    const { batches } = this.spool.ledger.queued;
    expect(await texts(this.spool)).toHaveLength(batches);
  }
}

function damage(file: number, at: number): void {
  const all = files();
  const path = all[file % Math.max(1, all.length)];
  if (path === undefined) return;
  const bytes = readFileSync(path);
  if (bytes.length === 0) return;
  bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ 0xff;
  writeFileSync(path, bytes);
}
