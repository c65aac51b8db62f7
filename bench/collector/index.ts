import { rmSync } from 'node:fs';
import { Bench } from './bench.js';
import { printRow, printHeader, type Row } from './report.js';
import { yardsticks } from './yardsticks.js';

/**
 * What one process costs a collector at one tick, in µs of CPU: the C yardstick, what Node needs at least, our reader,
 * and the whole collector as shipped, all in one run on the same processes, in several rounds of which the median
 * counts. Usage: node dist/bench/collector/index.js [--processes 1000] [--rounds 3] [--ticks 20] [--only name,name] [--groups 0]
 */
const options = readOptions();
const bench = new Bench(options);
process.once('SIGINT', () => void bench.close().finally(() => process.exit(1)));
try {
  const seen = await bench.start();
  console.log(
    `${options.processes} processes of the bench, ${seen} in all, ${options.rounds} rounds of ${options.ticks} ticks`,
  );
  const chosen = yardsticks.filter(
    ({ name }) => options.only.length === 0 || options.only.some((one) => name.includes(one)),
  );
  const rows: Row[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const yardstick of chosen) rows.push({ name: yardstick.name, ...(await yardstick.measure(bench)) });
  }
  printHeader();
  for (const { name } of chosen) printRow(name, rows);
} finally {
  await bench.close();
  rmSync(bench.folder, { recursive: true, force: true });
}

function readOptions() {
  const value = (flag: string, otherwise: string) => {
    const at = process.argv.indexOf(`--${flag}`);
    return at < 0 ? otherwise : (process.argv[at + 1] ?? otherwise);
  };
  return {
    processes: Number(value('processes', '1000')),
    rounds: Number(value('rounds', '3')),
    ticks: Number(value('ticks', '20')),
    intervalMs: Number(value('interval', '1000')),
    groups: Number(value('groups', '0')),
    only: value('only', '').split(',').filter(Boolean),
  };
}
