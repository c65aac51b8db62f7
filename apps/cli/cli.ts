import { everywhere, readArguments } from './arguments.js';
import { allOptions, ASK, exitStatus, UnreachableError, UsageError } from './command.js';
import { aliases, commands } from './command-table.js';
import { suggestion } from '#runtime/nearest-word';
import type { Terminal } from './terminal.js';

/** Runs one command line, `args` without node and script, and returns its exit status. It never throws. */
export async function run(args: string[], terminal: Terminal): Promise<number> {
  try {
    return await runCommand(args, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`${error.message}\n`);
      return exitStatus.wrongUse;
    }
    if (error instanceof UnreachableError) {
      terminal.err(`${error.message}\n`);
      return exitStatus.unreachable;
    }
    terminal.err(`amberwatch failed: ${error instanceof Error ? error.message : String(error)}\n`);
    if (terminal.environment['LOG_LEVEL'] === 'debug') terminal.err(`${(error as Error).stack}\n`);
    return exitStatus.unreachable;
  }
}

async function runCommand(args: string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const { helpOf, overview } = await import('./help.js');
    const about = first === 'help' ? rest[0] : undefined;
    terminal.out(about === undefined ? overview() : helpOf(knownName(about)));
    return first === undefined ? exitStatus.wrongUse : exitStatus.fine;
  }
  if (first === '--version' || first === '-v') {
    const { VERSION } = await import('#runtime/version');
    terminal.out(`${VERSION}\n`);
    return exitStatus.fine;
  }
  if (first === ASK) return (await import('./completion/complete.js')).complete(rest, terminal);
  if (first.startsWith('-')) return misplacedOption(first, args);
  const name = knownName(first);
  const row = commands[name];
  if (!row) throw new UsageError(`There is no command "${name}".`);
  const input = await readArguments(name, row, rest);
  if (input.options['help']) {
    const { helpOf } = await import('./help.js');
    terminal.out(helpOf(name));
    return exitStatus.fine;
  }
  return (await row.load()).run(input, terminal);
}

function knownName(word: string): string {
  const name = Object.hasOwn(aliases, word) ? (aliases[word] as string) : word;
  if (Object.hasOwn(commands, name)) return name;
  const nearest = suggestion(word, [...Object.keys(commands), ...Object.keys(aliases)]);
  throw new UsageError(`There is no command "${word}".${nearest} Try amberwatch --help.`);
}

function misplacedOption(option: string, args: string[]): never {
  const command = args.find((word) => Object.hasOwn(commands, word));
  if (command) throw new UsageError(`Options stand behind the command: amberwatch ${command} ${option} …`);
  const all = new Set([
    ...Object.keys(everywhere),
    'version',
    ...Object.values(commands).flatMap((row) => Object.keys(allOptions(row))),
  ]);
  const word = option.replace(/^-+/, '').split('=')[0] ?? '';
  const owner = Object.entries(commands).find(([, row]) => Object.hasOwn(allOptions(row), word))?.[0];
  if (owner) throw new UsageError(`${option} belongs to a command, such as amberwatch ${owner} ${option}.`);
  throw new UsageError(`There is no option ${option}.${suggestion(word, all, '--')} Try amberwatch --help.`);
}
