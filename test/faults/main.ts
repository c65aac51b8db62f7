import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const HELP = `npm run test:faults -- [--long] [--only TEXT] [--seed N] [--write] [--list]

Brings every fault about, one after the other, and says what became of the samples that were acknowledged.
  --long       as often and as long as docs/faults.md tells; the short form takes minutes
  --only TEXT  faults whose name holds the text, several separated by commas
  --seed N     what is chosen by chance follows from it; a random one where it is not given
  --write      puts the table into docs/faults.md
  --list       names the faults and ends
Ends with \`N passed, N failed\`, and with status 1 where a fault was not survived.`;

const root = join(import.meta.dirname, '..', '..');
const PAGE = join(root, 'docs', 'faults.md');
const [BEGIN, END] = ['<!-- table -->', '<!-- end of the table -->'];

const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string' },
    write: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}

// Before anything is imported that starts processes: they are named in the folder that this makes, and killed at its end.
const setUp = (await import(new URL('../support/global-setup.js', import.meta.url).href)) as { default: () => void };
setUp.default();
const { faults } = await import('./faults/index.js');
const { randomFrom } = await import('../../apps/cli/simulator/random.js');
const { isSurvived, tableOf } = await import('./table.js');

const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!Number.isInteger(seed)) {
  console.error(`--seed: a whole number, not "${values.seed}"`);
  process.exit(2);
}
const parts = values.only?.split(',');
const chosen = faults.filter(({ name, longOnly }) => {
  if (parts) return parts.some((part) => name.includes(part));
  return values.long || !longOnly;
});
if (values.list) {
  for (const { name, what, longOnly } of chosen) console.log(`${name}: ${what}${longOnly ? ' (long form only)' : ''}`);
  process.exit(0);
}
if (chosen.length === 0) {
  console.error(`No fault has "${values.only}" in its name; --list tells them all.`);
  process.exit(2);
}

const results: import('./table.js').Result[] = [];
for (const [i, fault] of chosen.entries()) {
  const progress = (text: string) => process.stderr.write(`${i + 1}/${chosen.length} ${fault.name}: ${text}\n`);
  const startedMs = performance.now();
  const missing = fault.missing?.();
  if (missing !== undefined) {
    process.stderr.write(`SKIPPED-SUITE: ${fault.name} (${missing})\n`);
    results.push({ fault, missing, seconds: 0 });
    continue;
  }
  progress('begins');
  const outcome = await fault.run({ long: values.long, random: randomFrom(seed), progress }).catch((error: Error) => ({
    tries: 0,
    lost: 0,
    doubled: 0,
    unknown: 0,
    peakBytes: {},
    problems: [`it broke off: ${error.stack ?? error.message}`],
  }));
  const result = { fault, outcome, seconds: (performance.now() - startedMs) / 1000 };
  results.push(result);
  progress(`${isSurvived(result) ? 'survived' : 'NOT SURVIVED'} after ${result.seconds.toFixed(0)} s`);
  for (const problem of outcome.problems) progress(problem);
}

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
const date = new Date().toISOString().slice(0, 10);
const machine = `${cpus().length} cores, Node ${process.version.slice(1)}`;
const table = tableOf(results, { seed, commit, long: values.long, only: values.only, machine, date });
console.log(table);
if (values.write) writeTable(table);
const failed = results.filter((result) => !isSurvived(result)).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
cleanUp();
process.exit(failed > 0 ? 1 : 0);

function writeTable(text: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} has no place for the table`);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`);
}

function cleanUp(): void {
  (globalThis as { cleanTestRun?: () => void }).cleanTestRun?.();
}
