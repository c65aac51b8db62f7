import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { testShell } from '../support/command-line.js';
import { type RunningApp, startProcess, stopAll, temporaryFolder } from '../support/processes.js';

const root = join(import.meta.dirname, '../..');
const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { amberwatch: string } };
const program = join(root, bin.amberwatch);
const environment = (): Record<string, string> => ({ DATA_JSON_PATH: join(temporaryFolder(), 'data.json') });

const running: RunningApp[] = [];
afterEach(() => stopAll(running.splice(0)));
const start = (...words: string[]) => {
  const app = startProcess(process.execPath, [program, ...words], environment(), tmpdir());
  running.push(app);
  return app;
};
/** A stand-in for a cluster, and its URL. */
const cluster = async (...words: string[]) => {
  const app = start('simulate', '--serve-servers', '0', ...words);
  return { app, url: (await app.waitFor(/http:\/\/[\d.:]+/))[0] };
};
const amberwatch = (...words: string[]) =>
  spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', env: { ...process.env, ...environment() } });

describe('the program amberwatch', () => {
  it('is executable', () => {
    expect(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([['--help'], ['completion', 'bash'], ['alarts']])(
    'loads no package and hardly a file of its own for `%s`, so that it starts like node itself',
    (...words) => {
      const hook = join(root, 'test/support/loaded-modules.mjs');
      const { stderr } = spawnSync(process.execPath, ['--import', hook, program, ...words], { encoding: 'utf8' });
      const loaded = stderr.split('\n').flatMap((line) => /^loaded file:(.*)/.exec(line)?.[1] ?? []);
      expect(loaded).toContainEqual(expect.stringContaining('/dist/apps/cli/main.js'));
      expect(loaded.filter((path) => path.includes('/node_modules/') || path.includes('/libs/domain/'))).toEqual([]);
      expect(loaded.length).toBeLessThan(20);
    },
  );

  it('reads 150 servers of 50 ms each sooner than one after the other takes, however busy the machine is', async () => {
    const { url } = await cluster('--latency', '50ms');
    const shell = testShell();
    const started = performance.now();
    const { out } = await shell.amberwatch(['servers', '--url', url, '--json', '--fresh']);
    expect(performance.now() - started).toBeLessThan(150 * 50);
    await shell.close();
    const rows = JSON.parse(out) as { status: string }[];
    expect(rows).toHaveLength(150);
    expect(rows.filter(({ status }) => status === 'unknown')).toEqual([]);
  });

  it('ends without a word where its reader leaves early', async () => {
    const { url } = await cluster('--servers', '3000');
    const command = `"${process.execPath}" "${program}" servers --url ${url} | head -1`;
    const { stdout, stderr, status } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
      encoding: 'utf8',
      env: { ...process.env, ...environment() },
    });
    expect({ stdout: stdout.slice(0, 6), stderr: stderr.replace(/^\d+ of \d+ servers\n/gm, ''), status }).toEqual({
      stdout: 'SERVER',
      stderr: '',
      status: 0,
    });
  });

  it('ends a simulation at Ctrl-C with what was accepted and lost, and a stand-in cluster cleanly', async () => {
    const { app, url } = await cluster('--servers', '1');
    const simulation = start('simulate', '--hosts', '2', '--processes', '3', '--rate', '200ms', '--url', url, '--json');
    await simulation.waitFor(/Playing 2 hosts/);
    // The stand-in takes no samples, so every batch is lost, and the exit status says that nothing arrived.
    expect(await simulation.stop('SIGINT')).toBe(3);
    expect(JSON.parse(simulation.stdout())).toMatchObject({ hosts: 2, processes: 3, accepted: { samples: 0 } });
    expect(await app.stop('SIGINT')).toBe(0);
  });

  it.each([
    [['--port', 'abc'], 2],
    [['--port', '1', '--timeout', '1s'], 3],
  ])('ends with its status for servers %j', (words, status) => {
    expect(amberwatch('servers', ...words).status).toBe(status);
  });
});
