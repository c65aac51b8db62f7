import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { quantiles, table } from './measure.js';

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

const cluster = spawn(process.execPath, [program, 'simulate', '--serve-servers', '0', '--latency', '50ms'], { env });
try {
  const [line] = (await once(cluster.stdout, 'data')) as [Buffer];
  const [url = ''] = /http:\/\/[\d.:]+/.exec(line.toString()) ?? [];
  console.log(
    table(['command', 'median', 'node -e 0'], [againstNothing('--help'), againstNothing('completion', 'bash')]),
  );
  const reads = Array.from({ length: ROUNDS }, () => millisecondsOf([program, 'servers', '--url', url, '--fresh']));
  console.log(`\n150 servers of 50 ms, the start included: ${quantiles(reads).median.toFixed(0)} ms (n = ${ROUNDS})`);
} finally {
  cluster.kill();
  rmSync(folder, { recursive: true });
}
