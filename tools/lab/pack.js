/**
 * Packs recordings into the data set: `node tools/lab/pack.js DIR` reads the files that run.js wrote to DIR and writes
 * tools/lab/recordings/train.csv.gz and test.csv.gz (`--to DIR` elsewhere). One series a line, in the columns of the
 * yardstick and more: see tools/lab/README.md.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { COLUMNS } from './data-set.js';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { to: { type: 'string', default: fileURLToPath(new URL('recordings', import.meta.url)) } },
});
const [from] = positionals;
if (from === undefined) {
  process.stderr.write('Usage: node tools/lab/pack.js DIR [--to DIR]\n');
  process.exit(2);
}

/** A worker that is restarted gives back more than that, in % of the limit, within a step or two. */
const RESTART_FALL = 15;
/** Shorter ones say nothing. */
const MIN_SECONDS = 120;

/** One row a step: a step without a sample keeps the one before, as a monitor does that keeps the last value. */
function evenly(rows, step) {
  const out = [];
  const first = rows[0].ms;
  for (const row of rows) {
    const at = Math.round((row.ms - first) / (step * 1000));
    while (out.length < at) out.push(out.at(-1));
    out[at] = row;
  }
  return out;
}

/** When it ended: the first step in which the collector saw a kill, or that is not before the runner saw it. */
function outcomeOf({ outcome, killedMs, kind }, rows, values) {
  if (outcome === 'oom') {
    const seen = rows.findIndex(({ oom, ms }) => oom > 0 || ms >= killedMs);
    return ['oom', seen < 0 ? rows.length - 1 : seen];
  }
  const fell = values.findIndex((value, i) => i > 1 && values[i - 2] - value > RESTART_FALL);
  return kind === 'restart' && fell > 0 ? ['saved', fell] : ['none', ''];
}

function lineOf(run, step, rows) {
  const values = rows.map(({ mem, limit }) => (100 * mem) / limit);
  const [outcome, outcomeStep] = outcomeOf(run, rows, values);
  const cells = {
    id: `${run.id}@${step}s`,
    track: 'L',
    source: run.program,
    metric: 'mem',
    step_s: step,
    warmup: 0,
    tod_s: Math.floor(rows[0].ms / 1000) % 86_400,
    group: run.program,
    n: rows.length,
    values: values.map((value) => value.toFixed(2)).join(' '),
    split: run.split,
    kind: run.kind,
    outcome,
    outcome_step: outcomeStep,
    limit_bytes: run.limitBytes,
    load: run.load,
    seed: run.seed,
    victim: (rows.find(({ victim }) => victim)?.victim ?? '').replace(/[,\s]/g, ' '),
    rss: rows.map(({ largest }) => Math.round((largest[0]?.rssBytes ?? 0) / 1024 ** 2)).join(' '),
  };
  return COLUMNS.map((name) => cells[name]).join(',');
}

mkdirSync(options.to, { recursive: true });
const lines = { train: [COLUMNS.join(',')], test: [COLUMNS.join(',')] };
const counts = {};
for (const file of readdirSync(from)
  .filter((name) => name.endsWith('.json'))
  .toSorted()) {
  const run = JSON.parse(readFileSync(join(from, file), 'utf8'));
  const gaveUp = run.kind === 'leak' && run.outcome === 'none';
  const unplanned = run.kind !== 'leak' && run.outcome === 'oom';
  for (const [step, rows] of Object.entries(run.steps)) {
    const skip = gaveUp
      ? 'not killed in time'
      : unplanned
        ? 'killed, though harmless'
        : run.outcome === 'failed'
          ? 'failed'
          : '';
    const short = rows.length * step < MIN_SECONDS ? 'too short' : '';
    if (skip || short) {
      process.stdout.write(`left out: ${run.id} at ${step} s: ${skip || short}\n`);
      continue;
    }
    lines[run.split].push(lineOf(run, Number(step), evenly(rows, Number(step))));
    const key = `${run.split} ${run.kind} ${step} s`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
}
for (const [split, list] of Object.entries(lines)) {
  writeFileSync(join(options.to, `${split}.csv.gz`), gzipSync(`${list.join('\n')}\n`, { level: 9 }));
}
for (const [key, count] of Object.entries(counts)) process.stdout.write(`${key}: ${count} series\n`);
