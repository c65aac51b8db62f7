import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readCgroupLimits } from '../host/cgroup-limits.js';
import { DiskReader, realMounts } from '../host/disks.js';
import { parseDisks, parseNetwork } from '../host/linux-io.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'readings-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

describe('limits of the control group', () => {
  test('version 2', () => {
    put('cpu.max', '150000 100000\n');
    put('memory.max', '536870912\n');
    expect(readCgroupLimits(folder)).toEqual({ coresLimit: 1.5, memLimitBytes: 536_870_912 });
  });

  test('version 1', () => {
    put('cpu/cpu.cfs_quota_us', '50000\n');
    put('cpu/cpu.cfs_period_us', '100000\n');
    put('memory/memory.limit_in_bytes', '1073741824\n');
    expect(readCgroupLimits(folder)).toEqual({ coresLimit: 0.5, memLimitBytes: 1_073_741_824 });
  });

  test('none', () => {
    put('cpu.max', 'max 100000\n');
    put('memory.max', 'max\n');
    expect(readCgroupLimits(folder)).toEqual({});
    put('memory.max', '9223372036854771712\n');
    expect(readCgroupLimits(folder)).toEqual({});
    expect(readCgroupLimits(join(folder, 'nowhere'))).toEqual({});
  });
});

describe('disks', () => {
  const table = [
    '/dev/sda1 / ext4 rw,relatime 0 0',
    'proc /proc proc rw 0 0',
    'tmpfs /run tmpfs rw 0 0',
    String.raw`/dev/sdb1 /data\040disk xfs rw 0 0`,
    '/dev/sda1 /var/lib/bind ext4 rw 0 0',
    '/dev/loop3 /snap/core/1 squashfs ro 0 0',
    'overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0',
  ].join('\n');

  test('only real file systems count, each device once', () => {
    expect(realMounts(table).map(({ path }) => path)).toEqual(['/', '/data disk']);
  });

  test('they are read where the root of the host is seen, and not at every tick', () => {
    put('mounts', '/dev/sda1 / ext4 rw 0 0\n/dev/sdb /missing ext4 rw 0 0\n');
    const reader = new DiskReader(join(folder, 'mounts'), folder);
    const first = reader.read(0);
    expect(first).toEqual([{ path: '/', usedPercent: expect.any(Number), inodesPercent: expect.any(Number) }]);
    expect(reader.read(9_999)).toBe(first);
    expect(reader.read(10_000)).not.toBe(first);
  });
});

describe('counters of disks and networks', () => {
  test('partitions and devices made of others do not count twice', () => {
    const text = [
      '   8       0 sda 100 0 2000 0 50 0 400 0 0 0 0',
      '   8       1 sda1 90 0 1900 0 45 0 390 0 0 0 0',
      ' 259       0 nvme0n1 10 0 20 0 5 0 4 0 0 0 0',
      ' 259       1 nvme0n1p1 9 0 19 0 4 0 3 0 0 0 0',
      '   7       0 loop0 1 0 1 0 1 0 1 0 0 0 0',
      ' 253       0 dm-0 100 0 2000 0 50 0 400 0 0 0 0',
      ' 254       0 vda1 1 0 2 0 3 0 4 0 0 0 0',
    ].join('\n');
    expect(parseDisks(text)).toEqual({ reads: 111, writes: 58, readBytes: 2022 * 512, writtenBytes: 408 * 512 });
  });

  test('only what leaves the host counts', () => {
    const text = [
      'Inter-|   Receive                                                |  Transmit',
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
      '    lo: 999 9 0 0 0 0 0 0 999 9 0 0 0 0 0 0',
      '  eth0: 1000 10 0 0 0 0 0 0 500 5 0 0 0 0 0 0',
      ' wlan0:2000 20 0 0 0 0 0 0 700 7 0 0 0 0 0 0',
      'vethab: 5 5 0 0 0 0 0 0 5 5 0 0 0 0 0 0',
    ].join('\n');
    expect(parseNetwork(text)).toEqual({ rxBytes: 3000, rxPackets: 30, txBytes: 1200, txPackets: 12 });
  });
});
