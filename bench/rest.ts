// The whole way over REST, on a server process of its own: how many samples a second it takes, whether it holds the pace
// of 1,000 hosts, and how fast get-all answers. `npm run bench:rest`; see bench/README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isoToMicros, routes, type SampleBatch } from '#domain';
import { millisecondsOf, quantiles, table, thousands } from './measure.js';
import { hostBatch, PROGRAMS } from './store-samples.js';

const CONNECTIONS = 16;
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

async function startServer(folder: string, env: Record<string, string>) {
  const main = fileURLToPath(new URL('../apps/server/main.js', import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, AMBERWATCH_PORT: '0', AMBERWATCH_DATA: folder, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /listens on (http:\/\/\S+?),? /.exec(`${line} `)?.[1];
    if (url) return { url, child };
  }
  throw new Error('the server ended before it listened');
}

/** CPU time of a process, in seconds; undefined where there is no /proc. */
function cpuSeconds(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

function send(method: string, url: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method, agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`${response.statusCode} ${text}`)),
      );
    });
    sent.on('error', reject).end(body);
  });
}

/** The same samples as the original system's clients send them. */
function saveAllBody(batch: SampleBatch): string {
  const timestamp = isoToMicros(batch.time) / 1_000_000;
  const data = batch.names.flatMap((process_name, i) => [
    { timestamp, value: batch.cpu?.[i] ?? 0, process_name, type_data: 'cpu' },
    { timestamp, value: batch.mem?.[i] ?? 0, process_name, type_data: 'mem' },
  ]);
  return JSON.stringify({ ipaddress: batch.host, data });
}

let tick = Date.now() * 1000 - 280 * 1_000_000;
/** Bodies of one tick of `hosts` hosts, a second after the one before. */
function bodies(hosts: number, toBody: (batch: SampleBatch) => string): string[] {
  tick += 1_000_000;
  return Array.from({ length: hosts }, (_, i) => toBody(hostBatch(`host-${i}`, tick)));
}

/** All bodies over a few connections, each sending its next one when the one before is acknowledged. */
async function flood(url: string, path: string, all: string[]): Promise<number> {
  const waiting = [...all];
  return millisecondsOf(() =>
    Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (let body = waiting.pop(); body !== undefined; body = waiting.pop())
          await send('PUT', `${url}${path}`, body);
      }),
    ),
  );
}

async function rates(url: string, rounds: number): Promise<string> {
  const kinds = [
    { name: `PUT ${routes.samples}`, path: routes.samples, toBody: (batch: SampleBatch) => JSON.stringify(batch) },
    { name: `PUT ${routes.saveAll}`, path: routes.saveAll, toBody: saveAllBody },
  ];
  const rows: string[][] = [];
  for (const { name, path, toBody } of kinds) {
    const found: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const ms = await flood(url, path, bodies(200, toBody));
      found.push((200 * PROGRAMS * 1000) / ms);
    }
    rows.push([name, thousands(quantiles(found).median), thousands(Math.min(...found)), thousands(Math.max(...found))]);
  }
  return table([`samples a second, batches of ${PROGRAMS}`, 'median', 'least', 'most'], rows);
}

/** The pace of `hosts` hosts that report every 10 s, spread evenly. */
async function pace(url: string, pid: number, hosts: number, seconds: number): Promise<string> {
  const latencies: number[] = [];
  const cpuBefore = cpuSeconds(pid);
  const begun = performance.now();
  const everyMs = 10_000 / hosts;
  const total = Math.floor((seconds * 1000) / everyMs);
  const pending: Promise<void>[] = [];
  for (let i = 0; i < total; i++) {
    const due = begun + i * everyMs;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    const body = JSON.stringify(hostBatch(`pace-${i % hosts}`, Date.now() * 1000 + i));
    pending.push(send('PUT', `${url}${routes.samples}`, body).then(() => void latencies.push(performance.now() - due)));
  }
  await Promise.all(pending);
  const took = (performance.now() - begun) / 1000;
  const { median, p95 } = quantiles(latencies);
  const cpu = cpuBefore === undefined ? NaN : ((cpuSeconds(pid) ?? NaN) - cpuBefore) / took;
  const row = [
    `${thousands(hosts)} hosts × ${PROGRAMS} every 10 s for ${seconds} s`,
    thousands((latencies.length * PROGRAMS) / took),
    `${median.toFixed(0)} / ${p95.toFixed(0)} ms`,
    `${(cpu * 100).toFixed(0)} %`,
  ];
  return table(
    ['pace', 'samples/s acknowledged', 'time to acknowledge, median / p95', 'CPU of the server, % of a core'],
    [row],
  );
}

async function reads(folder: string, env: Record<string, string>, repeats: number): Promise<string> {
  const rows: string[][] = [];
  for (const hosts of [1, 10, 100]) {
    const { url, child } = await startServer(join(folder, `reads-${hosts}`), env);
    tick = Date.now() * 1000 - 290 * 1_000_000;
    for (let i = 0; i < 30; i++) {
      await flood(
        url,
        routes.samples,
        bodies(hosts, (batch) => JSON.stringify(batch)),
      );
      tick += 8_000_000;
    }
    const ask = async (path: string) => {
      const times: number[] = [];
      for (let i = 0; i < repeats; i++)
        times.push(await millisecondsOf(() => send('GET', `${url}${path.replace('#', String(i % hosts))}`)));
      const { median, p95 } = quantiles(times);
      return `${median.toFixed(1)} / ${p95.toFixed(1)} ms`;
    };
    rows.push([`${hosts} hosts`, await ask(`${routes.getAll}/host-#`), await ask(routes.getAll)]);
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  return table(['get-all over REST, median / p95', 'of one host', 'of all hosts'], rows);
}

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '30' } },
});
const folder = await mkdtemp(join(tmpdir(), 'amberwatch-bench-'));
const say = (text: string) => process.stdout.write(`${text}\n\n`);
say(
  `Node ${process.version}, ${process.platform}, ${availableParallelism()} cores; server and load on the same machine`,
);
const { url, child } = await startServer(join(folder, 'write'), {});
say(await rates(url, Number(options.rounds)));
say(await pace(url, child.pid as number, 1000, Number(options.seconds)));
child.kill('SIGTERM');
await once(child, 'exit');
say(await reads(folder, {}, 40));
agent.destroy();
await rm(folder, { recursive: true });
