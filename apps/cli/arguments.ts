import { parseArgs } from 'node:util';
import {
  type Action,
  allOptions,
  type CommandRow,
  type Input,
  type Option,
  type OptionValues,
  UsageError,
  type Words,
} from './command.js';
import { readMoment } from './moment.js';
import { suggestion } from '#runtime/nearest-word';

/** Options that every command has. */
export const everywhere: Record<string, Option> = {
  json: { kind: 'flag', help: 'print JSON for programs' },
  help: { kind: 'flag', help: 'print this text' },
};

/**
 * Options and words of a command line, checked against the command's row.
 *
 * @throws UsageError naming what is wrong and the nearest right word
 */
export async function readArguments(name: string, row: CommandRow, args: string[]): Promise<Input> {
  const tokens = tokensOf({ ...allOptions(row), ...everywhere }, args);
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const asksForHelp = tokens.some((token) => token.kind === 'option' && token.name === 'help');
  const action = row.actions && !asksForHelp ? actionOf(name, row.actions, words[0]) : undefined;
  const known = action ? { ...row.options, ...action.options, ...everywhere } : { ...allOptions(row), ...everywhere };
  const options: OptionValues = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (!option) {
      const nearest = suggestion(token.name, Object.keys(known), '--');
      const command = action ? `${name} ${words[0]}` : name;
      throw new UsageError(`amberwatch ${command} has no option ${token.rawName}.${nearest}`);
    }
    options[token.name] = await readValue(token.rawName, option, token.value);
  }
  if (action) checkWords(`${name} ${words[0]}`, action.words, known, words.slice(1));
  else if (!asksForHelp) checkWords(name, row.words, known, words);
  return { options, words };
}

function actionOf(name: string, actions: Record<string, Action>, word: string | undefined): Action {
  if (word !== undefined && Object.hasOwn(actions, word)) return actions[word] as Action;
  const all = Object.keys(actions).join(', ');
  if (word === undefined) throw new UsageError(`amberwatch ${name} needs a word behind it: ${all}.`);
  throw new UsageError(
    `There is amberwatch ${name} with ${all}, not with "${word}".${suggestion(word, Object.keys(actions))}`,
  );
}

function tokensOf(known: Record<string, Option>, args: string[]) {
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { kind }]) => [
      name,
      {
        type: kind === 'flag' ? ('boolean' as const) : ('string' as const),
        ...(name === 'help' ? { short: 'h' } : {}),
      },
    ]),
  );
  return parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

async function readValue(flag: string, option: Option, text: string | undefined) {
  if (option.kind === 'flag') {
    if (text !== undefined) throw new UsageError(`${flag} takes no value, but it got "${text}".`);
    return true;
  }
  if (text === undefined || text === '' || text.startsWith('--')) {
    throw new UsageError(`${flag} needs a value: ${flag} ${option.kind === 'choice' ? 'WORD' : option.value}.`);
  }
  switch (option.kind) {
    case 'text':
      return text;
    case 'choice':
      if (option.choices.includes(text)) return text;
      throw new UsageError(
        `${flag} must be one of ${option.choices.join(', ')}, not "${text}".${suggestion(text, option.choices)}`,
      );
    case 'whole':
      return readWhole(flag, option, text);
    case 'duration': {
      const { parseDurationMs } = await import('#domain/time');
      const ms = parseDurationMs(text);
      if (ms === undefined) throw new UsageError(`${flag} must be a duration such as 500ms, 10s or 5m, not "${text}".`);
      return ms;
    }
    case 'moment':
      return readMoment(flag, text, Date.now());
  }
}

function readWhole(flag: string, { min, max }: { min: number; max: number }, text: string): number {
  const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`${flag} must be a whole number from ${min} to ${max}, not "${text}".`);
}

function checkWords(
  command: string,
  expected: Words | undefined,
  known: Record<string, Option>,
  words: string[],
): void {
  const { usage, min, max } = expected ?? { usage: '', min: 0, max: 0 };
  if (words.length < min) throw new UsageError(`amberwatch ${command} needs ${usage}.`);
  if (words.length > max) {
    const flag = suggestion(words[max] as string, Object.keys(known), '--');
    throw new UsageError(`amberwatch ${command} can't use "${words[max]}".${flag}`);
  }
}
