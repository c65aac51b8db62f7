import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ContainerNames } from './container-names.js';
import { FixtureHost } from './host.fixture.js';
import { identify } from './unit-identity.js';
import { UnitNames } from './unit-names.js';

const id = '4f797c539e6c745de61a93ca3ff892358ecbcaccd8414d5db545c38428142970';
const uid = '74c13223-5a00-11e9-b385-42010a80018d';
let host: FixtureHost;
let names: ContainerNames;

beforeEach(() => {
  host = new FixtureHost();
  names = new ContainerNames(host.root);
});

afterEach(() => host.close());

describe('the name of a container', () => {
  const bundle = 'io.containerd.runtime.v2.task';
  const pod = {
    'io.kubernetes.cri.sandbox-name': 'cart-7f',
    'io.kubernetes.cri.sandbox-namespace': 'shop',
    'io.kubernetes.cri.container-name': 'app',
  };
  const sandbox = { ...pod, 'io.kubernetes.cri.container-name': undefined };
  const list = (name: string) =>
    JSON.stringify([
      { id: 'x', names: null },
      { id, names: [name], layer: 'y' },
    ]);

  test.each([
    ['Docker', `var/lib/docker/containers/${id}/config.v2.json`, '{"Name":"/web-1"}', 'web-1'],
    [
      'containerd',
      `run/containerd/${bundle}/k8s.io/${id}/config.json`,
      JSON.stringify({ annotations: pod }),
      'shop/cart-7f/app',
    ],
    [
      'k3s',
      `run/k3s/containerd/${bundle}/k8s.io/${id}/config.json`,
      JSON.stringify({ annotations: pod }),
      'shop/cart-7f/app',
    ],
    [
      "a pod's own",
      `run/containerd/${bundle}/k8s.io/${id}/config.json`,
      JSON.stringify({ annotations: sandbox }),
      'shop/cart-7f/POD',
    ],
    ['nerdctl', `run/containerd/${bundle}/default/${id}/config.json`, '{"annotations":{"nerdctl/name":"db"}}', 'db'],
    ['Podman', 'var/lib/containers/storage/overlay-containers/containers.json', list('db'), 'db'],
    [
      'CRI-O',
      'var/lib/containers/storage/overlay-containers/containers.json',
      list(`k8s_app_cart-7f_shop_${uid}_0`),
      'shop/cart-7f/app',
    ],
    ['the log of the kubelet', `var/log/containers/cart-7f_shop_app-${id}.log`, '', 'shop/cart-7f/app'],
  ])('of %s', (_, path, text, name) => {
    host.put({ [path]: text });
    expect(names.container(id)).toBe(name);
    expect(names.container('b'.repeat(64))).toBeUndefined();
  });

  test('that Podman gives later is found in the list that has changed', () => {
    const path = 'var/lib/containers/storage/overlay-containers/containers.json';
    host.put({ [path]: '[]' });
    expect(names.container(id)).toBeUndefined();
    host.put({ [path]: list('db') });
    expect(names.container(id)).toBe('db');
  });
});

test('a pod is named by the folder of its logs', () => {
  host.put({ [`var/log/pods/shop_cart-7f_${uid}/app/0.log`]: '' });
  expect(names.pod(uid)).toBe('shop/cart-7f');
  expect(names.pod(uid.replace('7', '8'))).toBeUndefined();
});

test('files that are none, or hold anything, name nothing or something that a name may be', () => {
  const config = `var/lib/docker/containers/${id}/config.v2.json`;
  const bundle = `run/containerd/io.containerd.runtime.v2.task/k8s.io/${id}/config.json`;
  const storage = 'var/lib/containers/storage/overlay-containers/containers.json';
  const text = fc.string({ unit: 'binary', maxLength: 600 });
  const json = fc.oneof(
    fc.json(),
    text,
    text.map((Name) => JSON.stringify({ Name })),
    text.map((name) => JSON.stringify({ annotations: { 'nerdctl/name': name } })),
    text.map((name) => JSON.stringify([{ id, names: [name] }])),
    fc.constant('{"Name":"\\ud800\\u202e\\n"}'),
  );
  fc.assert(
    fc.property(json, json, json, (...[one, two, three]) => {
      host.put({ [config]: one, [bundle]: two, [storage]: three });
      const path = `/docker/${id}`;
      const name = new UnitNames(new ContainerNames(host.root)).take(identify(path), path);
      expect(name.isWellFormed()).toBe(true);
      expect(Array.from(name).length).toBeGreaterThan(0);
      expect(Array.from(name).length).toBeLessThanOrEqual(255);
    }),
    { numRuns: 200 },
  );
});

test('a folder in the place of a file names nothing', () => {
  mkdirSync(join(host.root, `var/lib/docker/containers/${id}/config.v2.json`), { recursive: true });
  expect(names.container(id)).toBeUndefined();
});

test('bytes of a path that are no text are escaped, and what is too long keeps a mark of the whole', () => {
  const own = new UnitNames(names);
  expect(own.take(identify('/a\xff\x01'), '/a\xff\x01')).toBe('a\\xff\x01');
  const long = `/${'x'.repeat(200)}/${'y'.repeat(200)}`;
  expect(own.take(identify(long), long)).toMatch(/^x{200}\/y{45}~[0-9a-f]{8}$/);
});
