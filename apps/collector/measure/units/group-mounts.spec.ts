import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { GroupMounts } from './group-mounts.js';
import { FixtureHost } from './host.fixture.js';

let host: FixtureHost;

beforeEach(() => {
  host = new FixtureHost();
});

afterEach(() => host.close());

const PID = 4242;
const mounts = (text: string) => new GroupMounts(text.replaceAll('ROOT', host.root), host.root, PID);

test('what is mounted below the root of the host goes before what is mounted for the container itself', () => {
  const own = mounts(
    '1 0 0:1 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n2 0 0:1 / ROOT/sys/fs/cgroup ro - cgroup2 cgroup rw',
  );
  expect(own.folder('unified', '/a')).toBe(`${host.root}/sys/fs/cgroup/a`);
  expect(mounts('1 0 0:1 / /sys/fs/cgroup ro - cgroup2 cgroup rw').folder('unified', '/')).toBe('/sys/fs/cgroup');
});

test('a mount point with blanks, and one that holds only a part, are understood', () => {
  const own = mounts('1 0 0:1 /docker/x ROOT/a\\040b rw master:2 - cgroup cgroup rw,memory');
  expect(own.folder('memory', '/y')).toBe(`${host.root}/a b/y`);
  expect(own.resolve({ memory: '/docker/x/y' })).toEqual({ memory: '/y' });
  expect(own.resolve({ memory: '/docker/xy' })).toEqual({});
  expect(own.resolve({ memory: '/docker/x' })).toEqual({ memory: '/' });
});

test('paths relative to the namespace of the reader are those of the host', () => {
  host.group('/system.slice/other.service', { 'cgroup.procs': '1\n2\n' });
  host.group('/system.slice/docker-abc.scope', { 'cgroup.procs': `7\n${PID}\n` });
  const own = mounts('1 0 0:1 /../.. ROOT/sys/fs/cgroup ro - cgroup2 cgroup rw');
  expect(own.resolve({ unified: '/../other.service' })).toEqual({ unified: '/system.slice/other.service' });
  expect(own.resolve({ unified: '/../../init.scope' })).toEqual({ unified: '/init.scope' });
  expect(own.resolve({ unified: '/worker' })).toEqual({ unified: '/system.slice/docker-abc.scope/worker' });
  expect(own.resolve({ unified: '/../../../x' })).toEqual({});
});

test('where the own group is not found, only what the dots lead to the top of is known', () => {
  host.group('/system.slice/other.service', { 'cgroup.procs': '1\n' });
  const own = mounts('1 0 0:1 /../.. ROOT/sys/fs/cgroup ro - cgroup2 cgroup rw');
  expect(own.resolve({ unified: '/../other.service' })).toEqual({});
  expect(own.resolve({ unified: '/../../init.scope' })).toEqual({ unified: '/init.scope' });
});

test('a container that sees only its own groups sees no others', () => {
  const own = mounts('1 0 0:1 / /sys/fs/cgroup ro - cgroup2 cgroup rw');
  expect(own.resolve({ unified: '/../../system.slice/a.service' })).toEqual({});
});

test('no path leads out of the tree, and lines that are none are passed over', () => {
  const own = mounts('\nx\n1 0 0:1 / ROOT/c rw - cgroup2 c rw\n1 0 0:1 / /proc rw - proc proc rw\n1 - cgroup2\n');
  expect(own.resolve({ unified: '/a/../../etc' })).toEqual({});
  expect(own.resolve({ unified: '/a/b' })).toEqual({ unified: '/a/b' });
  expect(mounts('nothing').any).toBe(false);
});
