// What a user of `docker compose up` gets, seen from outside. Started by run.sh, which sets the engine, the project and the image.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hardeningProblems, insideProblems, insideScript } from './hardening.mjs';

const compose = (process.env.COMPOSE ?? 'docker compose').split(' ');
const project = process.env.COMPOSE_PROJECT_NAME;
if (!project) throw new Error('COMPOSE_PROJECT_NAME is not set: start this by test/compose/run.sh');

const services = ['influxdb', 'server', 'collector', 'prediction', 'alarm'];
/** Longest life of the process that burns a core, whatever happens to this test. */
const BURN_LIMIT_S = 120;
const HTTP_LIMIT_MS = 10_000;

const started = Date.now();
const note = (text) => process.stderr.write(`compose: ${((Date.now() - started) / 1000).toFixed(0)} s ${text}\n`);

/** Runs a command to its end, at most `limit` ms; what it wrote comes back, and an error where it failed and `check` is on. */
async function run(command, args, { limit = 60_000, check = true, env = environment } = {}) {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: limit, killSignal: 'SIGKILL' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const [code, signal] = await once(child, 'close');
  if (check && code !== 0) {
    throw new Error(`${[command, ...args].join(' ')} ended with ${signal ?? code}:\n${stdout}${stderr}`.trim());
  }
  return { code, stdout, stderr };
}

