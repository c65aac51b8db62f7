import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { KillLog } from './kill-log.js';

let folder: string;
let pipe: string;
let writer: number;

// A pipe answers as the kernel's log does: what is written is read once, and then there is nothing yet.
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kmsg-'));
  pipe = join(folder, 'kmsg');
  execFileSync('mkfifo', [pipe]);
  writer = openSync(pipe, constants.O_RDWR);
});

afterEach(() => {
  closeSync(writer);
  rmSync(folder, { recursive: true, force: true });
});

const group = `/docker/${'ab'.repeat(32)}`;
const record = (text: string) => `6,339,5140900,-;${text}\n SUBSYSTEM=x\n`;

function read(...records: string[]) {
  const log = KillLog.open([join(folder, 'none'), pipe]) as KillLog;
  const kills = records.flatMap((text) => {
    writeSync(writer, text);
    return log.read();
  });
  log.close();
  return kills;
}

test('a kill has the pid, the name and the group of its victim', () => {
  const kills = read(
    record(
      `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=${group},task_memcg=${group}/x,task=java,pid=77,uid=0`,
    ),
    record('Memory cgroup out of memory: Killed process 77 (java) total-vm:3kB, anon-rss:2kB, file-rss:1kB'),
  );
  expect(kills).toEqual([{ pid: 77, comm: 'java', group: `${group}/x` }]);
});

test.each([
  ['Out of memory: Killed process 9 (a) b) total-vm:3kB', 'a) b'],
  ['Memory cgroup out of memory: Killed process 9 (x\\x0a\\xff), UID 33, total-vm:3kB', 'x\n\\xff'],
  ['Memory cgroup out of memory: Killed process 9 (\\xe2\\x80\\xae\\x5c) total-vm:3kB', '\u202e\\'],
])('%s', (text, comm) => {
  expect(read(record(text))).toEqual([{ pid: 9, comm, group: undefined }]);
});

test('what is no kill, and no record at all, is passed over', () => {
  expect(read(record('usb 1-1: new device'), 'nothing', record('Killed process x (y) total-vm:1kB'))).toEqual([]);
});

test('what was written before it was opened is not told', () => {
  writeSync(writer, record('Out of memory: Killed process 9 (old) total-vm:3kB'));
  expect(read(record('Out of memory: Killed process 10 (new) total-vm:3kB'))).toMatchObject([{ comm: 'new' }]);
});

test('there is none where no place may be read', () => {
  expect(KillLog.open([join(folder, 'none')])).toBeUndefined();
});
