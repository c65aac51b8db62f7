import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { makeFolder } from './make-folder.js';
import { StartError } from './service.js';

/**
 * Makes the folder of `AMBERWATCH_DATA` where it is missing.
 *
 * @param without what a service does that can go on without, for its warning; undefined where it can't
 * @returns a warning where nothing can be kept there for now, such as on a volume that is read-only
 * @throws StartError where the path is no folder, or where nothing can be kept there and the service can't go on without
 */
export function openDataFolder(path: string, without?: string): string | undefined {
  const problem = problemOf(path);
  if (problem === undefined) return undefined;
  if (without === undefined || problem.isFinal) {
    throw new StartError(`AMBERWATCH_DATA: ${problem.text}. Set it to a folder that this user may write to.`);
  }
  return `AMBERWATCH_DATA: ${problem.text}; ${without}`;
}

function problemOf(path: string): { text: string; isFinal: boolean } | undefined {
  const shown = resolve(path);
  try {
    makeFolder(path);
    if (!statSync(path).isDirectory()) return { text: `${shown} is a file, no folder`, isFinal: true };
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') return { text: `${shown} lies within a file`, isFinal: true };
    const reasons: Record<string, string> = {
      EACCES: 'this user may not write there',
      EPERM: 'this user may not write there',
      EROFS: 'it is read-only',
      ENOSPC: 'the disk is full',
      ENOENT: 'that place takes no folders',
    };
    return { text: `nothing can be kept in ${shown}, ${reasons[code] ?? message} (${code})`, isFinal: false };
  }
}
