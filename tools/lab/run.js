/**
 * Runs real programs in real cgroups until the kernel kills them, and records them with our own collector:
 * `node tools/lab/run.js --help`.
 */
import { parseArgs } from 'node:util';
import { memoryHierarchy } from './cgroup.js';
import { describe, Lab } from './lab.js';
import { plan } from './plan.js';
import { programs } from './programs.js';

const HELP = `Usage: node tools/lab/run.js [options]    (after a build, as root, on Linux)

  --out DIR        where recordings go, one file a run (default: lab-recordings)
  --only TEXT      only runs whose name holds that text; several, separated by commas
  --minutes A-B    shortest and longest run (default: 4-22)
  --parallel N     runs at the same time (default: 16)
  --seed N         another seed draws other limits, loads and times (default: 1)
  --list           say what would run, and end
  --help

Names are program-kind-seed-number. Programs: ${Object.keys(programs).join(', ')}.
Ctrl-C ends all programs and takes their cgroups away; what was recorded until then stays.
`;

function say(text) {
  process.stdout.write(`${new Date().toISOString().slice(0, 19)}Z ${text}\n`);
}

/** @throws Error naming the option that is wrong */
function read() {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    options: {
      out: text('lab-recordings'),
      only: text(''),
      minutes: text('4-22'),
      parallel: text('16'),
      seed: text('1'),
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const minutes = values.minutes.split('-').map(Number);
  if (minutes.length !== 2 || !(minutes[0] > 0) || !(minutes[1] >= minutes[0])) {
    throw new Error(`--minutes: two numbers such as 4-22, not "${values.minutes}"`);
  }
  for (const name of ['parallel', 'seed']) {
    if (!/^[1-9]\d{0,5}$/.test(values[name]))
      throw new Error(`--${name}: a whole number from 1, not "${values[name]}"`);
  }
  const wanted = values.only.split(',');
  const plans = plan({ seed: Number(values.seed), minutes }).filter(({ id }) =>
    wanted.some((part) => id.includes(part)),
  );
  if (plans.length === 0) throw new Error(`--only: no run is called "${values.only}"; --list says which there are`);
  return { ...values, parallel: Number(values.parallel), plans };
}

async function main() {
  const { plans, parallel, out, list, help } = read();
  if (help) return void process.stdout.write(HELP);
  if (list) return void process.stdout.write(plans.map((one) => `${describe(one)}\n`).join(''));
  const hierarchy = memoryHierarchy();
  if (!hierarchy) throw new Error('no cgroup hierarchy here limits memory');
  if (process.getuid() !== 0) throw new Error('only root makes cgroups');
  const lab = new Lab({ hierarchy, plans, parallel, out, say });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => lab.stop());
  await lab.work();
}

try {
  await main();
} catch (error) {
  process.stderr.write(`lab: ${error.message}\n`);
  process.exitCode = 1;
}
