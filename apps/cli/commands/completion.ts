import { everywhere } from '../arguments.js';
import { allOptions, type CommandRow, exitStatus, type Input, UsageError } from '../command.js';
import { commands } from '../command-table.js';
import { suggestion } from '#runtime/nearest-word';
import type { Terminal } from '../terminal.js';

const writers: Record<string, () => string> = { bash, zsh, fish };

/** Prints a completion script that knows every command, option and fixed value. */
export async function run({ options, words }: Input, terminal: Terminal): Promise<number> {
  const shell = words[0] as string;
  const write = Object.hasOwn(writers, shell) ? writers[shell] : undefined;
  if (!write) {
    const nearest = suggestion(shell, Object.keys(writers));
    throw new UsageError(`There is a completion for bash, zsh and fish, not for "${shell}".${nearest}`);
  }
  terminal.out(options['json'] ? `${JSON.stringify({ shell, script: write() })}\n` : write());
  return exitStatus.fine;
}

const flagsOf = (row: CommandRow) => Object.entries({ ...allOptions(row), ...everywhere });
const names = () => Object.keys(commands);

function bash(): string {
  const cases = Object.entries(commands).map(
    ([name, row]) =>
      `    ${name}) words="${flagsOf(row)
        .map(([flag]) => `--${flag}`)
        .join(' ')}" ;;`,
  );
  return `_amberwatch() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names().join(' ')} --help --version" -- "$current"))
    return
  fi
  case "$before" in
${choiceCases()
  .map(([flag, choices]) => `    --${flag}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$current")); return ;;`)
  .join('\n')}
    --out) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  [ "\${COMP_WORDS[1]}" = completion ] && words="$words bash zsh fish"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _amberwatch amberwatch
`;
}

/** Every option with fixed values; where two commands share its name, their values together. */
function choiceCases(): [string, string[]][] {
  const all = new Map<string, Set<string>>();
  for (const [flag, option] of Object.values(commands).flatMap(flagsOf)) {
    if (option.kind !== 'choice') continue;
    all.set(flag, new Set([...(all.get(flag) ?? []), ...option.choices]));
  }
  return [...all].map(([flag, choices]) => [flag, [...choices]]);
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function zsh(): string {
  const described = Object.entries(commands).map(([name, { summary }]) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = Object.entries(commands).map(([name, row]) => {
    const specs = flagsOf(row).map(([flag, option]) => {
      const help = option.help.replaceAll(/[[\]:]/g, '\\$&');
      const value =
        option.kind === 'flag'
          ? ''
          : option.kind === 'choice'
            ? `:value:(${option.choices.join(' ')})`
            : `:value:${flag === 'out' ? '_files' : ''}`;
      return quoted(`--${flag}[${help}]${value}`);
    });
    if (name === 'completion') specs.push("'1:shell:(bash zsh fish)'");
    return `    ${name}) _arguments ${specs.join(' ')} ;;`;
  });
  return `#compdef amberwatch
_amberwatch() {
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$name" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _amberwatch ]; then _amberwatch "$@"; else compdef _amberwatch amberwatch; fi
`;
}

function fish(): string {
  const lines = ['complete -c amberwatch -f'];
  for (const [name, row] of Object.entries(commands)) {
    lines.push(`complete -c amberwatch -n __fish_use_subcommand -a ${name} -d ${quoted(row.summary)}`);
    for (const [flag, option] of flagsOf(row)) {
      const value =
        option.kind === 'flag'
          ? ''
          : option.kind === 'choice'
            ? ` -x -a ${quoted(option.choices.join(' '))}`
            : flag === 'out'
              ? ' -r -F'
              : ' -x';
      lines.push(
        `complete -c amberwatch -n '__fish_seen_subcommand_from ${name}' -l ${flag}${value} -d ${quoted(option.help)}`,
      );
    }
  }
  lines.push("complete -c amberwatch -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'");
  return `${lines.join('\n')}\n`;
}
