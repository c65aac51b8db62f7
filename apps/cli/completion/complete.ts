import { exitStatus } from '../command.js';
import type { Terminal } from '../terminal.js';
import { type Candidate, cursorOf } from './cursor.js';

/** The line that asks the shell for files. */
const FILES = ':files';
const MOST_HELP = 60;

/** Prints what may stand at the end of the line, one a line with what it does behind a tab, for the shell's scripts. */
export async function complete(line: string[], terminal: Terminal): Promise<number> {
  const current = line.at(-1) ?? '';
  const cursor = cursorOf(line);
  if (cursor.names === 'file') {
    terminal.out(`${FILES}\n`);
    return exitStatus.fine;
  }
  const named =
    cursor.names === undefined ? [] : await (await import('./server-names.js')).serverNames(cursor, current, terminal);
  const lines = [...cursor.fixed, ...named].filter(({ value }) => value.startsWith(current)).flatMap(lineOf);
  terminal.out(lines.join(''));
  return exitStatus.fine;
}

/** A name that no keyboard types is left out; the shell would take a line break for the next one. */
function lineOf({ value, help }: Candidate): string[] {
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value)) return [];
  const plain = help.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
  return [plain === '' ? `${value}\n` : `${value}\t${Array.from(plain).slice(0, MOST_HELP).join('')}\n`];
}
