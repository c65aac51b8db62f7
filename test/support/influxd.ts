import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.js';

/** A real InfluxDB 2.x for tests. */
export interface TestInflux {
  url: string;
  token: string;
  org: string;
  /** Process of an influxd that was started here. */
  pid?: number;
  /** Ends an influxd that was started here as a power cut does. */
  kill?: () => Promise<void>;
  /** Starts it again on its files and its port; resolves once it is well. */
  startAgain?: () => Promise<void>;
  stop: () => Promise<void>;
}

const START_LIMIT_MS = 60_000;

/**
 * Finds or starts an InfluxDB: `INFLUX_TEST_URL` (with `INFLUX_TEST_TOKEN`, `INFLUX_TEST_ORG`), else a program named by
 * `INFLUXD`, on the PATH or built by `.ci/influxd.sh`, else Docker. Resolves with undefined, and says so in one loud
 * line, where there is none of them.
 */
export async function startInflux(): Promise<TestInflux | undefined> {
  const { INFLUX_TEST_URL: url, INFLUX_TEST_TOKEN: token = '', INFLUX_TEST_ORG: org = '' } = process.env;
  if (url) return { url, token, org, stop: async () => undefined };
  const program = findInfluxd();
  if (program) return startProgram(program);
  if (hasProgram('docker')) {
    const started = await startDocker().catch(() => undefined);
    if (started) return started;
  }
  process.stderr.write(
    'SKIPPED-SUITE: influxdb (no influxd found: set INFLUXD=<path> or INFLUX_TEST_URL, install Docker, or run bash .ci/influxd.sh)\n',
  );
  return undefined;
}

function hasProgram(name: string): boolean {
  return onPath(name) !== undefined;
}

function onPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** The program that is started here, where there is one. */
export function findInfluxd(): string | undefined {
  if (process.env['INFLUXD']) return process.env['INFLUXD'];
  const cache =
    process.env['AMBERWATCH_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'amberwatch');
  const built = join(cache, 'influxd-2.9.1', 'influxd');
  return onPath('influxd') ?? (existsSync(built) ? built : undefined);
}

/** Background jobs of a shell have no standard input, so that it is kept as descriptor 3 for the one that watches it. */
const watchdog =
  'exec 3<&0; "$@" & child=$!; echo $child >"$FOLDER/pid"; exec 2>/dev/null; (cat <&3 >/dev/null; kill $child) & wait $child';

async function startProgram(program: string): Promise<TestInflux> {
  const folder = await mkdtemp(join(tmpdir(), 'amberwatch-influxd-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let run = runProgram(program, folder, port);
  const pidOf = async () => Number(await readFile(join(folder, 'pid'), 'utf8'));
  const stop = async () => {
    await run.end();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilWell(url, run.hasEnded);
    const influx: TestInflux = { url, ...(await setUp(url)), pid: await pidOf(), stop };
    influx.kill = async () => {
      process.kill(influx.pid as number, 'SIGKILL');
      await run.end();
    };
    influx.startAgain = async () => {
      run = runProgram(program, folder, port);
      await untilWell(url, run.hasEnded);
      influx.pid = await pidOf();
    };
    return influx;
  } catch (error) {
    await stop();
    throw error;
  }
}

function runProgram(program: string, folder: string, port: number) {
  const files = ['--bolt-path', 'influxd.bolt', '--engine-path', 'engine', '--sqlite-path', 'influxd.sqlite'];
  const places = files.map((word) => (word.startsWith('--') ? word : join(folder, word)));
  const address = ['--http-bind-address', `127.0.0.1:${port}`];
  const quiet = ['--reporting-disabled', '--log-level', 'error'];
  // The shell ends influxd when this process is gone, crashed ones included: its standard input is a pipe from here.
  const child = spawn('sh', ['-c', watchdog, 'sh', program, 'run', ...places, ...address, ...quiet], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, FOLDER: folder },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    hasEnded: () => child.exitCode !== null,
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

async function startDocker(): Promise<TestInflux> {
  const port = await freePort();
  const child = spawn('docker', ['run', '--rm', '-i', '-p', `127.0.0.1:${port}:8086`, 'influxdb:2.7'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    child.kill();
    await ended;
  };
  try {
    await untilWell(url, () => child.exitCode !== null);
    return { url, ...(await setUp(url)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilWell(url: string, hasEnded: () => boolean): Promise<void> {
  const end = Date.now() + START_LIMIT_MS;
  for (;;) {
    const healthy = await fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    if (hasEnded()) throw new Error('influxd ended while it started');
    if (Date.now() > end) throw new Error(`influxd did not start within ${START_LIMIT_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function setUp(url: string): Promise<{ token: string; org: string }> {
  const access = { token: 'token-of-the-tests', org: 'tests' };
  const response = await fetch(`${url}/api/v2/setup`, {
    method: 'POST',
    body: JSON.stringify({ username: 'tests', password: 'password-of-the-tests', bucket: 'unused', ...access }),
  });
  if (!response.ok) throw new Error(`influxd refused its set-up: ${await response.text()}`);
  return access;
}
