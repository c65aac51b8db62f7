import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sampleBatch } from '#domain/sample-batch';
import { unitSample } from '#domain/unit';
import { ProgramTable } from '../programs/program-table.js';
import { FixtureHost, HOST_MEMORY, v2Files } from './host.fixture.js';
import type { UnitWatch } from './unit-watch.js';

const MIB = 1024 ** 2;
const id = '4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970';
let host: FixtureHost;
let watch: UnitWatch;

beforeEach(() => {
  host = new FixtureHost();
});

afterEach(() => {
  watch.close();
  host.close();
});

describe('a service under version 2', () => {
  const path = '/system.slice/checkout.service';

  test('has its working set, limits, pressure and CPU, as the kernel accounts for them', () => {
    host.group(
      path,
      v2Files({ usage: 200 * MIB, inactive: 50 * MIB, limit: `${512 * MIB}`, cpuUs: 1e6, quota: '150000' }),
    );
    host.start(10, `0::${path}\n`);
    host.start(11, `0::${path}\n`);
    watch = host.watch();
    expect(watch.read(host.reading())).toEqual([
      {
        unit: 'checkout.service',
        kind: 'service',
        processes: 2,
        cpu: null,
        cpuLimit: 150,
        memBytes: 150 * MIB,
        memLimitBytes: 512 * MIB,
        oomKills: 0,
        pids: 3,
        pidsLimit: 4915,
        cpuPressure: 1.5,
        memPressure: 0,
        ioPressure: 33.33,
      },
    ]);
    host.group(path, { 'cpu.stat': 'usage_usec 6000000\nnr_periods 100\nnr_throttled 25\n' });
    expect(watch.read(host.reading())[0]).toMatchObject({ cpu: 50, throttled: 25 });
  });

  test('is limited by what it lies in, and not by more than the host has', () => {
    host.group('/system.slice', v2Files({ limit: `${100 * MIB}`, quota: '50000' }));
    host.group(path, v2Files({ usage: 20 * MIB, limit: `${HOST_MEMORY}` }));
    host.start(10, `0::${path}\n`);
    watch = host.watch();
    expect(watch.read(host.reading())).toMatchObject([
      { unit: 'system.slice', kind: 'slice', processes: 1, memLimitBytes: 100 * MIB, cpuLimit: 50 },
      { unit: 'checkout.service', memLimitBytes: 100 * MIB, cpuLimit: 50 },
    ]);
  });

  test('has no slice for a unit where that limits nothing', () => {
    host.group('/system.slice', v2Files());
    host.group(path, v2Files());
    host.start(10, `0::${path}\n`);
    watch = host.watch();
    expect(watch.read(host.reading()).map(({ unit }) => unit)).toEqual(['checkout.service']);
  });

  test('is read again, with a new limit, within a minute', () => {
    host.group(path, v2Files({ usage: MIB }));
    host.start(10, `0::${path}\n`);
    watch = host.watch();
    expect(watch.read(host.reading())[0]?.memLimitBytes).toBeNull();
    host.group(path, v2Files({ usage: MIB, limit: `${64 * MIB}` }));
    const later = Array.from({ length: 6 }, () => watch.read(host.reading())[0]?.memLimitBytes);
    expect(later.at(-1)).toBe(64 * MIB);
  });

  test('that is idle is not asked for what can not have changed', () => {
    const quiet = { 'cpu.pressure': '', 'memory.pressure': '', 'io.pressure': '' };
    host.group(path, { ...v2Files({ usage: 10 * MIB, cpuUs: 5 }), ...quiet });
    host.start(10, `0::${path}\n`);
    watch = host.watch();
    watch.read(host.reading());
    host.group(path, { 'memory.stat': `inactive_file ${4 * MIB}\n` });
    const seen = Array.from({ length: 6 }, () => watch.read(host.reading())[0]?.memBytes);
    expect(seen.filter((bytes) => bytes === 10 * MIB).length).toBeGreaterThan(0);
    expect(seen.at(-1)).toBe(6 * MIB);
    host.group(path, v2Files({ usage: 12 * MIB, inactive: MIB, cpuUs: 6 }));
    expect(watch.read(host.reading())[0]).toMatchObject({ memBytes: 11 * MIB });
  });

  test('above half of its limit names its largest processes, the largest first', () => {
    host.group(path, v2Files({ usage: 60 * MIB, limit: `${100 * MIB}` }));
    for (const [at, rssBytes] of [3, 9, 1, 5].entries()) host.start(10 + at, `0::${path}\n`, { rssBytes });
    watch = host.watch();
    expect(watch.read(host.reading())[0]?.largest).toEqual([
      { process: 'program-11', pid: 11, rssBytes: 9, oomScore: 700 },
      { process: 'program-13', pid: 13, rssBytes: 5, oomScore: 700 },
      { process: 'program-10', pid: 10, rssBytes: 3, oomScore: 700 },
    ]);
    host.group(path, v2Files({ usage: 40 * MIB, limit: `${100 * MIB}`, cpuUs: 1 }));
    expect(watch.read(host.reading())[0]?.largest).toBeUndefined();
  });
});

