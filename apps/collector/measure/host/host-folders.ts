import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '#runtime/service';

/**
 * Whether these are a host's `/proc` and root.
 *
 * @throws StartError where one is not, because all that is read there would look like a host without any
 */
export function checkHostFolders({ proc, root }: { proc: string; root: string }): void {
  if (process.platform !== 'linux') return;
  if (!existsSync(join(proc, 'stat'))) {
    throw new StartError(
      `HOST_PROC: ${proc} is no /proc of a host, there is no ${join(proc, 'stat')}. Set it to one, such as /host/proc in a container.`,
    );
  }
  if (!existsSync(root)) {
    throw new StartError(
      `HOST_ROOT: there is no ${root}. Set it to where the host's file systems are, such as /host in a container.`,
    );
  }
}
