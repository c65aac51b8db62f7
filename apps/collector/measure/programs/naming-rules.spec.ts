import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { containerOf, loadNaming, namingOf, unitOf } from './naming-rules.js';
import { ProcessFacts } from './program-name.js';

const ID = '0123456789abcdef'.repeat(4);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'naming-'));
  mkdirSync(join(folder, '7'));
  writeFileSync(join(folder, '7', 'cmdline'), 'java\0-Xmx1g\0-jar\0/srv/shop.jar\0--password=secret\0');
  writeFileSync(join(folder, '7', 'cgroup'), '0::/system.slice/shop.service\n');
  symlinkSync('/usr/lib/jvm/bin/java', join(folder, '7', 'exe'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function facts(comm = 'java'): ProcessFacts {
  return new ProcessFacts(join(folder, '7'), Buffer.from(comm));
}

describe('naming rules', () => {
  test.each([
    ['{comm}', 'java'],
    ['{exe}', 'java'],
    ['{name}!', 'java!'],
    ['{comm} {arg:3}', 'java /srv/shop.jar'],
    ['{unit}', 'shop'],
    ['plain', 'plain'],
  ])('%s gives %s', (name, expected) => {
    expect(namingOf([{ name }])(facts())).toBe(expected);
  });

  test('captures of the regular expression can be used by name and by number', () => {
    const name = namingOf([{ cmdline: String.raw`-jar \S*/(?<jar>\w+)\.jar`, name: '{comm}:{jar}:{1}' }]);
    expect(name(facts())).toBe('java:shop:shop');
  });

  test('the first rule that matches and can be filled wins', () => {
    const name = namingOf([
      { comm: 'python3', name: 'not this' },
      { exe: '/usr/bin/java', name: 'nor this' },
      { cgroup: 'docker', name: 'nor that' },
      { name: '{arg:99}' },
      { name: '{container}' },
      { comm: ['node', 'java'], exe: '/usr/lib/jvm/bin/java', name: 'this' },
      { name: 'too late' },
    ]);
    expect(name(facts())).toBe('this');
  });

  test('where no rule matches the name is the usual one', () => {
    expect(namingOf([{ comm: 'python3', name: 'no' }])(facts('bash'))).toBe('bash');
  });

  test('what is wrong in the file is said all at once, naming the file', () => {
    const path = join(folder, 'wrong.json');
    writeFileSync(path, JSON.stringify({ rules: [{ cmdline: '(', name: 'x' }, { nme: 'y' }] }));
    expect(() => loadNaming(path)).toThrow(/wrong\.json are wrong:\n.*rules\[0\]\.cmdline.*\n.*rules\[1\]/);
    expect(() => loadNaming(join(folder, 'missing.json'))).toThrow("can't be read");
  });

  test('containers and units are found in both versions of control groups', () => {
    expect(containerOf(`12:cpu:/docker/${ID}\n`)).toBe(ID.slice(0, 12));
    expect(containerOf(`0::/system.slice/docker-${ID}.scope\n`)).toBe(ID.slice(0, 12));
    expect(containerOf(`0::/kubepods/pod_x/cri-containerd-${ID}.scope`)).toBe(ID.slice(0, 12));
    expect(containerOf('0::/user.slice')).toBeUndefined();
    expect(unitOf('0::/user.slice/user-1000.slice/session-2.scope\n')).toBe('session-2');
    expect(unitOf('0::/\n')).toBeUndefined();
  });
});
