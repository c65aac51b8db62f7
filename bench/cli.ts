import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { quantiles, table } from './measure.js';

/** All windows of `top` have samples after so long. */
const WARM_MS = 70_000;
/** Pairs of runs. */
const ROUNDS = 15;
const program = join(import.meta.dirname, '../apps/cli/main.js');
const folder = mkdtempSync(join(tmpdir(), 'amberwatch-bench-'));
const env = { ...process.env, DATA_JSON_PATH: join(folder, 'data.json') };

function millisecondsOf(args: string[]): number {
  const begun = performance.now();
  spawnSync(process.execPath, args, { stdio: 'ignore', env });
  return performance.now() - begun;
}

/** How long a command takes beside a Node that does nothing, in pairs, so that what else the machine does hits both. */
function againstNothing(...words: string[]): string[] {
  const pairs = Array.from({ length: ROUNDS }, () => [
    millisecondsOf(['-e', '0']),
    millisecondsOf([program, ...words]),
  ]);
  const ratio = quantiles(pairs.map(([nothing = NaN, ours = NaN]) => ours / nothing)).median;
  const ours = quantiles(pairs.map(([, one = NaN]) => one)).median;
  return [`\`${words.join(' ')}\``, `${ours.toFixed(0)} ms`, `${ratio.toFixed(2)} ×`];
}

/** From the start of `top` to its first picture, ms. */
async function firstPicture(url: string): Promise<number> {
  const begun = performance.now();
  const top = spawn(process.execPath, [program, 'top', '--once', '--rows', '40', '--url', url], { env });
  await once(top.stdout, 'data');
  const took = performance.now() - begun;
  await once(top, 'close');
  return took;
}

/** A server in DuckDB with 30,000 series that go on while `work` runs; resolves with what that gave. */
async function withManySeries(work: (url: string) => Promise<string>): Promise<string> {
  const data = { AMBERWATCH_DATA: join(folder, 'data'), AMBERWATCH_PORT: '0' };
  const server = spawn(process.execPath, [join(program, '../../server/main.js')], { env: { ...env, ...data } });
  const [url = ''] = await urlOf(server.stdout);
  const fleet = ['simulate', '--hosts', '100', '--processes', '300', '--rate', '10s', '--seed', '3', '--url', url];
  const simulator = spawn(process.execPath, [program, ...fleet], { env, stdio: 'ignore' });
  try {
    await new Promise((resolve) => setTimeout(resolve, WARM_MS));
    return await work(url);
  } finally {
    simulator.kill();
    server.kill();
    await once(server, 'exit');
  }
}

async function urlOf(output: NodeJS.ReadableStream): Promise<RegExpExecArray | []> {
  for await (const chunk of output) {
    const found = /http:\/\/[\d.:]+/.exec(String(chunk));
    if (found) return found;
  }
  return [];
}

const cluster = spawn(process.execPath, [program, 'simulate', '--serve-servers', '0', '--latency', '50ms'], { env });
try {
  const [line] = (await once(cluster.stdout, 'data')) as [Buffer];
  const [url = ''] = /http:\/\/[\d.:]+/.exec(line.toString()) ?? [];
  console.log(
    table(['command', 'median', 'node -e 0'], [againstNothing('--help'), againstNothing('completion', 'bash')]),
  );
  const reads = Array.from({ length: ROUNDS }, () => millisecondsOf([program, 'servers', '--url', url, '--fresh']));
  console.log(`\n150 servers of 50 ms, the start included: ${quantiles(reads).median.toFixed(0)} ms (n = ${ROUNDS})`);
  console.log(
    await withManySeries(async (many) => {
      const pictures: number[] = [];
      for (let i = 0; i < ROUNDS; i++) pictures.push(await firstPicture(many));
      const { median } = quantiles(pictures);
      const slowest = Math.max(...pictures);
      return `\n\`top\` at 30,000 series, from its start to its first picture: ${median.toFixed(0)} ms, at most ${slowest.toFixed(0)} (n = ${ROUNDS})`;
    }),
  );
} finally {
  cluster.kill();
  rmSync(folder, { recursive: true });
}
