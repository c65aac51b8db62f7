import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';
import { takePort } from '../support/taken-port.js';

const root = join(import.meta.dirname, '..', '..');
const groups: number[] = [];
const apps: RunningApp[] = [];
afterEach(async () => {
  await stopAll(apps.splice(0));
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // Nobody of the group is left.
    }
  }
});

/** `npm start` as a shell runs it: a process group of its own, which gets Ctrl-C as a whole. */
function npmStart(env: Record<string, string>) {
  const child = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, AMBERWATCH_PORT: '0', AMBERWATCH_CONTROL_PORT: '0', AMBERWATCH_INTERVAL: '1s', ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  groups.push(child.pid as number);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const closeTerminal = () => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  return { pid: child.pid as number, output: () => output, exited, closeTerminal };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('npm start', () => {
  it('runs all four, says which address to open, and Ctrl-C ends all with status 0', async () => {
    const started = npmStart({ AMBERWATCH_DATA: temporaryFolder(), NO_COLOR: '1' });
    const url = await waitUntil(
      'all are up',
      () => /Amberwatch is up\. Open (http:\S+)\//.exec(started.output())?.[1],
      60_000,
    );
    for (const name of ['server', 'collector', 'prediction', 'alarm'])
      expect(started.output()).toMatch(new RegExp(`^${name} *\\| `, 'm'));
    const usage = await waitUntil('samples', async () => {
      const answer = (await (await fetch(`${url}/ressources-usage/get-all`)).json()) as Record<string, unknown>;
      return Object.keys(answer).length > 1 && answer;
    });
    expect(Object.keys(usage)).toContain('node');
    expect(started.output()).not.toContain('\u001b[');
    const before = started.output().length;
    process.kill(-started.pid, 'SIGINT');
    process.kill(-started.pid, 'SIGINT');
    expect(await started.exited).toBe(0);
    expect(() => process.kill(-started.pid, 0)).toThrow('ESRCH');
    const goodbye = started.output().slice(before);
    expect(goodbye).not.toMatch(/exit|code 0|ERROR/);
  }, 120_000);

  it('passes colours through where it is told to', async () => {
    const environment = { AMBERWATCH_DATA: temporaryFolder(), FORCE_COLOR: '1', NO_COLOR: '' };
    const started = npmStart(environment);
    await waitUntil('a coloured prefix', () => started.output().includes('\u001b['), 60_000);
    process.kill(-started.pid, 'SIGTERM');
    expect(await started.exited).toBe(0);
  }, 120_000);

  it('ends with one clear sentence where the port is taken', async () => {
    const port = await takePort();
    const started = npmStart({ AMBERWATCH_DATA: temporaryFolder(), AMBERWATCH_PORT: port, NO_COLOR: '1' });
    expect(await started.exited).toBe(1);
    expect(started.output().match(new RegExp(port, 'g'))).toHaveLength(1);
    expect(started.output()).toContain(
      `127.0.0.1:${port} is taken by another program. Stop it, or set AMBERWATCH_PORT to another port.`,
    );
    expect(started.output()).toContain('Amberwatch did not start: what its server said is above.');
    expect(started.output()).not.toMatch(/^\s+at /m);
  }, 120_000);

  it('says which of the four does not start, and ends the others with it', async () => {
    const port = await takePort();
    const started = npmStart({ AMBERWATCH_DATA: temporaryFolder(), AMBERWATCH_CONTROL_PORT: port, NO_COLOR: '1' });
    expect(await started.exited).toBe(1);
    expect(started.output()).toMatch(new RegExp(`^collector  \\| .*control port ${port} can't be used`, 'm'));
    expect(started.output()).toContain('Amberwatch did not start: what its collector said is above.');
    expect(started.output()).not.toContain('Amberwatch is up');
    expect(() => process.kill(-started.pid, 0)).toThrow('ESRCH');
  }, 120_000);

  it('starts all where services say nothing but warnings', async () => {
    const started = npmStart({ AMBERWATCH_DATA: temporaryFolder(), LOG_LEVEL: 'error', NO_COLOR: '1' });
    await waitUntil('all are up', () => started.output().includes('Amberwatch is up.'), 60_000);
    process.kill(-started.pid, 'SIGTERM');
    expect(await started.exited).toBe(0);
  }, 120_000);

  it('leaves nothing behind where its terminal is closed', async () => {
    const started = npmStart({ AMBERWATCH_DATA: temporaryFolder(), NO_COLOR: '1' });
    await waitUntil('all are up', () => started.output().includes('Amberwatch is up.'), 60_000);
    started.closeTerminal();
    process.kill(-started.pid, 'SIGHUP');
    await waitUntil('all have ended', () => !isAlive(-started.pid));
  }, 120_000);

  it('leaves nothing behind where it is killed', async () => {
    const started = npmStart({ AMBERWATCH_DATA: temporaryFolder(), NO_COLOR: '1' });
    await waitUntil('all are up', () => started.output().includes('Amberwatch is up.'), 60_000);
    const runner = readFileSync(`/proc/${started.pid}/task/${started.pid}/children`, 'utf8').trim().split(' ')[0];
    process.kill(Number(runner), 'SIGKILL');
    await waitUntil('all have ended', () => !isAlive(-started.pid));
  }, 120_000);
});

describe('a server whose database is away', () => {
  it('starts, answers 503 with Retry-After, acknowledges nothing and says so once', async () => {
    const server = await startServer(temporaryFolder(), { INFLUX_URL: 'http://127.0.0.1:1', INFLUX_TOKEN: 'x' });
    apps.push(server);
    const data = [{ timestamp: Date.now() / 1000, value: 1, process_name: 'a', type_data: 'cpu' }];
    const init = {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ipaddress: 'x', data }),
    };
    const replies = [
      await fetch(`${server.url}/ressources-usage/save-all`, init),
      await fetch(`${server.url}/ressources-usage/save-all`, init),
      await fetch(`${server.url}/ressources-usage/get-all`),
      await fetch(`${server.url}/health/ready`),
    ];
    for (const reply of replies) {
      expect([reply.status, Number(reply.headers.get('retry-after'))]).toEqual([503, expect.any(Number)]);
      expect(await reply.json()).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('127.0.0.1:1'),
      });
    }
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect(server.output().match(/Samples are not taken/g)).toHaveLength(1);
  }, 60_000);
});

describe('a server that is stopped', () => {
  it('answers readers that wait, ends streams and leaves at once', async () => {
    const server = await startServer(temporaryFolder());
    apps.push(server);
    const { cursor } = (await (await fetch(`${server.url}/api/v1/samples`)).json()) as { cursor: string };
    const waiting = fetch(`${server.url}/api/v1/samples?after=${cursor}&wait=20`);
    const stream = await fetch(`${server.url}/api/v1/stream`);
    const begun = performance.now();
    const stopped = server.stop('SIGTERM');
    expect((await waiting).status).toBe(200);
    await stream.text();
    expect(await stopped).toBe(0);
    expect(performance.now() - begun).toBeLessThan(10_000);
  }, 60_000);
});
