import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Bench, residentMiB } from './bench.js';

/**
 * Fifty processes a second are born and end while the collector runs as shipped at a tick of 1 s. Prints its descriptors
 * and memory each minute, beside the processes it keeps one for; fails where the difference grows.
 * Usage: node dist/bench/collector/churn.js [minutes]
 */
const FORKS_A_SECOND = 50;
const minutes = Number(process.argv[2] ?? '10');
const bench = new Bench({ processes: 100, rounds: 1, ticks: 1, intervalMs: 1000, groups: 0 });
await bench.start();
const collector = bench.spawn(process.execPath, [bench.built('apps/collector/main.js')], {
  AMBERWATCH_SERVER_URL: bench.serverUrl,
  AMBERWATCH_INTERVAL: '1s',
  AMBERWATCH_DATA: join(bench.folder, 'data'),
  AMBERWATCH_CONTROL_PORT: '0',
  AMBERWATCH_TRACE_TICKS: '1',
  LOG_LEVEL: 'warn',
});
let seen = 0;
let ticks = 0;
collector.stdout?.setEncoding('utf8').on('data', (text: string) => {
  for (const [, n] of text.matchAll(/TICK n=(\d+)/g)) {
    seen = Number(n);
    ticks++;
  }
});
let forks = 0;
const churn = setInterval(() => fork(), 1000 / FORKS_A_SECOND);
try {
  const spare: number[] = [];
  for (let minute = 0; minute <= minutes; minute++) {
    await new Promise((resolve) => setTimeout(resolve, minute === 0 ? 10_000 : 60_000));
    const descriptors = readdirSync(`/proc/${collector.pid}/fd`).length;
    spare.push(descriptors - seen);
    const memory = residentMiB(collector.pid as number).toFixed(1);
    console.log(
      `minute ${minute}: ${forks} forks, ${ticks} ticks, ${seen} processes, ${descriptors} descriptors, ${memory} MiB`,
    );
  }
  const growth = (spare.at(-1) as number) - (spare[0] as number);
  console.log(`descriptors beyond one a process: ${spare[0]} at first, ${spare.at(-1)} at the end`);
  // As many as a second's churn may be open or not at the moment of counting.
  process.exitCode = Math.abs(growth) <= FORKS_A_SECOND ? 0 : 1;
} finally {
  clearInterval(churn);
  await bench.close();
  rmSync(bench.folder, { recursive: true, force: true });
}

function fork(): ChildProcess {
  forks++;
  return spawn('/bin/sleep', [String(Math.random() * 0.5)], { stdio: 'ignore' });
}
