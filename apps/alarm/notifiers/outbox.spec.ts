import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleNotification } from '#alarm';
import { Outbox } from './outbox.js';

const message = (id: string) => sampleNotification(id, Date.parse('2026-11-22T20:00:00Z'));
const pendingOf = (file: string) => {
  const outbox = new Outbox(file);
  outbox.open();
  outbox.close();
  return { ids: [...outbox.pending.keys()], unreadable: outbox.unreadable };
};

const mount = (volume: string) => spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', volume]).status === 0;
const mayMount = (() => {
  const volume = mkdtempSync(join(tmpdir(), 'outbox-mount-'));
  const may = mount(volume);
  if (may) spawnSync('umount', [volume]);
  else process.stderr.write('SKIPPED-SUITE: an outbox on a volume that is really full (this user may not mount one)\n');
  rmSync(volume, { recursive: true, force: true });
  return may;
})();

describe('an outbox whose disk fails', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'amberwatch-outbox-'));
    file = join(folder, 'outbox.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('glues no line to half a one and loses none, wherever a write breaks off', () => {
    const line = `${JSON.stringify({ kind: 'done', id: 'a', channel: 'slack' })}\n`;
    for (let kept = 0; kept < line.length; kept += 1) {
      rmSync(file, { force: true });
      let broken = false;
      const outbox = new Outbox(file, ((
        descriptor: number,
        data: Buffer,
        offset: number,
        _: number,
        position: number,
      ) => {
        if (!broken) return writeSync(descriptor, data, offset, data.length - offset, position);
        writeSync(descriptor, data, offset, kept, position);
        throw new Error('ENOSPC: no space left on device');
      }) as typeof writeSync);
      outbox.open();
      outbox.plan([message('a')], ['slack'], []);
      outbox.plan([message('b')], ['slack'], []);
      broken = true;
      expect(() => outbox.done('a', 'slack')).toThrow('ENOSPC');
      broken = false;
      outbox.plan([message('c')], ['slack'], []);
      outbox.close();
      expect(pendingOf(file)).toEqual({ ids: ['b', 'c'], unreadable: 0 });
    }
  });

  it('steps over lines that it does not know, and counts them', () => {
    const outbox = new Outbox(file);
    outbox.open();
    outbox.plan([message('a')], ['slack'], []);
    outbox.close();
    appendFileSync(
      file,
      '{"kind":"plan","notifications":[{"id":1}],"channels":["slack"],"told":[]}\n{"kind":"new"}\nnull\n',
    );
    appendFileSync(file, `${JSON.stringify({ kind: 'done', id: 'a', channel: 'mail' })}\n`);
    expect(pendingOf(file)).toEqual({ ids: ['a'], unreadable: 3 });
  });

  (mayMount ? it : it.skip)('goes on where there is space again', () => {
    const volume = join(folder, 'volume');
    mkdirSync(volume);
    expect(mount(volume)).toBe(true);
    try {
      const full = join(volume, 'outbox.jsonl');
      const outbox = new Outbox(full);
      outbox.open();
      outbox.plan([message('a')], ['slack'], []);
      let failed = 0;
      for (let i = 0; i < 500 && failed === 0; i++) {
        try {
          outbox.plan([message(`filler-${i}`)], ['slack'], []);
        } catch {
          failed += 1;
        }
      }
      expect(failed).toBe(1);
      expect(() => writeFileSync(join(volume, 'more'), Buffer.alloc(8192))).toThrow('ENOSPC');
      spawnSync('mount', ['-o', 'remount,size=256k', volume]);
      outbox.plan([message('z')], ['slack'], []);
      outbox.close();
      const lines = readFileSync(full, 'utf8').trimEnd().split('\n');
      expect(() => lines.map((line) => JSON.parse(line) as unknown)).not.toThrow();
      expect(pendingOf(full)).toMatchObject({ unreadable: 0 });
      expect(pendingOf(full).ids).toContain('z');
    } finally {
      spawnSync('umount', [volume]);
    }
  });
});