describe('kills', () => {
  const path = '/system.slice/checkout.service';
  const vmstat = (kills: number) => host.put({ 'proc/vmstat': `nr_free_pages 1\noom_kill ${kills}\nswap_ra 0\n` });

  beforeEach(() => vmstat(7));

  test('are counted from the first sight on, and the victim is the largest that has ended', () => {
    host.group(path, v2Files({ kills: 5 }));
    host.start(10, `0::${path}\n`, { rssBytes: 10 });
    host.start(11, `0::${path}\n`, { rssBytes: 900, program: 'java' });
    host.start(12, `0::${path}\n`, { rssBytes: 20 });
    watch = host.watch();
    expect(watch.read(host.reading())[0]).toMatchObject({ oomKills: 0 });
    host.end(11);
    host.end(12);
    host.group(path, v2Files({ kills: 6 }));
    vmstat(8);
    expect(watch.read(host.reading())[0]).toMatchObject({ oomKills: 1, victim: 'java', processes: 1 });
    expect(watch.read(host.reading())[0]).toMatchObject({ oomKills: 0 });
    expect(watch.kills.elsewhere).toBe(0);
  });

  test('of a group that is made again are counted from 0', () => {
    host.group(path, v2Files({ kills: 5 }));
    host.start(10, `0::${path}\n`);
    watch = host.watch();
    watch.read(host.reading());
    host.group(path, v2Files({ kills: 2 }));
    vmstat(9);
    expect(watch.read(host.reading())[0]).toMatchObject({ oomKills: 2 });
  });

  test('of a group that was removed with its last process are told at its end', () => {
    host.group(path, v2Files({ usage: 90 * MIB, limit: `${100 * MIB}` }));
    host.group('/system.slice/other.service', v2Files({ usage: 9 * MIB, limit: `${100 * MIB}` }));
    host.start(10, `0::${path}\n`, { program: 'java' });
    host.start(11, '0::/system.slice/other.service\n');
    // A file of a real group answers no more once the group is gone; one of a folder does, on an open descriptor.
    watch = host.watch({ maxKept: 0 });
    watch.read(host.reading());
    for (const pid of [10, 11]) host.end(pid);
    host.removeGroup(path);
    host.removeGroup('/system.slice/other.service');
    vmstat(8);
    expect(watch.read(host.reading())).toEqual([
      {
        unit: 'checkout.service',
        kind: 'service',
        processes: 0,
        cpu: null,
        cpuLimit: null,
        memBytes: null,
        memLimitBytes: 100 * MIB,
        oomKills: 1,
        victim: 'java',
        pidsLimit: 4915,
      },
    ]);
    expect(watch.read(host.reading())).toEqual([]);
  });

  test('of what is in no unit are counted apart', () => {
    host.group(path, v2Files());
    host.start(10, `0::${path}\n`);
    watch = host.watch();
    watch.read(host.reading());
    vmstat(9);
    expect(watch.read(host.reading())[0]).toMatchObject({ oomKills: 0 });
    expect(watch.kills.elsewhere).toBe(2);
  });
});

describe('programs', () => {
  test('know their unit where all of their processes are in one', () => {
    host.group('/a.service', v2Files());
    host.group('/b.service', v2Files());
    host.start(10, '0::/a.service\n', { program: 'one' });
    host.start(11, '0::/a.service\n', { program: 'one' });
    host.start(12, '0::/a.service\n', { program: 'both' });
    host.start(13, '0::/b.service\n', { program: 'both' });
    host.start(14, '0::/\n', { program: 'none' });
    host.start(15, '0::/b.service\n', { program: 'other one' });
    host.start(16, '', { program: 'kthread', kernel: true });
    watch = host.watch();
    const reading = host.reading();
    const units = watch.read(reading).map(({ unit }) => unit);
    const { names, unit } = new ProgramTable().group(reading, 0, Date.now());
    expect(units).toEqual(['a.service', 'b.service']);
    expect(Object.fromEntries(names.map((name, at) => [name, unit[at]]))).toEqual({
      one: 0,
      both: null,
      none: null,
      'other one': 1,
      kthread: null,
    });
  });

  test('that are moved, or have gone, are found again', () => {
    host.group('/a.service', v2Files());
    host.group('/b.service', v2Files());
    host.start(10, '0::/a.service\n');
    watch = host.watch();
    watch.read(host.reading());
    host.put({ 'proc/10/cgroup': '0::/b.service\n' });
    expect(watch.read(host.reading()).map(({ unit }) => unit)).toEqual(['b.service']);
  });
});