const dc = (args, options) => run(compose[0], [...compose.slice(1), ...args], options);

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** The first value other than undefined that `probe` gives, asked once a second. */
async function until(what, seconds, probe) {
  const end = Date.now() + seconds * 1000;
  let problem;
  for (let round = 0; ; round += 1) {
    try {
      const value = await probe();
      if (value !== undefined) return value;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    if (stopping) throw new Error('stopped');
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`, problem ? { cause: problem } : undefined);
    if (round % 15 === 14) note(`still waiting: ${what}`);
    await sleep(1000);
  }
}

const fetchText = async (url, options = {}) => {
  const response = await fetch(url, { signal: AbortSignal.timeout(HTTP_LIMIT_MS), ...options });
  return { status: response.status, text: await response.text() };
};

const environment = {
  ...process.env,
  AMBERWATCH_PORT: String(await freePort()),
  INFLUX_PORT: String(await freePort()),
  AMBERWATCH_INTERVAL: '5s',
};
// As in a fresh clone: nothing that this shell has set for another instance.
for (const name of ['TOKEN', 'HOSTNAME', 'SERVICE', 'READS']) delete environment[`AMBERWATCH_${name}`];
for (const name of ['INFLUX_TOKEN', 'INFLUX_PASSWORD', 'LOG_LEVEL']) delete environment[name];
const server = `http://127.0.0.1:${environment.AMBERWATCH_PORT}`;
const influx = `http://127.0.0.1:${environment.INFLUX_PORT}`;

let stopping = false;
let burner;
let folder;
const counts = { passed: 0, failed: 0 };

async function step(name, body) {
  if (stopping) return false;
  try {
    await body();
    counts.passed += 1;
    note(`ok      ${name}`);
    return true;
  } catch (error) {
    counts.failed += 1;
    const cause = error.cause ? `\n  caused by ${error.cause.message ?? error.cause}` : '';
    note(`FAILED  ${name}\n  ${error.message}${cause}`);
    return false;
  }
}

function expect(actual, wanted, what) {
  if (actual !== wanted) throw new Error(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(actual)}`);
}

const engine = compose[0] === 'docker' ? 'docker' : 'podman';

/** State and health of a service's container, from the engine, because `ps` prints differently in every version of compose. */
async function stateOf(service) {
  const id = (await dc(['ps', '--all', '--quiet', service])).stdout.trim();
  if (!id) return { status: 'missing' };
  const { stdout } = await run(engine, ['inspect', '--type', 'container', id]);
  const [{ State: state, RestartCount: restarts }] = JSON.parse(stdout);
  // podman 4 says Healthcheck where Docker says Health.
  const health = state.Health ?? state.Healthcheck;
  return {
    status: state.Status,
    exitCode: state.ExitCode,
    restarts,
    health: health?.Status,
    log: health?.Log?.at(-1)?.Output,
  };
}

/** What a running container may that it should not, seen by the engine and from inside. */
async function containerProblems(service, process) {
  const id = (await dc(['ps', '--quiet', service])).stdout.trim();
  const { stdout: inspected } = await run(engine, ['inspect', '--type', 'container', id]);
  const { stdout: inside } = await dc(['exec', '-T', service, 'sh', '-c', insideScript], { check: false });
  return insideProblems(service, { inspected: JSON.parse(inspected)[0], inside, process });
}

const logsOf = async (service) => (await dc(['logs', '--no-color', service])).stdout;

/** Rows of a Flux query as objects; the annotated CSV of InfluxDB has a blank line between tables. */
async function flux(query, token) {
  const { status, text } = await fetchText(`${influx}/api/v2/query?org=amberwatch`, {
    method: 'POST',
    headers: { authorization: `Token ${token}`, 'content-type': 'application/vnd.flux', accept: 'application/csv' },
    body: query,
  });
  if (status !== 200) throw new Error(`the query was answered with ${status}: ${text}`);
  return text
    .split(/\r?\n\r?\n/)
    .map((table) => table.split(/\r?\n/).filter(Boolean))
    .flatMap(([header, ...lines]) => {
      const names = header?.split(',') ?? [];
      return lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index], value])));
    });
}

/** One core of this host busy under a name that nobody else has, for BURN_LIMIT_S at most. */
async function startBurning() {
  folder = await mkdtemp(join(tmpdir(), 'amberwatch-compose-'));
  const program = join(folder, `burn${process.pid}`);
  await copyFile('/bin/sh', program);
  // Ahead of others on a crowded machine, where that is allowed, so that it gets the whole core that it asks for.
  const first = ['chrt', '--rr', '1'];
  const allowed = await run(first[0], [...first.slice(1), 'true']).then(
    () => true,
    () => false,
  );
  const loop = ['timeout', '-s', 'KILL', String(BURN_LIMIT_S), program, '-c', 'while :; do :; done'];
  const [command, ...args] = allowed ? [...first, ...loop] : loop;
  burner = spawn(command, args, { stdio: 'ignore', detached: true });
  await once(burner, 'spawn');
  return basename(program);
}

async function stopBurning() {
  if (burner?.exitCode === null && burner.signalCode === null) {
    const gone = once(burner, 'exit');
    // The group: timeout and the shell that it watches.
    process.kill(-burner.pid, 'SIGKILL');
    await gone;
  }
}

async function test() {
  const up = await step('`up -d` starts everything', () => dc(['up', '-d'], { limit: 300_000 }));
  const healthy =
    up &&
    (await step('every service becomes healthy', () =>
      until('all healthy', 180, async () => {
        const ill = [];
        for (const service of services) {
          const { status, health, log } = await stateOf(service);
          if (health !== 'healthy') ill.push(`${service} is ${status}, ${health} ${log ?? ''}`.trim());
        }
        if (ill.length > 0) throw new Error(ill.join('; '));
        return true;
      }),
    ));
  if (!healthy) return;

  await step('the one-shot service has written the secrets and ended', async () => {
    const { status, exitCode } = await stateOf('secrets');
    expect(`${status} ${exitCode}`, 'exited 0', 'its state');
  });

  await step('ports are published on 127.0.0.1 only', async () => {
    for (const [service, port] of [
      ['server', '8000'],
      ['influxdb', '8086'],
    ]) {
      const published = (await dc(['port', service, port])).stdout.trim();
      const wanted = service === 'server' ? environment.AMBERWATCH_PORT : environment.INFLUX_PORT;
      expect(published, `127.0.0.1:${wanted}`, `${service}'s port`);
    }
  });

  await step('writes need the token', async () => {
    const { status } = await fetchText(`${server}/ressources-usage/save-all`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ipaddress: '10.0.0.7',
        data: [{ timestamp: Date.now() / 1000, value: 1, process_name: 'x', type_data: 'cpu' }],
      }),
    });
    expect(status, 401, 'the status without a token');
  });

  await step('every service of the file may do no more than it has to', async () => {
    expect(hardeningProblems((await dc(['config'])).stdout).join('; '), '', 'what is wrong in the file');
  });

  await step('the image says what it holds', async () => {
    const script = 'console.log(require("node:fs").readdirSync("node_modules").join(" "))';
    const folders = (await dc(['exec', '-T', 'server', 'node', '-e', script])).stdout.trim().split(' ');
    const packages = folders.filter((one) => !one.startsWith('.'));
    const document = JSON.parse((await dc(['exec', '-T', 'server', 'cat', 'sbom.cdx.json'])).stdout);
    const names = new Set(document.components.map(({ name }) => name.split('/')[0]));
    expect(document.bomFormat, 'CycloneDX', 'its form');
    expect(packages.length > 20, true, 'the packages of the image');
    expect(packages.filter((one) => !names.has(one)).join(' '), '', 'packages that it leaves out');
  });

  const host = (await readFile('/etc/hostname', 'utf8')).trim();
  const token = (await dc(['exec', '-T', 'influxdb', 'cat', '/run/amberwatch/database/token'])).stdout.trim();
  const name = await startBurning();

  await step('the running containers have just that, and the collector alone sees processes of the host', async () => {
    const wrong = [];
    for (const service of services) wrong.push(...(await containerProblems(service, name)));
    expect(wrong.join('; '), '', 'what is wrong in them');
  });

  await step('a process of the host is read back from InfluxDB under the name of the host', () =>
    until(`samples of ${name}`, 60, async () => {
      const rows = await flux(
        `from(bucket: "amberwatch") |> range(start: -10m)
           |> filter(fn: (r) => r._measurement == "procstat" and r.process_name == "${name}" and r.host == "${host}")
           |> filter(fn: (r) => r._field == "cpu_usage")`,
        token,
      );
      return rows.some(({ _value: cpu }) => Number(cpu) > 50) ? true : undefined;
    }),
  );

  await step('the image holds the page, its script and its style', async () => {
    const page = await fetchText(`${server}/`);
    const files = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    expect(page.status === 200 && files.length >= 2, true, page.text);
    for (const file of files) expect((await fetchText(`${server}${file}`)).status, 200, file);
  });

  await step('reads are open, and show it', async () => {
    const { status, text } = await fetchText(`${server}/ressources-usage/get-all`);
    expect(status, 200, 'the status');
    expect(JSON.parse(text)[name]?.length, 2, `the pair of ${name} (of ${text.length} characters)`);
  });

  const lineOf = (colour) => async () =>
    (await logsOf('alarm')).split('\n').find((line) => new RegExp(` ${colour}\\s+\\S+ ${name} cpu `).test(line));

  const red = await step('the alarm says RED, in plain text', async () => {
    const line = await until(`a RED line of ${name}`, 90, lineOf('RED'));
    note(line.trim());
    if (line.includes('\u001b')) throw new Error('the line has escape codes');
  });

  await stopBurning();
  if (red) {
    await step('and GREEN after the process has ended', async () => {
      note((await until(`a GREEN line of ${name}`, 90, lineOf('GREEN'))).trim());
    });
  }

  await step('no service has been restarted', async () => {
    for (const service of services) {
      const { status, restarts } = await stateOf(service);
      expect(`${status} ${restarts ?? 0}`, 'running 0', `state and restarts of ${service}`);
    }
  });
}

async function showLogs() {
  for (const service of ['secrets', ...services]) {
    const { stdout, stderr } = await dc(['logs', '--no-color', '--tail=60', service], { check: false });
    process.stderr.write(`--- ${service} ${JSON.stringify(await stateOf(service).catch(String))}\n${stdout}${stderr}`);
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    note(`${signal}: taking everything down`);
    stopping = true;
  });
}

try {
  await test();
} catch (error) {
  counts.failed += 1;
  note(`FAILED  ${error.stack}`);
} finally {
  await stopBurning().catch(() => undefined);
  if (folder) await rm(folder, { recursive: true, force: true });
  if (counts.failed > 0) await showLogs().catch((error) => note(String(error)));
  stopping = false;
  await step('`down -v` leaves nothing behind', async () => {
    await dc(['down', '-v', '--remove-orphans', '--timeout', '15'], { limit: 120_000 });
    expect((await dc(['ps', '-q'])).stdout.trim(), '', 'containers left');
  });
}
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;
