import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type HostMetric, hostMetrics } from '#domain';
import { LinuxMetricsReader } from './linux-metrics.reader.js';
import { PortableMetricsReader, type SystemSource } from './portable-metrics.reader.js';

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'amberwatch-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true, force: true }));

const write = (file: string, text: string) => {
  mkdirSync(dirname(join(proc, file)), { recursive: true });
  writeFileSync(join(proc, file), text);
};
const named = (points: HostMetric[], measurement: string) => points.filter((one) => one.measurement === measurement);

/** /proc as a machine of 2 cores had it. */
function writeTree() {
  write('stat', 'cpu  1000 100 500 8000 200 50 100 50 100 0\ncpu0 0\ncpu1 0\nintr 1\n');
  write('loadavg', '0.52 0.58 0.59 2/345 6789\n');
  write('uptime', '12345.67 23456.78\n');
  write(
    'meminfo',
    'MemTotal:        1006592 kB\nMemFree:          100000 kB\nMemAvailable:     611328 kB\nBuffers:           20000 kB\n' +
      'Cached:           400000 kB\nSwapCached:            0 kB\nActive:           300000 kB\nSwapTotal:        524284 kB\nSwapFree:         524000 kB\n',
  );
  write(
    'diskstats',
    '   7       0 loop0 20 0 40 1 0 0 0 0 0 1 1\n 259       0 nvme0n1 1000 10 20000 300 500 5 8000 400 1 600 700 0 0 0 0\n' +
      ' 259       1 nvme0n1p1 0 0 0 0 0 0 0 0 0 0 0\n',
  );
  write(
    '1/net/dev',
    'Inter-|   Receive                                                |  Transmit\n' +
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n' +
      '    lo:  100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0\n' +
      '  eth0: 5000      40    1    2    0     0          0         0     9000      80    3    4    0     0       0          0\n',
  );
  write(
    '1/mounts',
    '/dev/nvme0n1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n/dev/sdb1 /mnt/my\\040data xfs ro 0 0\n',
  );
}

const linux = () =>
  new LinuxMetricsReader({
    proc,
    root: '/',
    statfs: (path) => {
      if (path !== '/') throw new Error('not to be seen');
      return { bsize: 4096, blocks: 1000, bfree: 400, bavail: 350, files: 200, ffree: 150 };
    },
  });

describe('host metrics on Linux', () => {
  it('give the share of each CPU state between two readings, guests taken out of their users', () => {
    writeTree();
    const reader = linux();
    expect(named(reader.read(), 'cpu')).toEqual([]);
    write('stat', 'cpu  1100 100 550 8800 230 50 110 60 140 0\ncpu0 0\ncpu1 0\n');
    expect(named(reader.read(), 'cpu')).toEqual([
      {
        measurement: 'cpu',
        tags: { cpu: 'cpu-total' },
        fields: {
          usage_user: 6,
          usage_nice: 0,
          usage_system: 5,
          usage_idle: 80,
          usage_iowait: 3,
          usage_irq: 0,
          usage_softirq: 1,
          usage_steal: 1,
          usage_guest: 4,
          usage_guest_nice: 0,
        },
      },
    ]);
  });

  it('give load, uptime, memory and swap', () => {
    writeTree();
    const points = linux().read();
    expect(named(points, 'system')).toEqual([
      { measurement: 'system', tags: {}, fields: { load1: 0.52, load5: 0.58, load15: 0.59, n_cpus: 2, uptime: 12345 } },
    ]);
    expect(named(points, 'mem')[0]?.fields).toMatchObject({
      total: 1006592 * 1024,
      available: 611328 * 1024,
      used: 395264 * 1024,
      used_percent: 39.268,
      buffered: 20000 * 1024,
      swap_total: 524284 * 1024,
      swap_free: 524000 * 1024,
    });
  });

  it('give use and inodes of each real disk that can be seen', () => {
    writeTree();
    expect(named(linux().read(), 'disk')).toEqual([
      {
        measurement: 'disk',
        tags: { path: '/', device: 'nvme0n1', fstype: 'ext4', mode: 'rw' },
        fields: {
          total: 4096000,
          free: 1433600,
          used: 2457600,
          used_percent: 63.158,
          inodes_total: 200,
          inodes_free: 150,
          inodes_used: 50,
          inodes_used_percent: 25,
        },
      },
    ]);
  });

  it('give counters of disks and networks, without loops, idle devices and the loopback', () => {
    writeTree();
    const points = linux().read();
    expect(named(points, 'diskio')).toEqual([
      {
        measurement: 'diskio',
        tags: { name: 'nvme0n1' },
        fields: {
          reads: 1000,
          merged_reads: 10,
          read_bytes: 10_240_000,
          read_time: 300,
          writes: 500,
          merged_writes: 5,
          write_bytes: 4_096_000,
          write_time: 400,
          iops_in_progress: 1,
          io_time: 600,
          weighted_io_time: 700,
        },
      },
    ]);
    expect(named(points, 'net')).toEqual([
      {
        measurement: 'net',
        tags: { interface: 'eth0' },
        fields: {
          bytes_recv: 5000,
          packets_recv: 40,
          err_in: 1,
          drop_in: 2,
          bytes_sent: 9000,
          packets_sent: 80,
          err_out: 3,
          drop_out: 4,
        },
      },
    ]);
  });

  it('give nothing where there is nothing to read', () => {
    expect(linux().read()).toEqual([]);
  });

  it('of this machine are what a batch may carry', () => {
    const reader = new LinuxMetricsReader({ proc: '/proc', root: '/' });
    reader.read();
    const points = reader.read();
    expect(hostMetrics.parse(points)).toEqual(points);
    const known = new Set(points.map(({ measurement }) => measurement));
    expect([...known]).toEqual(expect.arrayContaining(['system', 'mem']));
  });
});

