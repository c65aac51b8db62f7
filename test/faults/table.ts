import type { Fault, Outcome } from './fault.js';

export interface Result {
  fault: Fault;
  /** Undefined where it could not be run here, with the reason in `missing`. */
  outcome?: Outcome;
  missing?: string;
  seconds: number;
}

export interface RunFacts {
  seed: number;
  commit: string;
  long: boolean;
  only?: string;
  machine: string;
  date: string;
}

const columns = [
  'fault',
  'tries',
  'acknowledged',
  'lost',
  'doubled',
  'unknown',
  'recovery',
  'peak memory',
  'took',
  'result',
];

export function isSurvived({ outcome }: Result): boolean {
  return outcome !== undefined && outcome.problems.length === 0 && isWhole(outcome);
}

function isWhole({ lost, doubled, unknown }: Outcome): boolean {
  return lost === 0 && doubled === 0 && unknown === 0;
}

/** The table in Markdown, with what it was made from. */
export function tableOf(results: readonly Result[], { seed, commit, long, only, machine, date }: RunFacts): string {
  const made = `Made by \`npm run test:faults -- ${long ? '--long ' : ''}${only ? `--only ${only} ` : ''}--seed ${seed}\` at commit ${commit} on ${date}, ${machine}.`;
  const rows = results.map((result) => `| ${rowOf(result).join(' | ')} |`);
  const head = [`| ${columns.join(' | ')} |`, `|${columns.map(() => '---').join('|')}|`];
  return [made, '', ...head, ...rows].join('\n');
}

function rowOf(result: Result): string[] {
  const { fault, outcome, missing, seconds } = result;
  const what = fault.what.replaceAll('|', '\\|');
  if (!outcome) return [what, '', '', '', '', '', '', '', '', `not run: ${missing ?? ''}`];
  const { tries, acknowledged, lost, doubled, unknown, recoverySeconds, peakBytes, problems, notes = [] } = outcome;
  const memory = Object.entries(peakBytes).map(([name, bytes]) => `${name} ${Math.round(bytes / 2 ** 20)} MiB`);
  const verdict = isSurvived(result) ? 'survived' : `**not survived**: ${problems.join('; ') || 'see the figures'}`;
  return [
    what,
    count(tries),
    acknowledged === undefined ? '' : count(acknowledged),
    count(lost),
    count(doubled),
    count(unknown),
    recoverySeconds === undefined ? '' : `${recoverySeconds.toFixed(1)} s`,
    memory.join(', '),
    `${seconds.toFixed(0)} s`,
    [verdict, ...notes].join('; ').replaceAll('|', '\\|').replaceAll('\n', ' '),
  ];
}

const count = (value: number): string => value.toLocaleString('en-US');
