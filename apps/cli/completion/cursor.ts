import { everywhere } from '../arguments.js';
import { allOptions, type Action, type CommandRow, type Names, type Option } from '../command.js';
import { aliases, commands } from '../command-table.js';

/** What may stand at the cursor, and what it does. */
export interface Candidate {
  value: string;
  help: string;
}

/** What can be completed at the cursor: words that are known, and names that only the server, or the disk, has. */
export interface Cursor {
  fixed: Candidate[];
  names: Exclude<Names, readonly string[]> | undefined;
  /** Options that have a value on the line, and the words beside them. */
  options: Record<string, string>;
  words: string[];
  /** The host that the line names, whose programs are meant. */
  host: string | undefined;
}

/** @param line what stands behind `amberwatch`; the last word is the one that is typed, and may be empty */
export function cursorOf(line: string[]): Cursor {
  const [first = ''] = line;
  if (line.length < 2) return { ...nothing, fixed: commandNames() };
  const name = Object.hasOwn(aliases, first) ? (aliases[first] as string) : first;
  const row = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!row) return first === 'help' ? { ...nothing, fixed: commandNames() } : nothing;
  const current = line.at(-1) ?? '';
  const known = { ...allOptions(row), ...everywhere };
  const { options, words, open } = readLine(line.slice(1, -1), known);
  const action = row.actions && words[0] !== undefined ? actionOf(row, words[0]) : undefined;
  const named = (action ? action.words : row.words)?.names?.indexOf('host') ?? -1;
  const host = options['host'] ?? (named < 0 ? undefined : words[named + (action ? 1 : 0)]);
  if (open) return { ...valuesOf(open), options, words, host };
  const own = action ? { ...row.options, ...action.options, ...everywhere } : known;
  const position = positionOf(row, action, words);
  const flags = Object.entries(own).flatMap(([flag, { help }]) =>
    Object.hasOwn(options, flag) ? [] : [{ value: `--${flag}`, help }],
  );
  const wantsFlag = current.startsWith('-') || (position.fixed.length === 0 && position.names === undefined);
  return { ...(wantsFlag ? { ...nothing, fixed: flags } : position), options, words, host };
}

const nothing: Cursor = { fixed: [], names: undefined, options: {}, words: [], host: undefined };

function commandNames(): Candidate[] {
  const names = Object.entries(commands).map(([value, { summary }]) => ({ value, help: summary }));
  return [...names, { value: '--help', help: 'every command' }, { value: '--version', help: 'the version' }];
}

/** The words and options before the cursor; `open` is the option whose value stands at it. */
function readLine(line: string[], known: Record<string, Option>) {
  const options: Record<string, string> = {};
  const words: string[] = [];
  let open: Option | undefined;
  let flag = '';
  for (const word of line) {
    if (open) {
      options[flag] = word;
      open = undefined;
      continue;
    }
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) {
      words.push(word);
      continue;
    }
    flag = name;
    const option = Object.hasOwn(known, name) ? known[name] : undefined;
    if (option && option.kind !== 'flag' && value === undefined) open = option;
    else options[name] = value ?? '';
  }
  return { options, words, open };
}

function actionOf(row: CommandRow, word: string): Action | undefined {
  return row.actions && Object.hasOwn(row.actions, word) ? row.actions[word] : undefined;
}

/** What the next word of the command can be. */
function positionOf(row: CommandRow, action: Action | undefined, words: string[]): Cursor {
  if (row.actions && words.length === 0) {
    return { ...nothing, fixed: Object.entries(row.actions).map(([value, { summary }]) => ({ value, help: summary })) };
  }
  const expected = row.actions ? action?.words : row.words;
  const index = row.actions ? words.length - 1 : words.length;
  if (!expected?.names || index >= expected.max) return nothing;
  const repeats = expected.usage.includes('...');
  const names = expected.names[index] ?? (repeats ? expected.names.at(-1) : undefined);
  return names === undefined ? nothing : namesOf(names);
}

function valuesOf(option: Option): Cursor {
  if (option.kind === 'choice') return namesOf(option.choices);
  return option.kind === 'text' && option.names !== undefined ? namesOf(option.names) : nothing;
}

function namesOf(names: Names): Cursor {
  if (typeof names === 'string') return { ...nothing, names };
  return { ...nothing, fixed: names.map((value) => ({ value, help: '' })) };
}