describe('host metrics elsewhere', () => {
  const source: SystemSource = {
    currentLoad: () =>
      Promise.resolve({
        currentLoadUser: 10,
        currentLoadSystem: 5,
        currentLoadNice: 0,
        currentLoadIdle: 85,
        currentLoadIrq: 0,
        cpus: [{}, {}],
      }),
    mem: () =>
      Promise.resolve({
        total: 1000,
        free: 100,
        used: 900,
        active: 300,
        available: 600,
        buffcache: 50,
        swaptotal: 10,
        swapfree: 9,
      }),
    fsSize: () =>
      Promise.resolve([{ fs: '/dev/disk1', type: 'APFS', size: 100, used: 30, available: 70, mount: '/', rw: true }]),
    fsStats: () => Promise.resolve({ rx: 11, wx: 12 }),
    disksIO: () => Promise.resolve({ rIO: 1, wIO: 2 }),
    networkStats: () =>
      Promise.resolve([
        { iface: 'en0', rx_bytes: 1, tx_bytes: 2, rx_errors: 3, tx_errors: 4, rx_dropped: 5, tx_dropped: 6 },
        { iface: 'lo0', rx_bytes: 1, tx_bytes: 2, rx_errors: 3, tx_errors: 4, rx_dropped: 5, tx_dropped: 6 },
      ]),
    time: () => ({ uptime: 77.5 }),
  };

  it('come under the same names', async () => {
    const points = await new PortableMetricsReader(source, () => [1, 2, 3]).read();
    expect(hostMetrics.parse(points)).toEqual(points);
    expect(points.map(({ measurement, tags }) => [measurement, tags])).toEqual([
      ['cpu', { cpu: 'cpu-total' }],
      ['system', {}],
      ['mem', {}],
      ['disk', { path: '/', device: '/dev/disk1', fstype: 'APFS', mode: 'rw' }],
      ['diskio', { name: 'total' }],
      ['net', { interface: 'en0' }],
    ]);
    expect(named(points, 'mem')[0]?.fields).toMatchObject({ used: 400, used_percent: 40 });
  });

  it('leave out what the system does not tell', async () => {
    const silent = {
      ...source,
      fsStats: () => Promise.resolve(null),
      disksIO: () => Promise.resolve(null),
      mem: () => Promise.reject(new Error('no')),
    };
    const points = await new PortableMetricsReader(silent, () => []).read();
    expect(points.map(({ measurement }) => measurement)).toEqual(['cpu', 'system', 'disk', 'net']);
  });
});
