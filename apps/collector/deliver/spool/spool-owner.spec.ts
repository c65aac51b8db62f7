import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SpoolOwner } from './spool-owner.js';

let folder: string;
let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'owner-'));
  folder = join(parent, 'spool');
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

test('the second one is refused and told who the first one is', async () => {
  const first = new SpoolOwner(folder);
  expect(await first.claim('process 12 on web-1')).toBe(true);
  await expect(new SpoolOwner(folder).claim('process 13 on web-1')).rejects.toThrow('in use by process 12 on web-1');
  await first.release();
});

test('once the first one is gone the next one gets it', async () => {
  const first = new SpoolOwner(folder);
  await first.claim('process 12 on web-1');
  await first.release();
  const second = new SpoolOwner(folder);
  expect(await second.claim('process 13 on web-1')).toBe(true);
  await second.release();
});

test('what a killed process left behind keeps nobody away', async () => {
  mkdirSync(join(folder, 'owner'), { recursive: true });
  writeFileSync(join(folder, 'owner', 'a-dead-socket'), '');
  const owner = new SpoolOwner(folder);
  expect(await owner.claim('process 12 on web-1')).toBe(true);
  await owner.release();
});

test('a path that is too long for a socket is said by the answer, not by an exception', async () => {
  const deep = join(folder, ...Array.from({ length: 12 }, () => 'a-long-name-of-a-folder'));
  mkdirSync(deep, { recursive: true });
  expect(await new SpoolOwner(deep).claim('process 12 on web-1')).toBe(false);
});

test('of several that start at the same moment one gets it, whatever a killed process has left', async () => {
  for (let round = 0; round < 30; round++) {
    const place = join(parent, `spool-${round}`);
    mkdirSync(join(place, 'owner'), { recursive: true });
    if (round % 2 === 0) writeFileSync(join(place, 'owner', 'a-dead-socket'), '');
    const owners = Array.from({ length: 4 }, () => new SpoolOwner(place));
    const claims = await Promise.allSettled(owners.map((owner, at) => owner.claim(`process ${at}`)));
    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const owner of owners) await owner.release();
    expect(readdirSync(place)).toEqual([]);
  }
});
