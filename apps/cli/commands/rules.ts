import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Incident, type SampleBatch, scoreOf } from '#domain';
import {
  BatchKeeper,
  compileRules,
  figuresOf,
  recordedLine,
  Replay,
  replayKept,
  type RuleFile,
  ruleFile,
  type Suggestion,
  suggestRules,
} from '#alarm';
import { readYamlFile } from '#runtime/yaml-file';
import { exitStatus, type Input, UsageError } from '../command.js';
import { Progress } from '../progress.js';
import { eachBatch, shippedForecasts } from '../rules/source.js';
import { figuresText, suggestionsYaml } from '../rules/suggestions-yaml.js';
import { scoreTable } from '../server/score-table.js';
import type { Terminal } from '../terminal.js';

const DEFAULT_ROWS = 100;
/** What holds where there is no file. */
const shipped: RuleFile = ruleFile.parse({ rules: [] });

/** Checks a file of rules, shows what rules would have raised, proposes some, and records what to replay them over. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const [action, file] = input.words;
  if (action === 'suggest') return suggest(input, terminal);
  if (action === 'record') return record(file ?? '', input, terminal);
  const rules = file === undefined ? shipped : readRules(file);
  if (action === 'replay') return replay(rules, input, terminal);
  if (input.options['json']) terminal.out(`${JSON.stringify(rules, undefined, 2)}\n`);
  else terminal.out(`${file} is right: ${rules.rules.length} rules.\n`);
  return exitStatus.fine;
}

function readRules(file: string): RuleFile {
  try {
    return readYamlFile(ruleFile, 'rules', file);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

async function replay(file: RuleFile, input: Input, terminal: Terminal): Promise<number> {
  const { rows } = input.options;
  const replayed = new Replay({ rules: compileRules(file), forecasts: shippedForecasts().at });
  const { fromMs, toMs } = await eachBatch(input, terminal, (batch) => replayed.take(batch));
  const result = replayed.end(toMs);
  const { lines, incidents } = result;
  const counted = figuresOf(result);
  if (input.options['json']) {
    const from = new Date(fromMs).toISOString();
    const to = new Date(toMs).toISOString();
    const score = scoreOf(incidents);
    terminal.out(`${JSON.stringify({ from, to, figures: counted, score, incidents }, undefined, 2)}\n`);
    return exitStatus.fine;
  }
  const most = Number(rows ?? DEFAULT_ROWS);
  for (const line of lines.slice(0, most)) terminal.out(`${line}\n`);
  if (lines.length > most) terminal.out(`… and ${lines.length - most} more changes\n`);
  terminal.out(`${lines.length > 0 ? '\n' : ''}${figuresText(counted)}\n`);
  if (incidents.length > 0) terminal.out(scoresByRule(incidents, terminal));
  return exitStatus.fine;
}

function scoresByRule(incidents: Incident[], terminal: Terminal): string {
  const names = [...new Set(incidents.map(({ rule }) => rule ?? 'default'))].sort();
  const byRule = names.map((name) => ({
    name,
    ...scoreOf(incidents.filter(({ rule }) => (rule ?? 'default') === name)),
  }));
  return scoreTable('rule', [{ name: 'all', ...scoreOf(incidents) }, ...byRule], terminal);
}

async function suggest(input: Input, terminal: Terminal): Promise<number> {
  const { rules: rulesPath, out, json } = input.options;
  const base = typeof rulesPath === 'string' ? readRules(rulesPath) : shipped;
  const forecasts = shippedForecasts();
  const first = new Replay({ rules: compileRules(base), forecasts: forecasts.at });
  const keeper = new BatchKeeper();
  const { fromMs, toMs } = await eachBatch(input, terminal, (batch) => {
    first.take(batch);
    keeper.keep(batch, first.watchedOn(batch.host));
  });
  const before = figuresOf(first.end(toMs));
  const kept = { batches: keeper.batches, forecasts: forecasts.said, toMs };
  const suggestions: Suggestion[] = [];
  const progress = new Progress(terminal);
  const sources = suggestRules(kept, base);
  progress.start(sources.length, 'sources of noise');
  for (const suggestFor of sources) {
    const one = suggestFor();
    if (one) suggestions.push(one);
    progress.step();
    await new Promise((resolve) => setImmediate(resolve));
  }
  progress.end();
  const all = ruleFile.parse({ rules: suggestions.map(({ rule }) => rule) });
  const after = figuresOf(replayKept(kept, compileRules({ ...base, rules: [...base.rules, ...all.rules] })));
  const hosts = new Set(kept.batches.map(({ host }) => host)).size;
  const hours = ((toMs - fromMs) / 3_600_000).toFixed(1);
  const of = `${hours} h of ${hosts} ${hosts === 1 ? 'host' : 'hosts'}, up to ${new Date(toMs).toISOString()}`;
  const text = json
    ? `${JSON.stringify({ before, after, suggestions }, undefined, 2)}\n`
    : suggestionsYaml(suggestions, { of, before, after });
  if (typeof out === 'string') await writeFile(out, text);
  else terminal.out(text);
  return exitStatus.fine;
}

async function record(file: string, input: Input, terminal: Terminal): Promise<number> {
  const lines: string[] = [];
  const take = (batch: SampleBatch) => void lines.push(recordedLine(batch));
  const { fromMs, toMs } = await eachBatch(input, terminal, take);
  const head = { recording: 1, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  const parts = file.endsWith('.gz') ? [createGzip({ level: 9 })] : [];
  const text = [JSON.stringify(head), ...lines].map((line) => `${line}\n`);
  await pipeline([Readable.from(text), ...parts, createWriteStream(file)]);
  terminal.out(`${file}: ${lines.length} batches from ${head.from} to ${head.to}\n`);
  return exitStatus.fine;
}
