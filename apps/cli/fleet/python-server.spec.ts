import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testShell, type TestShell } from '../../../test/support/command-line.js';

const SERVERS = 150;
const SECONDS = 0.05;
const script = join(import.meta.dirname, '../../../test/fixtures/python-cluster.py');

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) process.stderr.write("SKIPPED-SUITE: Python's http.server (no python3 found)\n");

let shell: TestShell;
let python: ChildProcess;
beforeEach(() => {
  shell = testShell();
});
afterEach(async () => {
  python.kill();
  await shell.close();
});

async function serve(kind: string): Promise<string> {
  python = spawn('python3', [script, kind, String(SERVERS), String(SECONDS)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(createInterface(python.stdout as NodeJS.ReadableStream), 'line')) as [string];
  return port;
}

(hasPython ? describe : describe.skip)("a cluster behind Python's http.server, which queues five connections", () => {
  it.each([
    // One after the other takes 7.5 s, whatever else the machine does, and a connection that is dropped a second more.
    ['threading', 1],
    ['plain', 2],
  ])('is read whole and about as fast as it answers where it is %s', async (kind, share) => {
    const port = await serve(kind);
    const startedMs = performance.now();
    const { status, out } = await shell.amberwatch(['servers', '--port', port, '--json']);
    const seconds = (performance.now() - startedMs) / 1000;
    expect(status).toBe(0);
    const states = (JSON.parse(out) as { status: string; reason?: string }[]).map((one) => one.reason ?? one.status);
    expect(states).toEqual(Array.from({ length: SERVERS }, () => 'healthy'));
    expect(seconds).toBeLessThan(share * SERVERS * SECONDS);
  });
});
