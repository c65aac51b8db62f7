// `npm start`: runs the server and, once it listens, collector, prediction and alarm beside it, until Ctrl-C. Where one of
// them does not start, none stays: half of it would look like the whole.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Each service leaves by itself within 10 s of a signal; one that can't is ended after this time. */
const KILL_AFTER_MS = 12_000;
const colors = { server: 36, collector: 32, prediction: 35, alarm: 33 };
const width = 'prediction'.length;
const colored = process.env.NO_COLOR ? false : process.stdout.isTTY || Boolean(process.env.FORCE_COLOR);
const running = new Set();
let stopping = false;

// Whoever reads this may go away, such as a terminal that is closed; the services are still to be stopped in order.
process.stdout.on('error', () => undefined);

function say(text) {
  process.stdout.write(`${text}\n`);
}

/**
 * Where the others find the server: by TLS at the address that is set, because a certificate is made for a name and not for
 * the address that is listened on.
 */
async function addressFor(url) {
  if (!url.startsWith('https:')) return url;
  const { readEnvironment } = await import('../dist/libs/runtime/settings.js');
  const named = readEnvironment().AMBERWATCH_SERVER_URL ?? '';
  return named.startsWith('https:') ? named : url;
}

/** Starts one service. `ready` resolves with its address, `true` where it has none, undefined where it ended before. */
function run(name, env = {}) {
  const prefix = colored ? `\u001b[${colors[name]}m${name.padEnd(width)} |\u001b[0m` : `${name.padEnd(width)} |`;
  const child = spawn(process.execPath, ['--enable-source-maps', `dist/apps/${name}/main.js`], {
    env: { ...process.env, ...(colored ? { FORCE_COLOR: '1' } : {}), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => say(`${prefix} ${line}`));
  }
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return code ?? signal;
  });
  const ready = once(child, 'message').then(([{ ready: address }]) => address);
  return { name, ended, ready: Promise.race([ready, ended.then(() => undefined)]) };
}

function stop(signal) {
  if (stopping) return;
  stopping = true;
  for (const child of running) child.kill(signal);
  setTimeout(() => {
    for (const child of running) child.kill('SIGKILL');
  }, KILL_AFTER_MS).unref();
}

// SIGHUP makes the alarm read its rules again: of a terminal that was closed, all are to end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => stop(signal === 'SIGHUP' ? 'SIGTERM' : signal));
}

const services = [run('server')];
const url = await services[0].ready;
if (url && !stopping) {
  const env = { AMBERWATCH_SERVER_URL: await addressFor(url) };
  services.push(run('collector', env), run('prediction', env), run('alarm', env));
}
const addresses = await Promise.all(services.map(({ ready }) => ready));
const missing = services.filter((_, index) => addresses[index] === undefined);
if (!stopping && missing.length > 0) {
  process.exitCode = 1;
  const names = missing.map(({ name }) => name).join(' and ');
  say(`\nAmberwatch did not start: what its ${names} said is above.`);
  stop('SIGTERM');
} else if (!stopping) {
  say(`\nAmberwatch is up. Open ${url}/ in a browser; Ctrl-C stops it.\n`);
}
await Promise.all(
  services.map(async ({ name, ended }) => {
    const status = await ended;
    if (stopping) return;
    if (status !== 0) process.exitCode = 1;
    if (running.size > 0) say(`\nThe ${name} has ended (${status}), and the others go on without it.\n`);
  }),
);