describe('names', () => {
  test('of containers and pods come from the files of runtimes', () => {
    const pod = '74c13223-5a00-11e9-b385-42010a80018d';
    host.put({
      [`var/lib/docker/containers/${id}/config.v2.json`]: '{"Name":"/checkout","ID":"x"}',
      [`var/log/pods/shop_cart-7f_${pod}/app/0.log`]: '',
    });
    host.group(`/docker/${id}`, v2Files());
    host.group(`/kubepods/pod${pod}`, v2Files({ limit: '1000000' }));
    const container = 'b'.repeat(64);
    host.group(`/kubepods/pod${pod}/${container}`, v2Files());
    host.start(10, `0::/docker/${id}\n`);
    host.start(11, `0::/kubepods/pod${pod}/${container}\n`);
    watch = host.watch();
    expect(watch.read(host.reading()).map(({ unit, kind }) => [unit, kind])).toEqual([
      ['checkout', 'container'],
      ['shop/cart-7f', 'pod'],
      ['bbbbbbbbbbbb', 'container'],
    ]);
  });

  test('are never the same twice', () => {
    host.put({
      [`var/lib/docker/containers/${id}/config.v2.json`]: '{"Name":"/web"}',
      [`var/lib/docker/containers/${'b'.repeat(64)}/config.v2.json`]: '{"Name":"/web"}',
    });
    for (const [at, one] of [id, 'b'.repeat(64)].entries()) {
      host.group(`/docker/${one}`, v2Files());
      host.start(10 + at, `0::/docker/${one}\n`);
    }
    watch = host.watch();
    const names = watch.read(host.reading()).map(({ unit }) => unit);
    expect(names).toEqual(['web', expect.stringMatching(/^web~[0-9a-f]{8}$/)]);
  });
});

describe('hybrid and version 1', () => {
  const mounts = [
    '1 0 0:1 / ROOT/sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    '2 0 0:2 / ROOT/sys/fs/cgroup/cpu,cpuacct rw shared:5 - cgroup cgroup rw,cpu,cpuacct',
    '3 0 0:3 / ROOT/sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
    '4 0 0:4 / ROOT/sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
  ].join('\n');

  test('each number comes from the hierarchy that accounts for the unit', () => {
    const path = `/docker/${id}`;
    host.group(`/memory${path}`, {
      'memory.usage_in_bytes': `${30 * MIB}\n`,
      'memory.limit_in_bytes': `${64 * MIB}\n`,
      'memory.stat': `inactive_file 1\ntotal_inactive_file ${10 * MIB}\n`,
      'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 0\n',
    });
    host.group(`/cpu,cpuacct${path}`, {
      'cpuacct.usage': '1000000000\n',
      'cpu.cfs_quota_us': '20000\n',
      'cpu.cfs_period_us': '100000\n',
      'cpu.stat': 'nr_periods 10\nnr_throttled 1\nthrottled_time 1\n',
    });
    host.group(`/pids${path}`, { 'pids.current': '4\n', 'pids.max': 'max\n' });
    host.group(`/unified${path}`, { 'cpu.pressure': 'some avg10=2.00 avg60=0\n' });
    host.start(10, `5:memory:${path}\n4:cpu,cpuacct:${path}\n3:pids:${path}\n1:name=systemd:${path}\n0::${path}\n`);
    watch = host.watch({ mounts });
    watch.read(host.reading());
    host.group(`/cpu,cpuacct${path}`, {
      'cpuacct.usage': '3000000000\n',
      'cpu.stat': 'nr_periods 20\nnr_throttled 6\n',
    });
    expect(watch.read(host.reading())).toEqual([
      {
        unit: '4f797c539e6c',
        kind: 'container',
        processes: 1,
        cpu: 20,
        cpuLimit: 20,
        throttled: 50,
        memBytes: 20 * MIB,
        memLimitBytes: 64 * MIB,
        oomKills: 0,
        pids: 4,
        cpuPressure: 2,
      },
    ]);
  });

  test('a hierarchy that knows only what lies around the unit says nothing of it', () => {
    host.group('/memory/system.slice', { 'memory.usage_in_bytes': '999\n' });
    host.group('/unified/system.slice/a.service', { 'cpu.stat': 'usage_usec 1\n' });
    host.start(10, '5:memory:/system.slice\n1:name=systemd:/system.slice/a.service\n0::/system.slice/a.service\n');
    watch = host.watch({ mounts });
    expect(watch.read(host.reading())).toMatchObject([{ unit: 'a.service', memBytes: null, memLimitBytes: null }]);
  });

  test('"unlimited" of version 1 is no limit', () => {
    host.group('/memory/a', { 'memory.usage_in_bytes': '999\n', 'memory.limit_in_bytes': '9223372036854771712\n' });
    host.start(10, '5:memory:/a\n');
    watch = host.watch({ mounts });
    expect(watch.read(host.reading())).toMatchObject([{ unit: 'a', memBytes: 999, memLimitBytes: null }]);
  });
});

