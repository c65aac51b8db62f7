import { describe, expect, test } from '@jest/globals';
import { boundaryOf, identify } from './unit-identity.js';

const id = '4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970';
const inner = 'aaaa7c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970';
const uid = '74c13223-5a00-11e9-b385-42010a80018d';

describe('containers', () => {
  test.each([
    ['Docker, cgroupfs', `/docker/${id}`],
    ['Docker, systemd', `/system.slice/docker-${id}.scope`],
    ['Docker of a user', `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${id}.scope`],
    ['an old Docker in a container', `/${id}`],
    ['Podman, systemd', `/machine.slice/libpod-${id}.scope`],
    ['Podman, cgroupfs', `/libpod_parent/libpod-${id}`],
    ['CRI-O', `/kubepods.slice/kubepods-podx.slice/crio-${id}.scope`],
    ['containerd', `/kubepods/burstable/pod${uid}/${id}`],
    ['containerd, systemd', `/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-${id}.scope`],
    ['containerd that was told the wrong driver', `/system.slice/containerd.service/x.slice:cri-containerd:${id}`],
    ['nerdctl', `/system.slice/nerdctl-${id}.scope`],
    ['ECS', `/ecs/f3e2/${id}`],
    ['a container in a container', `/docker/${inner}/docker/${id}`],
  ])('%s', (_, path) => {
    expect(identify(path)).toEqual({ kind: 'container', container: id, name: '' });
    expect(boundaryOf(path)).toBe(path);
    expect(boundaryOf(`${path}/init`)).toBe(path);
    expect(boundaryOf(`${path}/system.slice/cron.service`)).toBe(path);
  });

  test.each([
    ['LXC', '/lxc.payload.web-1', 'web-1'],
    ['LXC with folders', '/lxc/web-1', 'web-1'],
    ['systemd-nspawn', '/machine.slice/systemd-nspawn@web-1.service', 'web-1'],
    ['Fargate', `/ecs/${'ab'.repeat(16)}/${'cd'.repeat(16)}-123`, undefined],
  ])('%s has its name in the path', (_, path, containerName) => {
    expect(identify(path)).toMatchObject({ kind: 'container', name: '', ...(containerName ? { containerName } : {}) });
    expect(boundaryOf(`${path}/system.slice/cron.service`)).toBe(path);
  });

  test.each([`/machine.slice/libpod-conmon-${id}.scope`, `/kubepods.slice/crio-conmon-${id}.scope`])(
    'the monitor in %s is no container',
    (path) => {
      expect(identify(path)).toMatchObject({ kind: 'scope', name: path.split('/').at(-1) });
    },
  );

  test('a part of a container with a limit of its own goes by both names', () => {
    expect(identify(`/docker/${id}/system.slice/cron.service`)).toEqual({
      kind: 'service',
      container: id,
      name: 'cron.service',
    });
    expect(identify(`/docker/${id}/a/b`)).toEqual({ kind: 'cgroup', container: id, name: 'a/b' });
  });
});

describe('pods', () => {
  test.each([
    `/kubepods/burstable/pod${uid}`,
    `/kubepods/pod${uid}`,
    `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`,
    `/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice`,
  ])('%s', (path) => {
    expect(identify(path)).toEqual({ kind: 'pod', pod: uid, name: `pod${uid}` });
  });

  test('a static pod has a hash for its uid', () => {
    expect(identify(`/kubepods/burstable/pod${'ab'.repeat(16)}`)).toMatchObject({ kind: 'pod', pod: 'ab'.repeat(16) });
  });
});

describe('units of systemd', () => {
  test.each([
    ['/system.slice/checkout.service', 'service', 'checkout.service'],
    ['/system.slice/system-getty.slice/getty@tty1.service', 'service', 'getty@tty1.service'],
    ['/system.slice/app-a\\x2db.service', 'service', 'app-a\\x2db.service'],
    ['/system.slice/_cpu.service', 'service', 'cpu.service'],
    ['/init.scope', 'scope', 'init.scope'],
    ['/user.slice/user-1000.slice/session-3.scope', 'scope', 'session-3.scope'],
    ['/user.slice/user-1000.slice/user@1000.service/init.scope', 'scope', 'user@1000.service/init.scope'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/db.service', 'service', 'user@1000.service/db.service'],
    ['/system.slice', 'slice', 'system.slice'],
    ['/system.slice/foo.service/worker', 'cgroup', 'foo.service/worker'],
    ['/amberwatch-lab/redis', 'cgroup', 'amberwatch-lab/redis'],
  ])('%s is the %s %s', (path, kind, name) => {
    expect(identify(path)).toEqual({ kind, name });
  });

  test('what a service divides itself into belongs to it', () => {
    expect(boundaryOf('/system.slice/foo.service/a/b')).toBe('/system.slice/foo.service');
    expect(boundaryOf('/user.slice/user-1.slice/user@1.service/app.slice/x.service/y')).toBe(
      '/user.slice/user-1.slice/user@1.service/app.slice/x.service',
    );
    expect(boundaryOf('/build/job-1')).toBe('/build/job-1');
  });
});
