import type { AmberwatchClient } from '#client';
import { type HostState, type Incident, scoreOf } from '#domain';
import { compileRules, type Replayed, replayHost, type ReplaySeries, type RuleFile, ruleFile } from '#alarm';
import { PredictorBank, shippedModel } from '#prediction';
import { readYamlFile } from '#runtime/yaml-file';
import { exitStatus, type Input, UsageError } from '../command.js';
import { Progress } from '../progress.js';
import { scoreTable } from '../server/score-table.js';
import { allPages } from '#client/all-pages';
import { withServer } from '../server/with-server.js';
import type { Terminal } from '../terminal.js';

const DEFAULT_SINCE_MS = 24 * 3_600_000;
const DEFAULT_STEP_MS = 10_000;
const DEFAULT_ROWS = 100;
/** Series asked for at once, each with up to a day of values. */
const SERIES_A_PAGE = 50;

/** Checks a file of rules; `replay` also runs it over the stored history and shows what it would have raised. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const [action = '', file = ''] = input.words;
  if (action !== 'check' && action !== 'replay') {
    throw new UsageError(`There is rules check and rules replay, not "rules ${action}".`);
  }
  const rules = readRules(file);
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
  const { since, step, host, rows } = input.options as Record<string, number | string | undefined>;
  const stepMs = Number(step ?? DEFAULT_STEP_MS);
  const from = new Date(Date.now() - Number(since ?? DEFAULT_SINCE_MS)).toISOString();
  const rules = compileRules(file);
  const bank = new PredictorBank(shippedModel());
  const progress = new Progress(terminal);
  const all = await withServer(input, terminal, async (client) => {
    const hosts = (await hostsOf(client)).filter((one) => host === undefined || one.host === host);
    progress.start(hosts.length, 'hosts');
    const found: Replayed[] = [];
    for (const one of hosts) {
      const series = await seriesOf(client, one.host, from, stepMs);
      const predictor = (metric: 'cpu' | 'mem') => bank.create({ metric, intervalMs: stepMs });
      found.push(replayHost(one.host, one.service, series, stepMs, rules, predictor));
      progress.step();
      // The progress line is a timer's: let it run.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return found;
  }).finally(() => progress.end());
  const lines = all.flatMap((one) => one.lines).sort();
  const incidents = all.flatMap((one) => one.incidents);
  if (input.options['json'])
    terminal.out(`${JSON.stringify({ from, score: scoreOf(incidents), incidents }, undefined, 2)}\n`);
  else show(lines, incidents, Number(rows ?? DEFAULT_ROWS), terminal);
  return exitStatus.fine;
}

function show(lines: string[], incidents: Incident[], rows: number, terminal: Terminal): void {
  for (const line of lines.slice(0, rows)) terminal.out(`${line}\n`);
  if (lines.length > rows) terminal.out(`… and ${lines.length - rows} more changes\n`);
  const names = [...new Set(incidents.map(({ rule }) => rule ?? 'default'))].sort();
  const byRule = names.map((name) => ({
    name,
    ...scoreOf(incidents.filter(({ rule }) => (rule ?? 'default') === name)),
  }));
  terminal.out(`${lines.length > 0 ? '\n' : ''}${incidents.length} alerts, ${lines.length} changes\n`);
  if (incidents.length > 0)
    terminal.out(scoreTable('rule', [{ name: 'all', ...scoreOf(incidents) }, ...byRule], terminal));
}

function hostsOf(client: AmberwatchClient): Promise<HostState[]> {
  return allPages(
    (cursor) => client.hosts({ limit: 1000, cursor }),
    (page) => page.hosts,
  );
}

async function seriesOf(client: AmberwatchClient, host: string, from: string, stepMs: number): Promise<ReplaySeries[]> {
  const found: ReplaySeries[] = [];
  for (const field of ['cpuMax', 'memMax'] as const) {
    const query = { host, metric: field, from, step: `${stepMs}ms`, limit: SERIES_A_PAGE };
    const series = await allPages(
      (cursor) => client.history({ ...query, cursor }),
      (page) => page.series,
    );
    for (const { process, points } of series) {
      found.push({ process, field, points: points.map(([time, value]) => ({ timeMs: Date.parse(time), value })) });
    }
  }
  return found;
}
