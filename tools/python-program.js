import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The path of a program from PyPI. It is installed into a folder outside of the checkout, once for each content of the
 * file of its requirements.
 *
 * @param {string} name of the program
 * @param {string} requirements path of the file that pins it
 * @returns {{ program: string, problem?: undefined } | { program?: undefined, problem: string }}
 */
export function pythonProgram(name, requirements) {
  const cache = process.env.AMBERWATCH_CACHE ?? join(homedir(), '.cache', 'amberwatch');
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cache, `${name}-${hash}`);
  const program = join(folder, 'bin', name);
  if (existsSync(program)) return { program };
  const commands = [
    ['python3', '-m', 'venv', folder],
    [join(folder, 'bin', 'pip'), 'install', '--quiet', '-r', requirements],
  ];
  for (const [command, ...args] of commands) {
    const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000 });
    if (status !== 0) return { problem: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`.trim().slice(-400) };
  }
  return { program };
}
