import type { Terminal } from './terminal.js';

/** Exit statuses of every command. */
export const exitStatus = { fine: 0, unhealthy: 1, wrongUse: 2, unreachable: 3, blind: 4 } as const;

/** What a word or the value of a text option names; completion asks the server for hosts, programs and ids. */
export type Names =
  'host' | 'service' | 'program' | 'unit' | 'alert' | 'silence' | 'token' | 'file' | readonly string[];

/** The first word with which the completion scripts of the shells ask what may stand at the cursor. */
export const ASK = '__complete';

/** What an option takes; its text is checked before the command runs. */
export type OptionKind =
  | { kind: 'flag' }
  | { kind: 'text'; value: string; names?: Names }
  | { kind: 'whole'; value: string; min: number; max: number }
  | { kind: 'duration'; value: string }
  | { kind: 'moment'; value: string }
  | { kind: 'choice'; choices: readonly string[] };

export type Option = OptionKind & { help: string };

/** The values that were given; durations are milliseconds, moments milliseconds since the epoch. */
export type OptionValues = Record<string, string | number | boolean | undefined>;

export interface Input {
  options: OptionValues;
  words: string[];
}

export type Run = (input: Input, terminal: Terminal) => Promise<number>;

/** The words beside the options, such as `HOST TIME`, how many there may be, and what each of them names. */
export interface Words {
  usage: string;
  min: number;
  max: number;
  names?: Names[];
}

/** What a command can do, such as `add` of `silence`: with words, and with options of its own beside the command's. */
export interface Action {
  summary: string;
  words?: Words;
  options?: Record<string, Option>;
}

/** A row of the command table: all that help, completion and docs need, without loading the command. */
export interface CommandRow {
  summary: string;
  words?: Words;
  /** What the first word can be; it then stands first in `Input.words`. A command has these or words of its own. */
  actions?: Record<string, Action>;
  options: Record<string, Option>;
  examples: string[];
  load: () => Promise<{ run: Run }>;
}

/** The options of a command and of its actions. */
export function allOptions(row: CommandRow): Record<string, Option> {
  return Object.assign({}, row.options, ...Object.values(row.actions ?? {}).map(({ options }) => options));
}

/** Wrong use: one sentence, exit status 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What was asked can't be reached: one sentence, exit status 3. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}
