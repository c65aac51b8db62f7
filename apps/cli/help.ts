import { everywhere } from './arguments.js';
import type { CommandRow, Option } from './command.js';
import { commands } from './command-table.js';

/** The text of `amberwatch --help`. */
export function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `amberwatch: a look at the fleet from the command line

Usage: amberwatch COMMAND [options]

Commands
${rows.join('\n')}

Examples
  amberwatch servers --port 8000
  amberwatch top
  amberwatch simulate --hosts 20 --scenario leak

Every command knows --json and --help. Colours are off when piped or with NO_COLOR.
Exit status: 0 fine, 1 something is unhealthy (where asked), 2 wrong use, 3 unreachable, 4 blind: the alarm may
not see all, as it or a host is silent (alerts, hosts).
`;
}

/** The text of `amberwatch NAME --help`. */
export function helpOf(name: string): string {
  const row = commands[name] as CommandRow;
  const examples = row.examples.map((example) => `  ${example}`).join('\n');
  return `amberwatch ${name}: ${row.summary}

Usage
${usages(name, row)
  .map((line) => `  ${line}`)
  .join('\n')}
${optionGroups(row)
  .map(({ title, options }) => `\n${title}\n${optionLines(options)}\n`)
  .join('')}
Examples
${examples}
`;
}

/** A line for each way to call a command, with what it does where there are several. */
function usages(name: string, { words, actions }: CommandRow): string[] {
  if (!actions) return [`amberwatch ${name}${words ? ` ${words.usage}` : ''} [options]`];
  const calls = Object.entries(actions).map(([action, row]) => ({
    call: `amberwatch ${name} ${action}${row.words ? ` ${row.words.usage}` : ''}`,
    summary: row.summary,
  }));
  const width = Math.max(...calls.map(({ call }) => call.length));
  return calls.map(({ call, summary }) => `${call.padEnd(width)}  ${summary}`);
}

/** The options of each action that has some of its own, then those that the whole command takes. */
function optionGroups(row: CommandRow): { title: string; options: Record<string, Option> }[] {
  const own = Object.entries(row.actions ?? {}).flatMap(([action, { options }]) =>
    options ? [{ title: `Options of ${action}`, options }] : [],
  );
  return [...own, { title: 'Options', options: { ...row.options, ...everywhere } }];
}

/** An option as it is typed, such as `--port N`. */
function flagText(name: string, option: Option): string {
  if (option.kind === 'flag') return `--${name}`;
  return `--${name} ${option.kind === 'choice' ? option.choices.join('|') : option.value}`;
}

function optionLines(options: Record<string, Option>): string {
  const flags = Object.entries(options).map(([name, option]) => [flagText(name, option), option.help] as const);
  const width = Math.max(...flags.map(([flag]) => flag.length));
  return flags.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`).join('\n');
}
