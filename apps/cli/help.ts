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
Exit status: 0 fine, 1 something is unhealthy (where asked), 2 wrong use, 3 unreachable.
`;
}

/** The text of `amberwatch NAME --help`. */
export function helpOf(name: string): string {
  const row = commands[name] as CommandRow;
  const options = Object.entries({ ...row.options, ...everywhere });
  const flags = options.map(([flag, option]) => [`--${flag}${valueOf(option)}`, option.help] as const);
  const width = Math.max(...flags.map(([flag]) => flag.length));
  return `amberwatch ${name}: ${row.summary}

Usage: amberwatch ${name}${row.words ? ` ${row.words.usage}` : ''} [options]

Options
${flags.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`).join('\n')}

Examples
${row.examples.map((example) => `  ${example}`).join('\n')}
`;
}

function valueOf(option: Option): string {
  if (option.kind === 'flag') return '';
  return ` ${option.kind === 'choice' ? option.choices.join('|') : option.value}`;
}
