import type { Terminal } from './terminal.js';

/** Exit statuses of every command. */
export const exitStatus = { fine: 0, unhealthy: 1, wrongUse: 2, unreachable: 3 } as const;

/** What an option takes; its text is checked before the command runs. */
export type OptionKind =
  | { kind: 'flag' }
  | { kind: 'text'; value: string }
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

/** A row of the command table: all that help and completion need, without loading the command. */
export interface CommandRow {
  summary: string;
  /** The words after the options, such as `URL...`, and how many there may be. */
  words?: { usage: string; min: number; max: number };
  options: Record<string, Option>;
  examples: string[];
  load: () => Promise<{ run: Run }>;
}

/** Wrong use: one sentence, exit status 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What was asked can't be reached: one sentence, exit status 3. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}
