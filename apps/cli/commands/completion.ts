import { ASK, exitStatus, type Input, UsageError } from '../command.js';
import { suggestion } from '#runtime/nearest-word';
import type { Terminal } from '../terminal.js';

const bash = `_amberwatch() {
  local value help quoted current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS=$'\\t' read -r value help; do
    if [ "$value" = :files ]; then
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
    else
      printf -v quoted %q "$value"
      COMPREPLY+=("$quoted")
    fi
  done < <("\${COMP_WORDS[0]}" ${ASK} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _amberwatch amberwatch
`;

const zsh = `#compdef amberwatch
_amberwatch() {
  local line
  local -a values described
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    values+=("\${line%%$'\\t'*}")
    described+=("\${line/$'\\t'/  }")
  done < <("\${words[1]}" ${ASK} "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  compadd -l -d described -a values
}
if [ "$funcstack[1]" = _amberwatch ]; then _amberwatch "$@"; else compdef _amberwatch amberwatch; fi
`;

const fish = `function __amberwatch_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in ($words[1] ${ASK} $words[2..-1] "$current" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c amberwatch -f -a '(__amberwatch_complete)'
`;

const scripts: Record<string, string> = { bash, zsh, fish };

/** Prints a script that completes commands, options and values, and hosts, programs and ids that the server knows. */
export async function run({ options, words }: Input, terminal: Terminal): Promise<number> {
  const shell = words[0] as string;
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
  if (script === undefined) {
    const nearest = suggestion(shell, Object.keys(scripts));
    throw new UsageError(`There is a completion for bash, zsh and fish, not for "${shell}".${nearest}`);
  }
  terminal.out(options['json'] ? `${JSON.stringify({ shell, script })}\n` : script);
  return exitStatus.fine;
}
