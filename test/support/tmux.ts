import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { temporaryFolder, waitUntil } from './processes.js';

/** Whether a real terminal can be had; says so where it can't. */
export const hasTmux = spawnSync('tmux', ['-V']).status === 0;
if (!hasTmux) process.stderr.write('SKIPPED-SUITE: tmux (no tmux found: apt-get install tmux)\n');

/** A real terminal of a given size in which a program runs. */
export interface TmuxTerminal {
  /** Presses keys by tmux's names, such as `Enter` or `S-Left`, or characters. */
  press: (...keys: string[]) => void;
  resize: (columns: number, rows: number) => void;
  /** The lines of the screen, without spaces at their ends. */
  lines: () => string[];
  /** Resolves with the lines once their text matches; rejects with what stands there instead. */
  see: (pattern: RegExp) => Promise<string[]>;
  close: () => void;
}

/** Runs a program and its words in a terminal of its own; `ended STATUS` stands there when it is over. */
export function startTerminal(
  command: string[],
  { columns, rows, env = {} }: { columns: number; rows: number; env?: Record<string, string> },
): TmuxTerminal {
  const socket = join(temporaryFolder(), 'tmux');
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(AMBERWATCH|TMUX)/.test(key)));
  const tmux = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync('tmux', ['-u', '-S', socket, '-f', '/dev/null', ...words], {
      encoding: 'utf8',
      env: { ...inherited, LC_ALL: 'C.UTF-8', ...env },
    });
    if (status !== 0) throw new Error(`tmux ${words[0]}: ${stderr}`);
    return stdout;
  };
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), `${line}; echo "ended $?"; cat`);
  const lines = () =>
    tmux('capture-pane', '-p')
      .trimEnd()
      .split('\n')
      .map((text) => text.trimEnd());
  return {
    press: (...keys) => void tmux('send-keys', ...keys),
    resize: (width, height) => void tmux('resize-window', '-x', String(width), '-y', String(height)),
    lines,
    see: async (pattern) => {
      let seen: string[] = [];
      try {
        return await waitUntil(String(pattern), () => pattern.test((seen = lines()).join('\n')) && seen, 15_000);
      } catch (error) {
        throw new Error(`${(error as Error).message}; the screen:\n${seen.join('\n')}`, { cause: error });
      }
    },
    close: () => void tmux('kill-server'),
  };
}