describe('what is not there', () => {
  test('a host whose processes are all in the root has no units, which is said once', () => {
    host.group('/');
    host.start(10, '0::/\n');
    watch = host.watch();
    expect([watch.read(host.reading()), watch.read(host.reading())]).toEqual([[], []]);
    expect(host.said).toEqual([expect.stringContaining('root control group')]);
  });

  test('processes whose group may not be read are counted, and that is said', () => {
    host.start(10, '0::/a\n');
    rmSync(join(host.proc, '10/cgroup'));
    watch = host.watch();
    expect(watch.read(host.reading())).toEqual([]);
    expect(watch.tree.unread).toBe(1);
    expect(host.said).toEqual([expect.stringContaining('may not be read')]);
  });

  test('a group that is removed within a tick leaves a unit without numbers, and then none', () => {
    host.group('/a', v2Files({ usage: 5 }));
    host.start(10, '0::/a\n');
    watch = host.watch();
    watch.read(host.reading());
    host.removeGroup('/a');
    host.end(10);
    expect(watch.read(host.reading())).toEqual([]);
  });
});

test('whatever stands in the files, a batch passes its schema', () => {
  const names = ['memory.current', 'memory.stat', 'memory.max', 'memory.events.local', 'cpu.stat', 'cpu.max'];
  const more = ['pids.current', 'pids.max', 'cpu.pressure', 'io.pressure'];
  const number = fc.oneof(
    fc.constantFrom('max', '-1', '', '1e99', '99999999999999999999999', '0.5'),
    fc.nat().map(String),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    number,
    fc
      .array(fc.tuple(fc.constantFrom('inactive_file', 'usage_usec', 'nr_periods', 'oom_kill', 'some avg10='), number))
      .map((lines) => lines.map((line) => line.join(' ')).join('\n')),
  );
  const group = fc
    .stringMatching(/^\/[^/\0\n]{1,40}(\/[^/\0\n]{1,40})?$/)
    .filter((path) => !/\/\.{1,2}(\/|$)/.test(path));
  watch = host.watch();
  fc.assert(
    fc.property(
      fc.tuple(group, group),
      fc.array(fc.dictionary(fc.constantFrom(...names, ...more), text), { minLength: 3, maxLength: 3 }),
      (paths, ticks) => {
        const fixture = new FixtureHost();
        try {
          for (const [at, path] of paths.entries()) {
            fixture.group(path);
            fixture.start(10 + at, `0::${Buffer.from(path).toString('latin1')}\n`);
            fixture.put({ [`proc/${10 + at}/cgroup`]: `0::${path}\n` });
          }
          const own = fixture.watch();
          for (const files of ticks) {
            for (const path of paths) fixture.group(path, files);
            const reading = fixture.reading();
            const units = own.read(reading);
            const { unit, ...columns } = new ProgramTable().group(reading, 10_000, Date.now());
            expect(units.length).toBeGreaterThan(0);
            for (const one of units) unitSample.parse(one);
            sampleBatch.parse({ id: 'abcdefgh', host: 'h', time: '2026-01-01T00:00:00.000Z', ...columns, units, unit });
          }
          own.close();
        } finally {
          fixture.close();
        }
      },
    ),
    { numRuns: 60 },
  );
});
